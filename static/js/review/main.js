// Puts the review screen together: what is shown, what a key does, what goes to the server.

import { makeOutbox, makeUndoStack, newClientId, readAnswer, savedWords } from "./decisions.js";
import { makeFigure } from "./figure.js";
import { windowAround } from "./geometry.js";
import { ACTIONS, actionFor, belongsToField } from "./keymap.js";
import { sayTrouble } from "./messages.js";
import { isNarrowed, queueAddress, wireNarrowing } from "./narrowing.js";
import { SHOWN_IN_QUEUE, make, renderEventBar, renderEvidence, renderProgress, renderQueue, renderTitle } from "./panels.js";
import { makeCache } from "./prefetch.js";
import * as queues from "./queue.js";
import { makeRecordSection, neighbourWindow } from "./record_section.js";
import { fetchJson, fetchWaveform, postJson } from "./server.js";
import { makeWaveforms } from "./waveforms.js";

const start = JSON.parse(document.getElementById("review-start").textContent);
const part = Object.fromEntries([...document.querySelectorAll("[data-part]")].map((element) => [element.dataset.part, element]));
const FILTERS = [...part.filters.querySelectorAll("[data-filter]")].map((button) => button.dataset.filter);
const AHEAD = 3;
const keep = `repick:${start.workspace}:${start.analyst}:`;

const state = {
  queue: queues.makeQueue(start.queue.items, start.queue.next_after),
  progress: start.progress,
  threshold: start.filter.threshold,
  item: null,
  filter: FILTERS.includes(localStorage.getItem(`${keep}filter`)) ? localStorage.getItem(`${keep}filter`) : "2-15",
  failed: [],
};

// --- what comes from the server ------------------------------------------------------------------------------------

const items = makeCache((flag) => fetchJson(start.urls.item.replace("{flag}", flag)), 60);
const waveforms = makeWaveforms(fetchWaveform);

async function prefetch(row) {
  try {
    const item = await items.get(row.flag);
    if (item.trace) await waveforms.loadFirst(item, state.filter);
  } catch {
    // What could not be fetched ahead is fetched, and its failure said, when it is looked at.
  }
}

async function loadMore() {
  if (!state.queue.after || queues.upcoming(state.queue, 10).length >= 10) return;
  const page = await fetchJson(`${start.urls.queue}?${address({ after: state.queue.after })}`);
  state.queue = queues.append(state.queue, page.items, page.next_after);
  takeProgress(page.progress);
}

async function refreshProgress() {
  const page = await fetchJson(`${start.urls.queue}?${address()}`);
  takeProgress(page.progress);
}

function takeProgress(progress) {
  state.progress = progress;
  renderProgress(progressParts, progress, state.threshold, isNarrowed(start.filter));
}

/** The parameters of the present queue. */
function address(more) {
  return queueAddress(start.filter, state.threshold, start.workspace_threshold, more);
}

// --- what is on the screen -----------------------------------------------------------------------------------------

const figure = makeFigure({ canvas: part.figure, overlay: part.overlay, needs: viewChanged });
const section = makeRecordSection({ canvas: part.section });
const progressParts = { done: part.done, bar: part.bar, errors: part.errors, today: part.today, left: part.left };

let fetching = 0;
function viewChanged(view, coversAll) {
  const item = state.item;
  const span = view.endS - view.startS;
  part.window.textContent = `window ${span < 1 ? span.toFixed(2) : Number(span.toFixed(1))} s${state.filter === "raw" ? "" : " · zero-phase"}`;
  if (coversAll || item === null || !item.trace) return;
  clearTimeout(fetching);
  fetching = setTimeout(async () => {
    try {
      await waveforms.load(item, state.filter, windowAround(view, item.trace.duration_s, Math.max(5, view.endS - view.startS)));
      if (state.item === item) figure.setPackets(waveforms.packets(item, state.filter));
    } catch (problem) {
      if (state.item === item && waveforms.packets(item, state.filter).length === 0) figure.say(problem.message);
    }
  }, waveforms.packets(item, state.filter).length ? 60 : 0);
}

let showing = 0; // counts what was asked to be shown: only the last may reach the screen
let pressedAt = null; // when the key was pressed that led to this item: what `make bench` measures from

