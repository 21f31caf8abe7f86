// The queue, the evidence and the progress as elements. Text goes in as text, never as HTML.

import { make } from "./make.js";
import { meanings } from "./meanings.js";
import { hundredths } from "./probability.js";
import { BLIND_WHY, HIDDEN_WHY, renderBlind } from "./withheld.js";

const SHOWN_IN_QUEUE = 20;
export { SHOWN_IN_QUEUE };

const TAKEN = { accept: "accepted", reject: "rejected", move: "moved", remove: "removed", change_phase: "phase changed", add: "arrival added", skip: "skipped", failed: "not saved" };

/** rows: of `visible`. choose(flag): a row was clicked. */
export function renderQueue(list, rows, currentFlag, choose) {
  list.replaceChildren(...rows.map((row) => queueRow(row, row.flag === currentFlag, choose)));
}

function queueRow(row, isCurrent, choose) {
  const bar = make("span.queue-bar", { "aria-hidden": "true" });
  bar.style.width = `${Math.max(4, Math.round((row.p ?? 0) * 44))}px`;
  const taken = row.taken ?? (row.refused ? "failed" : null);
  const done = taken ? TAKEN[taken] ?? taken : row.state === "open" ? (row.held_by ? `open with ${row.held_by}` : "") : row.state;
  const words = make("span.queue-words", {}, done || row.words);
  const button = make(
    "button.queue-row",
    { type: "button", "aria-current": isCurrent ? "true" : null, "data-flag": row.flag, "data-taken": taken },
    make(`span.phase${row.phase === "S" ? ".s" : ""}`, {}, row.phase || "?"),
    make("span.queue-name", {}, make("span.queue-station", {}, row.station), words),
    make("span.queue-p", { title: row.p === null ? BLIND_WHY : "probability that this pick is mislabelled" }, row.p === null ? "" : bar, make("span", {}, row.in_conflict ? "conflict" : row.p === null ? "blind" : hundredths(row.p))),
  );
  button.addEventListener("click", () => choose(row.flag));
  return make("li", {}, button);
}

export function renderEvidence(panel, item) {
  if (item.withheld === "verdict") return renderBlind(panel, [facts(labelFacts(item)), folded("history", history(item))]);
  const leading = item.evidence.filter((row) => row.leads);
  const rest = item.evidence.filter((row) => !row.leads);
  panel.replaceChildren(
    make("p.evidence-p", {}, hundredths(item.p)),
    make("p.muted.evidence-kind", {}, "probability that this pick is mislabelled", item.kind_words ? ` · ${item.kind_words}` : ""),
    ...(item.sentence ? [make("p.note.evidence-sentence", {}, item.sentence)] : []),
    ...(item.in_conflict || item.pick_state.in_conflict ? [make("p.note.warning.evidence-sentence", {}, "Two analysts disagree on this pick. A workspace admin's decision settles it.")] : []),
    facts(leading.map((row) => [row.name, row.value, row.explanation])),
    ...(rest.length || item.p_without_alignment !== null ? [folded("more figures", facts(moreFigures(item, rest)))] : []),
    facts(proposalFacts(item)),
    folded("what the figures mean", ...meanings()),
    folded("history", history(item), make("p.small", {}, make("a", { href: item.pick_url }, "This pick's page"))),
  );
}

function moreFigures(item, rest) {
  const without = item.p_without_alignment;
  const rows = rest.map((row) => [row.name, row.value, row.explanation]);
  if (without !== null) rows.unshift(["P without the alignment", hundredths(without), "the same probability from a stack that was not shown the alignment"]);
  return rows;
}

function proposalFacts(item) {
  const rows = [];
  const { proposal } = item;
  if (item.withheld === "proposal") rows.push(["proposal", "hidden until you decide", HIDDEN_WHY]);
  else if (proposal?.action === "remove") rows.push(["proposal", item.kind === "duplicate" ? "remove: the other pick is of the same arrival" : "no arrival here", "accepting removes the pick; undo brings it back"]);
  else if (proposal?.time) rows.push([proposal.action === "add" ? "missed arrival" : "proposal", time(proposal.time), proposal.time]);
  else rows.push(["proposal", "none: not sure enough", "move the pick, remove it, or reject the flag"]);
  if (proposal?.interval_words) rows.push(["90 % interval", proposal.interval_words, "relative to the proposal"]);
  return [...rows, ...labelFacts(item)];
}

function labelFacts(item) {
  const rows = [["catalog pick", time(item.label.time), item.label.time]];
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
  const [, date, clock] = /^(\d{4}-\d\d-\d\d )?(.*)$/.exec(place.replace(/(\.\d\d)\d$/, "$1"));
  title.replaceChildren(`${item.station} · ${item.label.phase || "?"} · `, make("span.review-date", {}, date ?? ""), clock);
  title.title = title.textContent;
}

export function renderEventBar({ title, note }, item) {
  const { event } = item;
  title.textContent = event === null ? "No event is known for this pick" : [`Event ${event.ref}`, event.magnitude].filter(Boolean).join(" · ");
  note.textContent = event?.distance_km == null ? "" : `this station at ${event.distance_km.toFixed(0)} km`;
}

/** progress: as the server sends it, of all flags. isNarrowed: the queue shows only some of them. */
export function renderProgress(parts, progress, threshold, isNarrowed) {
  const done = progress.n_flagged - progress.n_left - progress.n_skipped;
  parts.done.textContent = `${done} of ${progress.n_flagged} flags${progress.n_skipped ? `, ${progress.n_skipped} skipped` : ""}${progress.n_blind ? `, ${progress.n_blind} shown blind` : ""}`;
  parts.done.title = progress.n_blind ? "Those that are shown blind were drawn at random, flagged or not; the overview leaves them out until they are decided." : "";
  parts.bar.max = Math.max(progress.n_flagged, 1);
  parts.bar.value = done;
  parts.errors.textContent = errorsWords(progress);
  parts.errors.title = progress.planted_found === null ? "" : `Of errors like those that were planted, ${Math.round(100 * progress.planted_found)} % lie above P ≥ ${threshold.toFixed(2)}.`;
  parts.today.textContent = todayWords(progress);
  parts.left.textContent = `P ≥ ${threshold.toFixed(2)} · ${isNarrowed ? "filtered" : progress.n_left}`;
}

function todayWords({ decided_today: mine, decided_today_by_all: all }) {
  return all > mine ? `${mine} decided today, ${all} by everybody` : `${mine} decided today`;
}

function errorsWords({ errors_left: left }) {
  if (left < 0.5) return "no planted kind of error left to find";
  return `about ${Math.round(left)} ${Math.round(left) === 1 ? "error" : "errors"} still to find`;
}
