// What the review screen shows: the queue, the pick that it points at with waveform, evidence and event, and the progress.

import { wireAddTo } from "./add_to.js";
import { renderButtons } from "./decision_buttons.js";
import { makeEmpty } from "./empty.js";
import { makeEventPanel } from "./event_panel.js";
import { makeFigure } from "./figure.js";
import { windowAround } from "./geometry.js";
import { makeLooks } from "./looks.js";
import { ON_SCREEN, sayTrouble, unsay } from "./messages.js";
import { isNarrowed } from "./narrowing.js";
import { makeOpenQueue } from "./open_queue.js";
import { othersWords } from "./others.js";
import { renderEventBar, renderEvidence, renderTitle } from "./panels.js";
import { makeCache } from "./prefetch.js";
import * as queues from "./queue.js";
import { fetchJson, fetchWaveform } from "./server.js";
import { makeTheory } from "./theory.js";
import { makeWaveforms } from "./waveforms.js";
import { probabilityWords } from "./withheld.js";

const AHEAD = 3;
const LINGER_MS = 300;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];

/**
 * start, part: the page's own data and elements. keep: where the browser keeps things of this workspace and analyst. canUndo(): whether a decision
 * can be taken back. pending(): the decisions on their way to the server. opened(): a pick is on the screen. reopened(): the queue is, anew.
 */
