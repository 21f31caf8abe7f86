// Puts the review screen together: what is shown, what a key does, what goes to the server.

import { renderButtons } from "./decision_buttons.js";
import { makeOutbox, makeUndoStack, newEntry, newUndo, readAnswer, savedWords } from "./decisions.js";
import { makeEmpty } from "./empty.js";
import { makeEventPanel } from "./event_panel.js";
import { makeFigure } from "./figure.js";
import { wireFilters } from "./filters.js";
import { windowAround } from "./geometry.js";
import { ACTIONS, actionFor, belongsToField } from "./keymap.js";
import { sayTrouble } from "./messages.js";
import { isNarrowed, queueAddress, wireNarrowing } from "./narrowing.js";
import { SHOWN_IN_QUEUE, make, renderEventBar, renderEvidence, renderProgress, renderQueue, renderTitle } from "./panels.js";
import { makeCache } from "./prefetch.js";
import { progressAfter } from "./progress.js";
import * as queues from "./queue.js";
import { fetchJson, fetchWaveform, postJson } from "./server.js";
import { makeWaveforms } from "./waveforms.js";

const start = JSON.parse(document.getElementById("review-start").textContent);
const part = Object.fromEntries([...document.querySelectorAll("[data-part]")].map((element) => [element.dataset.part, element]));
const AHEAD = 3;
const keep = `repick:${start.workspace}:${start.analyst}:`;

const state = {
  queue: queues.makeQueue(start.queue.items, start.queue.next_after),
  progress: start.progress,
  threshold: start.filter.threshold,
  item: null,
  pages: makePages(),
};

// --- what comes from the server ------------------------------------------------------------------------------------

const items = makeCache((flag) => fetchJson(start.urls.item.replace("{flag}", flag)), 60);
const waveforms = makeWaveforms(fetchWaveform);

async function prefetch(row) {
  try {
    const item = await items.get(row.flag);
    if (item.trace) await waveforms.loadFirst(item, filters.chosen());
  } catch {
    // What could not be fetched ahead is fetched, and its failure said, when it is looked at.
  }
}

/** The pages of one queue by cursor. Another filter makes another: what still comes of the old one is nobody's. */
function makePages() {
  return makeCache((after) => fetchJson(`${start.urls.queue}?${address(after === null ? {} : { after })}`), 2);
}

async function loadMore() {
  const { pages, queue } = state;
  const page = await pages.get(queue.after);
  if (state.pages !== pages || state.queue.after !== queue.after) return;
  state.queue = queues.append(state.queue, page.items, page.next_after);
  takeProgress(page.progress);
}