async function show() {
  showing += 1;
  const turn = showing;
  const row = queues.current(state.queue);
  renderQueue(part.list, queues.visible(state.queue, SHOWN_IN_QUEUE), row?.flag ?? null, choose);
  part.empty.hidden = row !== null;
  part.bench.hidden = row === null;
  if (row === null) return showNothing();
  const began = pressedAt ?? performance.now();
  pressedAt = null;
  let item;
  try {
    item = await items.get(row.flag);
  } catch (problem) {
    if (turn === showing) sayTrouble(`This pick could not be loaded: ${problem.message}`);
    return;
  }
  if (turn !== showing) return;
  state.item = item;
  renderTitle(part.title, item);
  figure.show(item, waveforms.packets(item, state.filter), () => performance.measure("repick-painted", { start: began }));
  renderEvidence(part.evidence, item);
  renderEventBar({ title: part.event_title, note: part.event_note }, item);
  setButtons(item);
  part.announcement.textContent = `${item.station}, ${item.label.phase}, ${item.words}, probability ${item.p.toFixed(2)}`;
  // What is not looked at first comes after the waveform is on the screen.
  requestAnimationFrame(() => setTimeout(() => afterPaint(item)));
}

function afterPaint(item) {
  if (state.item !== item) return;
  part.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  showNeighbours(item);
  for (const next of queues.upcoming(state.queue, AHEAD)) prefetch(next).then(sayReady);
  sayReady();
  loadMore().catch(() => {});
}

function showNothing() {
  state.item = null;
  figure.show(null, []);
  section.show([]);
  part.evidence.replaceChildren();
  setButtons(null);
  part.ready.textContent = "";
  const narrowed = isNarrowed(start.filter);
  part.empty_filter.hidden = !narrowed;
  part.empty_done.hidden = narrowed;
  part.empty_title.textContent = narrowed ? "Nothing left under this filter" : `Everything at P ≥ ${state.threshold.toFixed(2)} is reviewed`;
}

async function showNeighbours(item) {
  const neighbours = item.event?.neighbours ?? [];
  section.show(neighbours);
  if (part.event.hidden) return;
  for (const [row, neighbour] of neighbours.slice(0, section.rowsThatFit()).entries()) {
    try {
      const packet = await waveforms.loadNeighbour(neighbour, state.filter, neighbourWindow(neighbour));
      if (state.item !== item) return;
      section.setPacket(row, packet);
    } catch {
      continue; // a neighbour that can't be drawn stays an empty row with its name
    }
  }
}

function canDecide() {
  return start.may_decide && state.item !== null;
}

function setButtons(item) {
  const can = start.may_decide && item !== null;
  const { proposal } = item ?? {};
  part.accept.disabled = !can || !proposal;
  part.accept.firstElementChild.textContent = { remove: "Accept: no arrival", add: "Accept: add it" }[proposal?.action] ?? "Accept";
  for (const name of ["reject", "remove", "next"]) part[name].disabled = !can;
  part.move.disabled = !can || !item.trace;
  part.undo.disabled = !start.may_decide || undoStack.size() === 0;
}

function choose(flag) {
  state.queue = queues.goTo(state.queue, flag);
  show();
}

function sayReady() {
  const next = queues.upcoming(state.queue, 1)[0];
  part.ready.textContent = next === undefined || items.has(next.flag) ? (next === undefined ? "last of the queue" : "next waveform ready") : "fetching the next";
}

// --- decisions -----------------------------------------------------------------------------------------------------

const undoStack = makeUndoStack(sessionStorage, `${keep}undo`);
const outbox = makeOutbox({
  storage: localStorage,
  prefix: `${keep}decision:`,
  send: async (entry) => {
    const { status, isJson, body } = await postJson(start.urls.decisions, entry);
    return readAnswer(status, isJson, body);
  },
  report: sayOutbox,
  wait: (ms, callback) => setTimeout(callback, ms),
});