export function makeScreen({ start, part, keep, canUndo, pending, opened, reopened }) {
  const state = { queue: queues.makeQueue(start.queue.items, start.queue.next_after), progress: start.progress, threshold: start.filter.threshold, item: null };
  const open = makeOpenQueue({ state, start, part, choose, pending, heard });
  let asked = 0; // counts what was asked to be shown: only the last may reach the screen
  let ended = 0; // the last of them that was shown, or could not be
  let pressedAt = null; // when the key was pressed that led to this item: what `make bench` measures from
  let fetching = 0;
  let retrying = 0;
  let tries = 0; // of what could not be loaded, by itself

  const items = makeCache((flag) => fetchJson(start.urls.item.replace("{flag}", flag)), 60);
  const waveforms = makeWaveforms(fetchWaveform);
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
  const addTo = part.add_to && wireAddTo({
    select: part.add_to,
    fetchNearby: (flag) => fetchJson(`${start.urls.item.replace("{flag}", flag)}nearby/`),
    said: (words) => { part.announcement.textContent = words; },
  });
  const empty = makeEmpty(part);
  part.overlay.addEventListener("cursor-moved", eventPanel.cursorMoved);

  // --- the queue ---------------------------------------------------------------------------------------------------

  function choose(flag) {
    state.queue = queues.goTo(state.queue, flag);
    show();
  }

  /** The queue from its beginning, after its filter or threshold has changed. */
  function reloadQueue() {
    open.reopen(pending());
    reopened();
    return show();
  }

  /** After a batch, of which nobody here knows all the picks. */
  function lookAnew() {
    items.clear();
    reloadQueue();
    open.hear();
  }

  /** Others changed these: what was fetched of them is old. What is on the screen stays, and what became of it is said. */
  function heard(flags) {
    flags.forEach(items.forget);
    open.render();
    sayWhatCanBeDone();
  }

  // --- the pick ----------------------------------------------------------------------------------------------------

  /** Whether the pick that the queue points at is the one on the screen. */
  const isShown = () => state.item !== null && queues.current(state.queue)?.flag === state.item.flag;
  const isLoading = () => ended !== asked;
  /** Whether it is on the screen, be it with more said of it. */
  const isStill = (item) => state.item?.flag === item.flag;

  async function show() {
    clearTimeout(retrying);
    asked += 1;
    const turn = asked;
    const began = pressedAt ?? performance.now();
    pressedAt = null;
    open.render();
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
      await open.loadMore();
      state.queue = queues.onward(state.queue);
      open.render();
    }
    const row = queues.current(state.queue);
    return row === null ? null : items.get(row.flag);
  }

  /** That a pick is loading is not painted where it was fetched ahead: it comes within the same frame. */
  function sayWhatCanBeDone() {
    renderButtons(part, { item: state.item, canDecide: start.may_decide && isShown(), canUndo: canUndo() });
    const isBusy = isLoading() && !isShown();
    for (const name of ["bench", "evidence"]) part[name].setAttribute("aria-busy", String(isBusy));
    part.held.textContent = othersWords(queues.current(state.queue));
    part.held.hidden = !part.held.textContent;
    if (isBusy) part.ready.textContent = "loading this pick";
  }

  function showItem(item, began) {
    if (state.item?.flag !== item.flag) unsay(ON_SCREEN);
    state.item = item;
    tries = 0;
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
    opened();
    sayReady();
    setTimeout(() => isStill(item) && linger(item), LINGER_MS);
    // A failure is said once the end of the list is reached.
    if (queues.hasMore(state.queue) && queues.upcoming(state.queue, 10).length < 10) open.loadMore().catch(() => {});
  }

  async function prefetch(row) {
    try {
      const item = await items.get(row.flag);
      if (item.trace) await waveforms.loadFirst(item, looks.of(item));
    } catch {
      // What could not be fetched ahead is fetched, and its failure said, when it is looked at.
    }
  }

  /** What only those want who look longer, so that it takes no time from those who go on at once. Zooming out asks again and says what fails. */
  function linger(item) {
    showTheory(item).catch(() => {});
    addTo?.load(item).catch(() => {});
    if (item.trace) waveforms.loadWhole(item, looks.of(item)).then(() => showArrived(item)).catch(() => {});
  }

  function sayReady() {
    if (!isShown()) return;
    const next = queues.upcoming(state.queue, 1)[0];
    part.ready.textContent = next === undefined || items.has(next.flag) ? (next === undefined ? "last of the queue" : "next waveform ready") : "fetching the next";
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

  function showNothing() {
    clear();
    empty.sayNothingLeft(state.threshold, isNarrowed(start.filter));
  }

  function showFailure(problem) {
    if (isShown()) return sayTrouble(`This pick could not be loaded again: ${problem.message}`);
    clear();
    const row = queues.current(state.queue);
    if (row !== null) empty.sayFailed(`This pick of ${row.station}`, problem);
    else empty.sayFailed(state.queue.rows.length > 0 ? "The rest of the queue" : "The queue", problem);
    retryLater();
  }

  /** A server that was away comes back by itself, and nobody is to reach for the mouse for it. */
  function retryLater() {
    clearTimeout(retrying);
    retrying = setTimeout(retry, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
    tries += 1;
  }

  /** What failed is tried again. */
  function retry() {
    if (isLoading()) return;
    if (!isShown()) return show();
    if (state.item.trace && looks.packets(state.item)[0].length === 0) viewChanged(figure.view(), false);
    eventPanel.retry();
  }

  function clear() {
    state.item = null;
    sayWhatCanBeDone();
    figure.show(null, []);
    eventPanel.show(null, looks.filter());
    part.evidence.replaceChildren();
    part.ready.textContent = "";
  }

  // --- its waveforms -----------------------------------------------------------------------------------------------

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
        if (!isStill(item) || looks.packets(item)[0].length > 0) return;
        figure.say(problem.message);
        retryLater();
      }
    }, hasSome ? 60 : 0);
  }

  function showArrived(item) {
    if (isStill(item)) figure.setPackets(...looks.packets(item));
  }

  async function showTheory(item) {
    const arrivals = await theory.of(item);
    if (isStill(item)) figure.setArrivals(arrivals);
  }

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

  return {
    state,
    figure,
    address: open.address,
    isShown, isLoading,
    show,
    showAgain,
    renderList: open.render,
    takeProgress: open.takeProgress,
    hear: open.hear,
    sayWhatCanBeDone,
    reloadQueue,
    lookAnew,
    item: items.get,
    forget: items.forget,
    filter: looks.filter,
    /** The event that an added arrival is to belong to. */
    addTo: () => addTo?.chosen() ?? "",
    /** A key was pressed that may lead to another pick. */
    pressed: (at) => { pressedAt = at; },
    /** The pick on the screen and those that come next. */
    near: () => [queues.current(state.queue), ...queues.upcoming(state.queue, AHEAD)].filter(Boolean).map((row) => row.flag),
    retry,
    themeChanged() {
      figure.themeChanged();
      eventPanel.themeChanged();
    },
    actions: {
      ...looks.actions,
      theory: () => theory.next(),
      add_to: () => addTo?.next(),
      event: () => eventPanel.toggle(),
      retry: show,
    },
  };
}