async function refreshProgress() {
  const { pages } = state;
  const page = await fetchJson(`${start.urls.queue}?${address()}`);
  if (state.pages === pages) takeProgress(page.progress);
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
const filters = wireFilters({ group: part.filters, storage: localStorage, key: `${keep}filter`, changed: showFiltered });
const eventPanel = makeEventPanel({ part, waveforms, storage: localStorage, key: `${keep}event` });
const empty = makeEmpty(part);
const progressParts = { done: part.done, bar: part.bar, errors: part.errors, today: part.today, left: part.left };

let fetching = 0;
function viewChanged(view, coversAll) {
  const item = state.item;
  const span = view.endS - view.startS;
  part.window.textContent = `window ${span < 1 ? span.toFixed(2) : Number(span.toFixed(1))} s${filters.chosen() === "raw" ? "" : " · zero-phase"}`;
  if (coversAll || item === null || !item.trace) return;
  clearTimeout(fetching);
  fetching = setTimeout(async () => {
    try {
      await waveforms.load(item, filters.chosen(), windowAround(view, item.trace.duration_s, Math.max(5, view.endS - view.startS)));
      if (state.item === item) figure.setPackets(waveforms.packets(item, filters.chosen()));
    } catch (problem) {
      if (state.item === item && waveforms.packets(item, filters.chosen()).length === 0) figure.say(problem.message);
    }
  }, waveforms.packets(item, filters.chosen()).length ? 60 : 0);
}

let asked = 0; // counts what was asked to be shown: only the last may reach the screen
let ended = 0; // the last of them that was shown, or could not be
let pressedAt = null; // when the key was pressed that led to this item: what `make bench` measures from

/** Whether the pick that the queue points at is the one on the screen. */
const isShown = () => state.item !== null && queues.current(state.queue)?.flag === state.item.flag;
const isLoading = () => ended !== asked;

async function show() {
  asked += 1;
  const turn = asked;
  const began = pressedAt ?? performance.now();
  pressedAt = null;
  renderList();
  sayWhatCanBeDone();
  let item = null;
  let problem = null;
  try {
    item = await present();
  } catch (met) {
    problem = met;
  }
  if (turn !== asked) return;
  ended = turn;
  if (problem !== null) showFailure(problem);
  else if (item !== null) showItem(item, began);
  else showNothing();
}

/** The item that the queue points at; null once there is none and no page is left to come. */
async function present() {
  while (queues.current(state.queue) === null && queues.hasMore(state.queue)) {
    await loadMore();
    state.queue = queues.onward(state.queue);
    renderList();
  }
  const row = queues.current(state.queue);
  return row === null ? null : items.get(row.flag);
}

function renderList() {
  renderQueue(part.list, queues.visible(state.queue, SHOWN_IN_QUEUE), queues.current(state.queue)?.flag ?? null, choose);
}

/** That a pick is loading is not painted where it was fetched ahead: it comes within the same frame. */
function sayWhatCanBeDone() {
  renderButtons(part, { item: state.item, canDecide: start.may_decide && isShown(), canUndo: start.may_decide && undoStack.size() > 0 });
  const isBusy = isLoading() && !isShown();
  for (const name of ["bench", "evidence"]) part[name].setAttribute("aria-busy", String(isBusy));
  if (isBusy) part.ready.textContent = "loading this pick";
}

function showItem(item, began) {
  state.item = item;
  sayWhatCanBeDone(); // before the figure asks for its size, so that the page is laid out once
  empty.hide();
  renderTitle(part.title, item);
  figure.show(item, waveforms.packets(item, filters.chosen()), () => performance.measure("repick-painted", { start: began }));
  renderEvidence(part.evidence, item);
  renderEventBar({ title: part.event_title, note: part.event_note }, item);
  part.announcement.textContent = `${item.station}, ${item.label.phase}, ${item.words}, probability ${item.p.toFixed(2)}`;
  // What is not looked at first comes after the waveform is on the screen.
  requestAnimationFrame(() => setTimeout(() => afterPaint(item)));
}

function afterPaint(item) {
  if (state.item !== item) return;
  part.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  eventPanel.show(item, filters.chosen());
  for (const next of queues.upcoming(state.queue, AHEAD)) prefetch(next).then(sayReady);
  sayReady();
  // A failure is said once the end of the list is reached.
  if (queues.hasMore(state.queue) && queues.upcoming(state.queue, 10).length < 10) loadMore().catch(() => {});
}

function showNothing() {
  clear();
  empty.sayAllDone(state.threshold, isNarrowed(start.filter));
}

function showFailure(problem) {
  if (isShown()) return sayTrouble(`This pick could not be loaded again: ${problem.message}`);
  clear();
  const row = queues.current(state.queue);
  if (row !== null) empty.sayFailed(`This pick of ${row.station}`, problem);
  else empty.sayFailed(state.queue.rows.length > 0 ? "The rest of the queue" : "The queue", problem);
}

function clear() {
  state.item = null;
  sayWhatCanBeDone();
  figure.show(null, []);
  eventPanel.show(null, filters.chosen());
  part.evidence.replaceChildren();
  part.ready.textContent = "";
}

function choose(flag) {
  state.queue = queues.goTo(state.queue, flag);
  show();
}

function sayReady() {
  if (!isShown()) return;
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

/** Decides on the pick on the screen, if that is the one that the queue points at: an analyst decides on what they see. */
function onWhatIsSeen(act) {
  if (!start.may_decide) return;
  if (isShown()) act(state.item);
  else if (isLoading()) sayTrouble("The next pick is still loading, so nothing was decided.", "");
  else show();
}

function decide(item, kind, more = {}, { advances = true } = {}) {
  const entry = newEntry(kind, item, { threshold: state.threshold, filter: filters.chosen(), run: start.run?.id ?? null }, more);
  try {
    undoStack.push({ client_id: entry.client_id, pick: item.pick, flag: item.flag, name: item.station });
    outbox.add(entry);
  } catch (problem) {
    sayTrouble(`This decision could not be kept, so it was not taken: ${problem.message}`);
    return;
  }
  items.forget(item.flag);
  if (!advances) return;
  state.queue = queues.advance(queues.mark(state.queue, item.flag, kind));
  takeProgress(progressAfter(state.progress, item, kind));
  show();
}

function undo() {
  const last = undoStack.pop();
  if (last === null) return sayTrouble("There is nothing left to undo in this session.", "");
  outbox.add(newUndo(last));
  items.forget(last.flag);
  state.queue = queues.goTo(queues.mark(state.queue, last.flag, null), last.flag);
  part.announcement.textContent = `Undone: ${last.name}`;
  show();
}

function atCursor(act) {
  const cursor = figure.cursor();
  if (cursor === null) sayTrouble("Say where first: click on the waveform, or use ← and →.", "");
  else act(cursor);
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
  else renderList();
  sayWhatCanBeDone(); // a refused decision left nothing to undo
  if (outbox.pending().length === 0) refreshProgress().catch(() => {});
}

// --- keys, buttons, filters ----------------------------------------------------------------------------------------

const DECIDE = {
  accept: (item) => (item.proposal ? decide(item, "accept") : sayTrouble("The run proposes nothing here. Move, remove or reject.", "")),
  reject: (item) => decide(item, "reject"),
  remove: (item) => decide(item, "remove"),
  move: (item) => atCursor((trace_offset_s) => decide(item, "move", { trace_offset_s })),
  phase_p: (item) => decide(item, "change_phase", { phase: "P" }),
  phase_s: (item) => decide(item, "change_phase", { phase: "S" }),
  add_p: (item) => atCursor((trace_offset_s) => decide(item, "add", { trace_offset_s, phase: "P" }, { advances: false })),
  add_s: (item) => atCursor((trace_offset_s) => decide(item, "add", { trace_offset_s, phase: "S" }, { advances: false })),
};

const DO = {
  ...Object.fromEntries(Object.entries(DECIDE).map(([action, act]) => [action, () => onWhatIsSeen(act)])),
  next() {
    const row = queues.current(state.queue);
    const skips = start.may_decide && row !== null && queues.isWaiting(row);
    // From a pick that could not be loaded it goes on without a decision.
    if (skips && (isShown() ? state.item.state === "open" : isLoading())) return onWhatIsSeen((item) => decide(item, "skip"));
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
  filter: () => filters.next(),
  event: () => eventPanel.toggle(),
  threshold: () => narrowing.toggle(part.narrow.hidden),
  retry: show,
  help: () => (part.help.open ? part.help.close() : part.help.showModal()),
  close() {
    if (part.help.open) part.help.close();
    else narrowing.toggle(false);
  },
};

function showFiltered() {
  const { item } = state;
  if (item === null || !item.trace) return;
  const view = figure.view();
  viewChanged(view, true);
  figure.setPackets(waveforms.packets(item, filters.chosen()));
  waveforms.load(item, filters.chosen(), windowAround(view, item.trace.duration_s))
    .then(() => state.item === item && figure.setPackets(waveforms.packets(item, filters.chosen())))
    .catch((problem) => sayTrouble(problem.message));
  eventPanel.show(item, filters.chosen());
  for (const next of queues.upcoming(state.queue, AHEAD)) prefetch(next);
}

function reloadQueue() {
  history.replaceState(null, "", address() ? `?${address()}` : location.pathname);
  state.pages = makePages();
  state.queue = queues.markAll(queues.unfetched(), outbox.pending());
  return show();
}

/** What failed while the server was away is tried again. */
function catchUp() {
  outbox.flush();
  if (isLoading()) return;
  if (!isShown()) show();
  else if (state.item.trace && waveforms.packets(state.item, filters.chosen()).length === 0) viewChanged(figure.view(), false);
}

const narrowing = wireNarrowing({ part, start, reload: reloadQueue, chooseThreshold: (value) => { state.threshold = value; } });

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
part.keys.append(...ACTIONS.map(({ shows, words }) => make("div", {}, make("dt", {}, ...shows.map((key) => make("kbd", {}, key))), make("dd", {}, words))));

new MutationObserver(() => {
  figure.themeChanged();
  eventPanel.themeChanged();
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
window.addEventListener("online", catchUp);
window.addEventListener("focus", catchUp);

// --- begin ---------------------------------------------------------------------------------------------------------

state.queue = queues.onward(queues.markAll(state.queue, outbox.pending()));
renderProgress(progressParts, state.progress, state.threshold, isNarrowed(start.filter));
outbox.flush();
show();
