// Puts the review screen together: what is shown, what a key does, what goes to the server.

import { wireAddTo } from "./add_to.js";
import { wireAgreeing } from "./agreeing.js";
import { makeBatchSender } from "./batches.js";
import { wireBulk } from "./bulk.js";
import { wireComment } from "./comment.js";
import { renderButtons } from "./decision_buttons.js";
import { makeDeciding } from "./deciding.js";
import { makeEmpty } from "./empty.js";
import { makeEventPanel } from "./event_panel.js";
import { makeFigure } from "./figure.js";
import { windowAround } from "./geometry.js";
import { wireKeyDialog } from "./key_dialog.js";
import { wireKeys } from "./keys.js";
import { makeLeases } from "./leases.js";
import { makeLooks } from "./looks.js";
import { closeMessages, sayTrouble } from "./messages.js";
import { isNarrowed, queueAddress, wireNarrowing } from "./narrowing.js";
import { SHOWN_IN_QUEUE, renderEventBar, renderEvidence, renderProgress, renderQueue, renderTitle } from "./panels.js";
import { makeCache } from "./prefetch.js";
import * as queues from "./queue.js";
import { fetchJson, fetchWaveform, postJson } from "./server.js";
import { makeTheory } from "./theory.js";
import { wireTour } from "./tour.js";
import { viewActions } from "./view_actions.js";
import { makeWaveforms } from "./waveforms.js";
import { probabilityWords } from "./withheld.js";

const start = JSON.parse(document.getElementById("review-start").textContent);
const part = Object.fromEntries([...document.querySelectorAll("[data-part]")].map((element) => [element.dataset.part, element]));
const AHEAD = 3;
const LINGER_MS = 300;
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
    if (item.trace) await waveforms.loadFirst(item, looks.of(item));
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

const figure = makeFigure({ canvas: part.figure, overlay: part.overlay, spoken: part.cursor, needs: viewChanged });
const looks = makeLooks({ part, waveforms, storage: localStorage, keep, changed: lookChanged, tell: (words) => sayTrouble(words, "") });
const theory = makeTheory({
  models: start.earth_models,
  fetchArrivals: (flag, model) => fetchJson(`${start.urls.item.replace("{flag}", flag)}arrivals/?model=${encodeURIComponent(model)}`),
  shown: part.theory,
  tell: (words) => sayTrouble(words, ""),
  storage: localStorage,
  key: `${keep}theory`,
  changed: () => state.item && showTheory(state.item).catch((problem) => sayTrouble(problem.message, "")),
});
const eventPanel = makeEventPanel({ part, waveforms, fetchEvent: fetchJson, storage: localStorage, key: `${keep}event`, cursorS: () => figure.cursor()?.offset_s ?? null });
part.overlay.addEventListener("cursor-moved", eventPanel.cursorMoved);
const addTo = part.add_to && wireAddTo({
  select: part.add_to,
  fetchNearby: (flag) => fetchJson(`${start.urls.item.replace("{flag}", flag)}nearby/`),
  said: (words) => { part.announcement.textContent = words; },
});
const empty = makeEmpty(part);
const progressParts = { done: part.done, bar: part.bar, errors: part.errors, today: part.today, left: part.left };

let fetching = 0;
function viewChanged(view, coversAll) {
  const item = state.item;
  if (coversAll || item === null || !item.trace) return;
  const hasSome = looks.packets(item)[0].length > 0;
  clearTimeout(fetching);
  fetching = setTimeout(async () => {
    try {
      await looks.load(item, windowAround(view, item.trace.duration_s, Math.max(5, view.endS - view.startS)));
      showArrived(item);
    } catch (problem) {
      if (isStill(item) && looks.packets(item)[0].length === 0) figure.say(problem.message);
    }
  }, hasSome ? 60 : 0);
}

/** Whether it is on the screen, be it with more said of it. */
const isStill = (item) => state.item?.flag === item.flag;