function decide(kind, more = {}, { advances = true } = {}) {
  const item = state.item;
  if (!canDecide()) return;
  const entry = {
    client_id: newClientId(),
    kind,
    pick: item.pick,
    flag: item.flag,
    seen_revision: item.pick_state.revision,
    shown: { last_decision: item.last_decision, p: item.p, threshold: state.threshold, filter: state.filter, run: start.run?.id ?? null, proposal: Boolean(item.proposal) },
    ...more,
  };
  try {
    undoStack.push({ client_id: entry.client_id, flag: item.flag, name: item.station });
    outbox.add(entry);
  } catch (problem) {
    sayTrouble(`This decision could not be kept, so it was not taken: ${problem.message}`);
    return;
  }
  items.forget(item.flag);
  if (!advances) return;
  state.queue = queues.advance(queues.mark(state.queue, item.flag, kind));
  countDown(item, kind);
  show();
}

/** The figures of the page follow at once; the server's own come with the next answer. */
function countDown(item, kind) {
  if (item.state !== "open") return;
  const { progress } = state;
  const counts = kind === "skip" ? 0 : 1;
  takeProgress({ ...progress, n_left: Math.max(0, progress.n_left - 1), errors_left: Math.max(0, progress.errors_left - counts * item.p), decided_today: progress.decided_today + counts });
}

function undo() {
  const last = undoStack.pop();
  if (last === null) return sayTrouble("There is nothing left to undo in this session.", "");
  outbox.add({ client_id: newClientId(), kind: "undo", undoes: last.client_id, flag: last.flag });
  items.forget(last.flag);
  state.queue = queues.goTo(queues.mark(state.queue, last.flag, null), last.flag);
  // The item is shown as it is once the undo is stored, if that is soon.
  part.announcement.textContent = `Undone: ${last.name}`;
  setTimeout(show, 0);
}

function cursorOrComplain() {
  const cursor = figure.cursor();
  if (cursor === null) sayTrouble("Say where first: click on the waveform, or use ← and →.", "");
  return cursor;
}

function sayOutbox({ waiting, trouble, savedAt, outcome }) {
  part.saved.dataset.trouble = trouble;
  part.saved.textContent = savedWords({ waiting, trouble, savedAt }) ?? part.saved.textContent;
  if (outcome !== null) settle(outcome);
}

function settle({ entry, kind, body }) {
  items.forget(entry.flag);
  if (kind === "refused") {
    undoStack.forget(entry.client_id);
    state.queue = queues.mark(state.queue, entry.flag, entry.kind === "undo" ? null : "failed");
    sayTrouble(`Not saved: ${body.message}`);
  } else if (kind === "conflict") {
    sayTrouble(body.message);
  }
  // The queue and not the screen is asked: what is still being fetched may be from before this was stored.
  if (queues.current(state.queue)?.flag === entry.flag) show();
  else renderQueue(part.list, queues.visible(state.queue, SHOWN_IN_QUEUE), queues.current(state.queue)?.flag ?? null, choose);
  part.undo.disabled = undoStack.size() === 0;
  if (outbox.pending().length === 0) refreshProgress().catch(() => {});
}

// --- keys, buttons, filters ----------------------------------------------------------------------------------------

const DO = {
  accept: () => (part.accept.disabled ? sayTrouble("The run proposes nothing here. Move, remove or reject.", "") : decide("accept")),
  reject: () => decide("reject"),
  remove: () => decide("remove"),
  move() {
    const cursor = canDecide() ? cursorOrComplain() : null;
    if (cursor !== null) decide("move", { trace_offset_s: cursor });
  },
  phase_p: () => decide("change_phase", { phase: "P" }),
  phase_s: () => decide("change_phase", { phase: "S" }),
  add_p: () => addArrival("P"),
  add_s: () => addArrival("S"),
  next() {
    if (state.item?.state === "open" && !queues.current(state.queue)?.taken && start.may_decide) return decide("skip");
    state.queue = queues.advance(state.queue);
    return show();
  },
  back() {
    state.queue = queues.goBack(state.queue);
    show();
  },
  undo: () => start.may_decide && undo(),
  cursor_left: () => figure.moveCursor(-1),
  cursor_right: () => figure.moveCursor(1),
  cursor_left_ten: () => figure.moveCursor(-10),
  cursor_right_ten: () => figure.moveCursor(10),
  taller: () => figure.amplitude(1.4),
  flatter: () => figure.amplitude(1 / 1.4),
  zoom_in: () => figure.zoom(0.7),
  zoom_out: () => figure.zoom(1 / 0.7),
  pan_left: () => figure.pan(-0.25),
  pan_right: () => figure.pan(0.25),
  reset: () => figure.reset(),
  filter: () => setFilter(FILTERS[(FILTERS.indexOf(state.filter) + 1) % FILTERS.length]),
  event: () => toggleEvent(),
  threshold: () => narrowing.toggle(part.narrow.hidden),
  help: () => (part.help.open ? part.help.close() : part.help.showModal()),
  close() {
    if (part.help.open) part.help.close();
    else narrowing.toggle(false);
  },
};

