// Puts the review screen together: what a key does, what goes to the server, what is heard of others.

import { wireAgreeing } from "./agreeing.js";
import { makeBatchSender } from "./batches.js";
import { wireBulk } from "./bulk.js";
import { wireComment } from "./comment.js";
import { makeDeciding } from "./deciding.js";
import { wireKeyDialog } from "./key_dialog.js";
import { wireKeys } from "./keys.js";
import { makeLeases } from "./leases.js";
import { closeMessages, sayTrouble } from "./messages.js";
import { wireNarrowing } from "./narrowing.js";
import { listenToOthers } from "./others.js";
import { joinOwnTabs } from "./own_tabs.js";
import * as queues from "./queue.js";
import { makeScreen } from "./screen.js";
import { wireSearch } from "./search.js";
import { fetchJson, postJson } from "./server.js";
import { wireStationOffsets } from "./station_offsets.js";
import { wireTour } from "./tour.js";
import { viewActions } from "./view_actions.js";

const start = JSON.parse(document.getElementById("review-start").textContent);
const part = Object.fromEntries([...document.querySelectorAll("[data-part]")].map((element) => [element.dataset.part, element]));
const keep = `repick:${start.workspace}:${start.analyst}:`;

const screen = makeScreen({
  start,
  part,
  keep,
  canUndo: () => deciding.canUndo(),
  pending: () => deciding.pending(),
  opened() {
    if (!start.may_decide) return;
    leases.renew();
    askOffsetsOnce();
  },
  reopened: () => askOffsets(),
});
const { state, figure } = screen;

const sendBatch = makeBatchSender({ url: start.urls.batches, analyst: start.analyst, signedOut: () => { part.sign_in.hidden = false; } });

const deciding = makeDeciding({
  screen: { ...screen, cursor: figure.cursor },
  start,
  part,
  keep,
  askComment: wireComment({ dialog: part.comment, field: part.comment_text, about: part.comment_about }),
  sendBatch,
  answered: (outcome) => tabs.tell(outcome),
});

// --- many at once, and two people at once --------------------------------------------------------------------------

const bulk = wireBulk({
  part,
  urls: start.urls,
  address: screen.address,
  item: () => state.item,
  threshold: () => state.threshold,
  sendBatch,
  accepted: (batch, words) => deciding.pushBatch(batch, `${words} ${keys.name("undo")} takes them back.`),
  settled: deciding.flush,
});

let askOffsets = () => {};
let areOffsetsAsked = false;
/** At first only once a waveform is on the screen, which is what everybody waits for. */
function askOffsetsOnce() {
  if (!areOffsetsAsked) askOffsets();
  areOffsetsAsked = true;
}
if (start.may_decide) {
  askOffsets = wireStationOffsets({ part, url: () => `${start.urls.station_offsets}?${screen.address()}`, choose: bulk.openStation });
  wireAgreeing({
    part,
    sendBatch,
    item: () => state.item,
    accepted: (batch) => deciding.pushBatch(batch, ""),
    takenBack: deciding.forgetBatch,
    settled: deciding.flush,
  });
}

const leases = makeLeases({
  async send(open, keepalive) {
    const { status, body } = await postJson(start.urls.leases, open, { keepalive });
    if (status !== 200) throw new Error(`The server answered ${status}.`); // else nobody would seem to hold anything
    return body.held;
  },
  wanted: screen.near,
  held(flags, holders) {
    const before = state.queue;
    state.queue = queues.hold(before, flags, holders);
    if (state.queue === before) return;
    screen.renderList();
    screen.sayWhatCanBeDone();
  },
});
const tabs = joinOwnTabs({ channel: new BroadcastChannel(keep), answered: deciding.hearAnswer, left: () => start.may_decide && leases.sayAgain() });
if (start.may_decide) window.addEventListener("pagehide", () => [leases, tabs].forEach((one) => one.leave()));

// --- keys, buttons, filters ----------------------------------------------------------------------------------------

const actions = {
  ...deciding.actions,
  next() {
    const row = queues.current(state.queue);
    // A pick that somebody else has open would be skipped for them, too.
    const skips = start.may_decide && row !== null && queues.isWaiting(row) && !row.held_by;
    // From a pick that could not be loaded it goes on without a decision.
    if (skips && (screen.isShown() ? state.item.state === "open" : screen.isLoading())) return deciding.skip();
    state.queue = queues.advance(state.queue);
    return screen.show();
  },
  back() {
    state.queue = queues.goBack(state.queue);
    screen.show();
  },
  ...viewActions(figure),
  ...screen.actions,
  threshold: () => narrowing.toggle(part.narrow.hidden),
  bulk: () => start.may_decide && bulk.open(),
  search: () => search.focus(),
  help: () => (part.help.open ? part.help.close() : part.help.showModal()),
  close() {
    if (document.activeElement === part.search) part.search.blur();
    else if (part.help.open) part.help.close();
    else if (!part.narrow.hidden) narrowing.toggle(false);
    else closeMessages();
  },
};

const narrowing = wireNarrowing({ part, start, reload: screen.reloadQueue, chooseThreshold: (value) => { state.threshold = value; } });
const search = wireSearch({
  field: part.search,
  ask: (text) => fetchJson(`${start.urls.search}?${new URLSearchParams({ q: text })}`),
  narrowTo: narrowing.narrowTo,
  showRow(row) {
    state.queue = queues.bringBack(state.queue, row);
    screen.show();
  },
  tell: (words, level = "") => sayTrouble(words, level),
});
const keys = wireKeys({ part, actions, chosen: start.keys, pressed: screen.pressed });
wireKeyDialog({ part, chosen: start.keys, changed: keys.use, save: (chosen) => postJson(start.urls.keys, chosen) });

function ask() {
  screen.hear();
  askOffsets();
}
const listen = listenToOthers({ ask, isSeen: () => document.visibilityState === "visible" });

/** What failed while the server was away is tried again. */
function catchUp() {
  deciding.flush();
  screen.retry();
  listen();
}

new MutationObserver(screen.themeChanged).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
window.addEventListener("online", catchUp);
window.addEventListener("focus", catchUp);
document.addEventListener("visibilitychange", listen);
window.addEventListener("beforeunload", (event) => {
  if (["unreachable", "failed"].includes(part.saved.dataset.trouble)) event.preventDefault(); // kept here, and not seen by anybody else yet
});

// --- begin ---------------------------------------------------------------------------------------------------------

state.queue = queues.onward(queues.markAll(state.queue, deciding.pending()));
screen.takeProgress(state.progress);
deciding.flush();
screen.show();
wireTour({ dialog: part.tour, button: part.show_tour, storage: localStorage, key: `repick:${start.analyst}:tour` });
