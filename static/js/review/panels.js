// The queue, the evidence and the progress as elements. Text goes in as text, never as HTML.

const SHOWN_IN_QUEUE = 20;
export { SHOWN_IN_QUEUE };

/** An element with classes, attributes and children: make("p.muted", {title: "…"}, "text", child). */
export function make(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== false) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

const TAKEN = { accept: "accepted", reject: "rejected", move: "moved", remove: "removed", change_phase: "phase changed", skip: "skipped", failed: "not saved" };

/** rows: of `visible`. choose(flag): a row was clicked. */
export function renderQueue(list, rows, currentFlag, choose) {
  list.replaceChildren(...rows.map((row) => queueRow(row, row.flag === currentFlag, choose)));
}

function queueRow(row, isCurrent, choose) {
  const bar = make("span.queue-bar", { "aria-hidden": "true" });
  bar.style.width = `${Math.max(4, Math.round(row.p * 44))}px`;
  const done = row.taken ? TAKEN[row.taken] ?? row.taken : row.state === "open" ? "" : row.state;
  const words = make("span.queue-words", {}, done || row.words);
  const button = make(
    "button.queue-row",
    { type: "button", "aria-current": isCurrent ? "true" : null, "data-flag": row.flag, "data-taken": row.taken ?? null },
    make(`span.phase${row.phase === "S" ? ".s" : ""}`, {}, row.phase || "?"),
    make("span.queue-name", {}, make("span.queue-station", {}, row.station), words),
    make("span.queue-p", { title: "probability that this pick is mislabelled" }, bar, make("span", {}, row.in_conflict ? "conflict" : row.p.toFixed(2))),
  );
  button.addEventListener("click", () => choose(row.flag));
  return make("li", {}, button);
}

export function renderEvidence(panel, item) {
  const leading = item.evidence.filter((row) => row.leads);
  const rest = item.evidence.filter((row) => !row.leads);
  panel.replaceChildren(
    make("p.evidence-p", {}, item.p.toFixed(2)),
    make("p.muted.evidence-kind", {}, "probability that this pick is mislabelled", item.kind_words ? ` · ${item.kind_words}` : ""),
    ...(item.sentence ? [make("p.note.evidence-sentence", {}, item.sentence)] : []),
    ...(item.in_conflict || item.pick_state.in_conflict ? [make("p.note.warning.evidence-sentence", {}, "Two analysts disagree on this pick. A workspace admin's decision settles it.")] : []),
    facts(leading.map((row) => [row.name, row.value, row.explanation])),
    ...(rest.length || item.p_without_alignment !== null ? [folded("more figures", facts(moreFigures(item, rest)))] : []),
    facts(proposalFacts(item)),
    folded("history", history(item), make("p.small", {}, make("a", { href: item.pick_url }, "This pick's page"))),
  );
}

function moreFigures(item, rest) {
  const without = item.p_without_alignment;
  const rows = rest.map((row) => [row.name, row.value, row.explanation]);
  if (without !== null) rows.unshift(["P without the alignment", without.toFixed(2), "the same probability from a stack that was not shown the alignment"]);
  return rows;
}

function proposalFacts(item) {
  const rows = [];
  const { proposal } = item;
  if (proposal?.action === "remove") rows.push(["proposal", "no arrival here", "accepting removes the pick; undo brings it back"]);
  else if (proposal?.time) rows.push([proposal.action === "add" ? "missed arrival" : "proposal", time(proposal.time), proposal.time]);
  else rows.push(["proposal", "none: not sure enough", "move the pick, remove it, or reject the flag"]);
  if (proposal?.interval_words) rows.push(["90 % interval", proposal.interval_words, "relative to the proposal"]);
  rows.push(["catalog pick", time(item.label.time), item.label.time]);
  if (isChanged(item)) rows.push(["now", item.pick_state.is_removed ? "removed" : `${item.pick_state.phase_hint} ${time(item.pick_state.time)}`, item.pick_state.time]);
  for (const row of item.provenance) rows.push([row.name, row.value, row.value]);
  for (const other of item.also_picked_as) rows.push(["also picked as", make("a", { href: other.pick_url }, `${other.ref}, ${other.words}`), "the same arrival, linked at the import, and how much later it lies"]);
  return rows;
}

/** Undone, a pick has a revision and is as it was. */
function isChanged({ pick_state: now, label }) {
  return now.revision > 0 && (now.is_removed || now.time !== label.time || now.phase_hint[0] !== label.phase);
}

/** The hour is what an analyst compares; the date stands above the waveforms. */
function time(text) {
  return /^\d{4}-/.test(text) ? text.slice(11) : text;
}

function facts(rows) {
  return make("dl.evidence-facts", {}, ...rows.flatMap(([name, value, title]) => [make("dt", { title: title || null }, name), make("dd", { title: title || null }, value)]));
}

const unfolded = new Set();

/** A part that stays as the analyst left it from item to item. */
function folded(name, ...content) {
  const details = make("details.evidence-more", {}, make("summary", {}, name), ...content);
  details.open = unfolded.has(name);
  details.addEventListener("toggle", () => (details.open ? unfolded.add(name) : unfolded.delete(name)));
  return details;
}

function history(item) {
  return make("ol.evidence-history", {}, ...item.history.map((line) => make("li", {}, `${line.who} ${line.words}`.trim(), line.at ? make("span.muted", {}, ` ${line.at.slice(0, 10)} ${line.at.slice(11, 16)}`) : "")));
}

export function renderTitle(title, item) {
  const place = item.trace?.is_relative ? item.pick_state.time : item.label.time;
  title.replaceChildren(`${item.station} · ${item.label.phase || "?"} · ${place.replace(/(\.\d\d)\d$/, "$1")}`);
}

export function renderEventBar({ title, note }, item) {
  const { event } = item;
  title.textContent = event === null ? "No event is known for this pick" : [`Event ${event.ref}`, event.magnitude, `${event.neighbours.length} other ${event.neighbours.length === 1 ? "station" : "stations"}, aligned on P`].filter(Boolean).join(" · ");
  note.textContent = event?.distance_km == null ? "" : `this station at ${event.distance_km.toFixed(0)} km`;
}

/** progress: as the server sends it, of all flags. isNarrowed: the queue shows only some of them. */
export function renderProgress(parts, progress, threshold, isNarrowed) {
  const done = progress.n_flagged - progress.n_left;
  parts.done.textContent = `${done} of ${progress.n_flagged} flags`;
  parts.bar.max = Math.max(progress.n_flagged, 1);
  parts.bar.value = done;
  parts.errors.textContent = errorsWords(progress);
  parts.errors.title = progress.planted_found === null ? "" : `Of errors like those that were planted, ${Math.round(100 * progress.planted_found)} % lie above P ≥ ${threshold.toFixed(2)}.`;
  parts.today.textContent = `${progress.decided_today} decided today`;
  parts.left.textContent = `P ≥ ${threshold.toFixed(2)} · ${isNarrowed ? "filtered" : progress.n_left}`;
}

function errorsWords({ errors_left: left }) {
  if (left < 0.5) return "no planted kind of error left to find";
  return `about ${Math.round(left)} ${Math.round(left) === 1 ? "error" : "errors"} still to find`;
}