function showArrived(item) {
  if (isStill(item)) figure.setPackets(...looks.packets(item));
}

async function showTheory(item) {
  const arrivals = await theory.of(item);
  if (isStill(item)) figure.setArrivals(arrivals);
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
  renderButtons(part, { item: state.item, canDecide: start.may_decide && isShown(), canUndo: deciding.canUndo() });
  const isBusy = isLoading() && !isShown();
  for (const name of ["bench", "evidence"]) part[name].setAttribute("aria-busy", String(isBusy));
  const holder = queues.current(state.queue)?.held_by ?? "";
  part.held.hidden = !holder;
  part.held.textContent = holder ? `${holder} has this pick open, too. Go past it, or agree who decides.` : "";
  if (isBusy) part.ready.textContent = "loading this pick";
}

function showItem(item, began) {
  state.item = item;
  looks.sayWhatThereIs(item);
  sayWhatCanBeDone(); // before the figure asks for its size, so that the page is laid out once
  empty.hide();
  renderTitle(part.title, item);
  figure.show(item, ...looks.packets(item), () => performance.measure("repick-painted", { start: began }));
  renderEvidence(part.evidence, item);
  addTo?.show(item);
  renderEventBar({ title: part.event_title, note: part.event_note }, item);
  part.announcement.textContent = `${item.station}, ${item.label.phase}, ${item.words}, ${probabilityWords(item)}`;
  // What is not looked at first comes after the waveform is on the screen.
  requestAnimationFrame(() => setTimeout(() => afterPaint(item)));
}

function afterPaint(item) {
  if (state.item !== item) return;
  part.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  eventPanel.show(item, looks.filter());
  for (const next of queues.upcoming(state.queue, AHEAD)) prefetch(next).then(sayReady);
  if (start.may_decide) leases.renew();
  sayReady();
  setTimeout(() => isStill(item) && linger(item), LINGER_MS);
  // A failure is said once the end of the list is reached.
  if (queues.hasMore(state.queue) && queues.upcoming(state.queue, 10).length < 10) loadMore().catch(() => {});
}

/** What is said of the pick on the screen, after something was said of it; what is drawn stays. */
async function showAgain() {
  const { item } = state;
  try {
    const again = await items.get(item.flag);
    if (state.item !== item) return;
    state.item = again;
    renderEvidence(part.evidence, again);
  } catch {
    // What is on the screen stays right but for what was just added; the next look fetches it.
  }
}