function addArrival(phase) {
  const cursor = canDecide() ? cursorOrComplain() : null;
  if (cursor === null) return;
  decide("add", { trace_offset_s: cursor, phase }, { advances: false });
}

function setFilter(filter) {
  state.filter = filter;
  localStorage.setItem(`${keep}filter`, filter);
  for (const button of part.filters.querySelectorAll("[data-filter]")) button.setAttribute("aria-pressed", String(button.dataset.filter === filter));
  const { item } = state;
  if (item === null || !item.trace) return;
  const view = figure.view();
  viewChanged(view, true);
  figure.setPackets(waveforms.packets(item, state.filter));
  waveforms.load(item, state.filter, windowAround(view, item.trace.duration_s))
    .then(() => state.item === item && figure.setPackets(waveforms.packets(item, state.filter)))
    .catch((problem) => sayTrouble(problem.message));
  showNeighbours(item);
  for (const next of queues.upcoming(state.queue, AHEAD)) prefetch(next);
}

function toggleEvent() {
  part.event.hidden = !part.event.hidden;
  part.event_toggle.setAttribute("aria-expanded", String(!part.event.hidden));
  localStorage.setItem(`${keep}event`, part.event.hidden ? "folded" : "");
  if (!part.event.hidden && state.item !== null) requestAnimationFrame(() => showNeighbours(state.item));
}

async function reloadQueue() {
  history.replaceState(null, "", address() ? `?${address()}` : location.pathname);
  const page = await fetchJson(`${start.urls.queue}?${address()}`);
  state.queue = queues.makeQueue(page.items, page.next_after);
  takeProgress(page.progress);
  show();
}

const narrowing = wireNarrowing({
  part,
  start,
  reload: reloadQueue,
  chooseThreshold(value) {
    state.threshold = value;
  },
});

document.addEventListener("keydown", (event) => {
  const action = actionFor(event);
  if (action === null || event.repeat && !/^(cursor|zoom|pan|taller|flatter)/.test(action)) return;
  if (belongsToField(event.target, action)) return;
  if (part.help.open && action !== "help" && action !== "close") return;
  if (document.querySelector("dialog[open]:not([data-part=help])")) return;
  event.preventDefault();
  pressedAt = event.timeStamp;
  DO[action]();
});

for (const button of document.querySelectorAll("[data-action]")) {
  button.addEventListener("click", () => {
    DO[button.dataset.action]();
    button.blur(); // so that the next key belongs to the screen
  });
}
for (const button of part.filters.querySelectorAll("[data-filter]")) button.addEventListener("click", () => setFilter(button.dataset.filter));
part.keys.append(...ACTIONS.map(({ shows, words }) => make("div", {}, make("dt", {}, ...shows.map((key) => make("kbd", {}, key))), make("dd", {}, words))));

new MutationObserver(() => {
  figure.themeChanged();
  section.themeChanged();
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
window.addEventListener("online", () => outbox.flush());
window.addEventListener("focus", () => outbox.flush());

// --- begin ---------------------------------------------------------------------------------------------------------

if (localStorage.getItem(`${keep}event`) === "folded") toggleEvent();
for (const entry of outbox.pending()) if (entry.kind !== "undo") state.queue = queues.mark(state.queue, entry.flag, entry.kind);
if (queues.current(state.queue)?.taken) state.queue = queues.advance(state.queue);
renderProgress(progressParts, state.progress, state.threshold, isNarrowed(start.filter));
setFilter(state.filter);
outbox.flush();
show();