/** What only those want who look longer, so that it takes no time from those who go on at once. Zooming out asks again and says what fails. */
function linger(item) {
  showTheory(item).catch(() => {});
  addTo?.load(item).catch(() => {});
  if (item.trace) waveforms.loadWhole(item, looks.of(item)).then(() => showArrived(item)).catch(() => {});
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
  eventPanel.show(null, looks.filter());
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

const sendBatch = makeBatchSender({ url: start.urls.batches, analyst: start.analyst, signedOut: () => { part.sign_in.hidden = false; } });

const deciding = makeDeciding({
  screen: {
    state, isShown, isLoading, show, showAgain, renderList, takeProgress, refreshProgress, sayWhatCanBeDone,
    lookAnew, item: items.get, forget: items.forget, cursor: figure.cursor, filter: looks.filter, addTo: () => addTo?.chosen() ?? "",
  },
  start,
  part,
  keep,
  askComment: wireComment({ dialog: part.comment, field: part.comment_text, about: part.comment_about }),
  sendBatch,
});

// --- many at once, and two people at once --------------------------------------------------------------------------

const bulk = wireBulk({
  part,
  urls: start.urls,
  address,
  item: () => state.item,
  sendBatch,
  accepted: (batch, words) => deciding.pushBatch(batch, `${words} ${keys.name("undo")} takes them back.`),
});

const leases = makeLeases({
  send: async (flags, keepalive) => (await postJson(start.urls.leases, { flags }, { keepalive })).body?.held ?? {},
  wanted: () => [queues.current(state.queue), ...queues.upcoming(state.queue, AHEAD)].filter(Boolean).map((row) => row.flag),
  held(flags, holders) {
    state.queue = queues.hold(state.queue, flags, holders);
    renderList();
    sayWhatCanBeDone();
  },
});
if (start.may_decide) window.addEventListener("pagehide", leases.leave);

// --- keys, buttons, filters ----------------------------------------------------------------------------------------

const actions = {
  ...deciding.actions,
  next() {
    const row = queues.current(state.queue);
    const skips = start.may_decide && row !== null && queues.isWaiting(row);
    // From a pick that could not be loaded it goes on without a decision.
    if (skips && (isShown() ? state.item.state === "open" : isLoading())) return deciding.skip();
    state.queue = queues.advance(state.queue);
    return show();
  },
  back() {
    state.queue = queues.goBack(state.queue);
    show();
  },
  ...viewActions(figure),
  ...looks.actions,
  theory: () => theory.next(),
  add_to: () => addTo?.next(),
  event: () => eventPanel.toggle(),
  threshold: () => narrowing.toggle(part.narrow.hidden),
  bulk: () => start.may_decide && bulk.open(),
  retry: show,
  help: () => (part.help.open ? part.help.close() : part.help.showModal()),
  close() {
    if (part.help.open) part.help.close();
    else if (!part.narrow.hidden) narrowing.toggle(false);
    else closeMessages();
  },
};

/** Another filter or rotation. */
function lookChanged() {
  const { item } = state;
  if (item === null || !item.trace) return;
  looks.sayWhatThereIs(item);
  figure.say("");
  showArrived(item);
  viewChanged(figure.view(), false);
  eventPanel.show(item, looks.filter());
  for (const next of queues.upcoming(state.queue, AHEAD)) prefetch(next);
}

function reloadQueue() {
  history.replaceState(null, "", address() ? `?${address()}` : location.pathname);
  state.pages = makePages();
  state.queue = queues.markAll(queues.unfetched(), deciding.pending());
  return show();
}

/** After a batch, of which nobody here knows all the picks. */
function lookAnew() {
  items.clear();
  reloadQueue();
  refreshProgress().catch(() => {});
}

/** What failed while the server was away is tried again. */
function catchUp() {
  deciding.flush();
  if (isLoading()) return;
  if (!isShown()) return show();
  if (state.item.trace && looks.packets(state.item)[0].length === 0) viewChanged(figure.view(), false);
  eventPanel.retry();
}

if (start.may_decide) {
  wireAgreeing({
    part,
    sendBatch,
    item: () => state.item,
    accepted: (batch) => deciding.pushBatch(batch, ""),
    takenBack: deciding.forgetBatch,
  });
}
const narrowing = wireNarrowing({ part, start, reload: reloadQueue, chooseThreshold: (value) => { state.threshold = value; } });

const keys = wireKeys({ part, actions, chosen: start.keys, pressed: (at) => { pressedAt = at; } });
wireKeyDialog({ part, chosen: start.keys, changed: keys.use, save: (chosen) => postJson(start.urls.keys, chosen) });

new MutationObserver(() => {
  figure.themeChanged();
  eventPanel.themeChanged();
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
window.addEventListener("online", catchUp);
window.addEventListener("beforeunload", (event) => {
  if (["unreachable", "failed"].includes(part.saved.dataset.trouble)) event.preventDefault(); // kept here, and not seen by anybody else yet
});
window.addEventListener("focus", catchUp);

// --- begin ---------------------------------------------------------------------------------------------------------

state.queue = queues.onward(queues.markAll(state.queue, deciding.pending()));
renderProgress(progressParts, state.progress, state.threshold, isNarrowed(start.filter));
deciding.flush();
show();
wireTour({ dialog: part.tour, button: part.show_tour, storage: localStorage, key: `repick:${start.analyst}:tour` });
