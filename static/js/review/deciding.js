// Decisions as they are taken on the screen: kept first, then sent; what follows from the answer.

import { leftOutWords } from "./batches.js";
import { STAYS, makeOutbox, newClientId, newEntry, newUndo, readAnswer, savedWords } from "./decisions.js";
import { ON_SCREEN, sayTrouble, unsay } from "./messages.js";
import { progressAfter } from "./progress.js";
import * as queues from "./queue.js";
import { postJson } from "./server.js";
import { makeUndoStack, rowOf, undoable, undoneWords } from "./undo_stack.js";

const GONE = ["pick_unknown", "flag_unknown", "catalog_withdrawn"]; // refused, and nothing is left to decide on
const NOT_STANDING = ["already_undone", "decision_unknown"]; // an undo refused because there is nothing to take back
const UNDONE = "undone";
const ofPick = (pick) => `pick:${pick}`;
const ofBatch = (clientId) => `batch:${clientId}`;

const DESCRIBED = {
  polarity_up: { polarity: "positive" },
  polarity_down: { polarity: "negative" },
  onset_emergent: { onset: "emergent" },
  onset_impulsive: { onset: "impulsive" },
  ...Object.fromEntries([0, 1, 2, 3, 4].map((weight) => [`weight_${weight}`, { weight }])),
};

/**
 * screen: what is shown, and how it is shown anew: {state, isShown(), isLoading(), show(), showAgain(), renderList(), takeProgress(progress),
 * hear(), sayWhatCanBeDone(), lookAnew(), item(flag), forget(flag), cursor(), filter(), addTo()}. start, part: the page's own data and
 * elements. keep: where the browser keeps things of this workspace and analyst. askComment(row): resolves to a text, or null. sendBatch(body): of
 * `makeBatchSender`. answered(outcome): the server's answer to a decision, whichever tab took it.
 */
export function makeDeciding({ screen, start, part, keep, askComment, sendBatch, answered }) {
  const { state } = screen;
  const undoStack = makeUndoStack(sessionStorage, `${keep}undo:`);
  let isTakingBack = false; // a batch, until the server has answered
  const outbox = makeOutbox({
    storage: localStorage,
    prefix: `${keep}decision:`,
    send: async (entry) => {
      const { status, isJson, body } = await postJson(start.urls.decisions, { ...entry, analyst: start.analyst });
      return readAnswer(status, isJson, body);
    },
    report: sayOutbox,
    wait: (ms, callback) => setTimeout(callback, ms),
  });
  const own = new Set(outbox.pending().map(({ client_id }) => client_id)); // decided on this page, or before it was loaded anew

  function keepEntry(entry) {
    own.add(entry.client_id);
    outbox.add(entry);
  }

  /** Decides on the pick on the screen, if that is the one that the queue points at: an analyst decides on what they see. */
  function onWhatIsSeen(act) {
    if (!start.may_decide) return;
    if (screen.isShown()) act(state.item);
    else if (screen.isLoading()) sayTrouble("The next pick is still loading, so nothing was decided.", "");
    else screen.show();
  }

  /** Whether it was kept: what could not be is not taken. */
  function take(item, kind, more = {}) {
    const entry = newEntry(kind, item, { threshold: state.threshold, filter: screen.filter(), run: start.run?.id ?? null }, more);
    try {
      keepEntry(entry);
    } catch (problem) {
      sayTrouble(`This decision could not be kept, so it was not taken: ${problem.message}`);
      return false;
    }
    remember(undoable(entry, item));
    screen.forget(item.flag);
    return true;
  }

  function remember(entry) {
    if (!undoStack.push(entry)) sayTrouble("This browser's storage is full: what you decide now can be undone until you leave the page, and not after a reload.", "", "undo");
  }

  function decide(item, kind, more) {
    if (!take(item, kind, more)) return;
    state.queue = queues.advance(queues.mark(state.queue, item.flag, kind));
    screen.takeProgress(progressAfter(state.progress, item, kind));
    screen.show();
  }

  function undo() {
    const last = undoStack.last();
    if (last === null) return sayTrouble("There is nothing left to undo in this session.", "");
    if (last.kind === "batch") return undoBatch(last);
    try {
      keepEntry(newUndo(last));
    } catch (problem) {
      return sayTrouble(`The undo could not be kept, so nothing was undone: ${problem.message}`);
    }
    undoStack.forget(last.client_id);
    screen.forget(last.flag);
    if (!STAYS.includes(last.kind) || takenAs(last.flag) === last.kind) state.queue = queues.mark(state.queue, last.flag, null);
    state.queue = queues.bringBack(state.queue, rowOf(last));
    sayTrouble(`Undone: ${undoneWords(last)}`, "", UNDONE);
    screen.show();
  }

  async function undoBatch(last) {
    if (isTakingBack) return sayTrouble("The batch is still being taken back.", "");
    isTakingBack = true;
    const { kind, body, words } = await sendBatch({ client_id: last.undo_id, undoes: last.client_id });
    isTakingBack = false;
    if (kind === "stored" || kind === "refused") undoStack.forget(last.client_id); // what is refused once is refused again
    if (kind === "stored") {
      sayTrouble(`Undone: batch. ${body.n_decided} taken back.${leftOutWords(body.left_out, "stay")}`, "", ofBatch(last.client_id));
      screen.lookAnew();
    } else {
      sayTrouble(`The batch was not taken back: ${words}`, "error", ofBatch(last.client_id));
      screen.sayWhatCanBeDone();
    }
  }

  function atCursor(item, act) {
    const cursor = screen.cursor();
    if (cursor !== null) act({ trace_offset_s: cursor.offset_s, ...(cursor.uncertainty_s === null ? {} : { uncertainty_s: cursor.uncertainty_s }) });
    else sayTrouble(`Say where first: click on the waveform, or move the cursor by its keys.${item.proposal?.time ? " To take the proposed time, accept the proposal." : ""}`, "", ON_SCREEN);
  }

  /** Asked at once, also while the pick is loading: what is typed next is text and no keys. */
  async function comment() {
    const row = queues.current(state.queue);
    if (!start.may_decide || row === null) return;
    const reason = await askComment(row);
    if (reason === null) return;
    try {
      take(await screen.item(row.flag), "comment", { reason });
    } catch (problem) {
      sayTrouble(`“${reason}” was not saved: ${problem.message}`);
    }
  }

  function sayOutbox({ waiting, trouble, savedAt, outcome }) {
    part.saved.dataset.trouble = trouble;
    part.sign_in.hidden = trouble !== "signed_out";
    part.saved.textContent = savedWords({ waiting, trouble, savedAt }) ?? part.saved.textContent;
    if (outcome === null) return;
    answered(outcome);
    settle(outcome);
  }

  /** Another tab had the answer to what may be from here. */
  function hearAnswer(outcome) {
    if (own.has(outcome.entry.client_id)) return settle(outcome);
    screen.forget(outcome.entry.flag);
    screen.hear();
  }

  function settle({ entry, kind, body }) {
    screen.forget(entry.flag);
    if (kind === "refused") refused(entry, body);
    else if (kind === "conflict") sayTrouble(body.message, "error", ofPick(entry.pick));
    else if (entry.kind === "add") noteAnswered(entry, body);
    else if (!STAYS.includes(entry.kind) && entry.kind !== "undo") unsay(ofPick(entry.pick));
    if (kind === "stored" && body.unseen_own && !own.has(body.unseen_own.client_id)) sayTrouble(body.unseen_own.message, "error", ofPick(entry.pick));
    // The queue and not the screen is asked: what is still being fetched may be from before this was stored.
    if (queues.current(state.queue)?.flag !== entry.flag) screen.renderList();
    else if (["describe", "comment"].includes(entry.kind)) screen.showAgain(); // the waveform stays as it is, its zoom and cursor too
    else screen.show();
    screen.sayWhatCanBeDone(); // a refused decision left nothing to undo
    if (outbox.pending().length === 0) screen.hear();
  }

  /** An arrival added where one was missed is the answer to that: else it would be heard of as decided by somebody else. */
  function noteAnswered(entry, body) {
    if (body.flag_state === "decided" && !takenAs(entry.flag) && !isTakenBack(entry)) state.queue = queues.mark(state.queue, entry.flag, "add");
  }

  function takenAs(flag) {
    return state.queue.rows.find((row) => row.flag === flag)?.taken ?? null;
  }

  function refused(entry, body) {
    undoStack.forget(entry.client_id);
    if (isTakenBack(entry) || (entry.kind === "undo" && NOT_STANDING.includes(body.code))) return; // it does not stand, as was wanted and said
    if (entry.kind === "undo") keepUndone(entry);
    else if (GONE.includes(body.code)) state.queue = queues.mark(state.queue, entry.flag, "failed");
    else if (!STAYS.includes(entry.kind)) state.queue = queues.offerNext(state.queue, entry.flag);
    if (body.code === "nothing_changed") sayTrouble(body.message, "");
    else if (entry.kind === "undo") sayTrouble(`Not undone: ${body.message}`, "error", ofPick(entry.pick));
    else sayTrouble(`Not saved: ${body.message}`, "error", ofPick(entry.pick));
  }

  /** Whether a decision was undone before the server had answered. */
  function isTakenBack({ client_id }) {
    return outbox.pending().some(({ undoes }) => undoes === client_id);
  }

  /** An undo that was refused leaves the decision standing. */
  function keepUndone({ flag, undone }) {
    unsay(UNDONE);
    if (!STAYS.includes(undone)) state.queue = queues.mark(state.queue, flag, undone);
  }

  function changePhase(item, phase) {
    const isKnown = outbox.pending().every(({ pick }) => pick !== item.pick); // else what is on the way to the server changes it, too
    if (!isKnown || item.pick_state.in_conflict || item.pick_state.phase_hint !== phase) return decide(item, "change_phase", { phase });
    sayTrouble(`${item.station} is ${phase === "S" ? "an" : "a"} ${phase} already.`, "", ON_SCREEN);
  }

  const taken = {
    accept: (item) => (item.proposal ? decide(item, "accept", item.proposal.action === "add" ? { event: screen.addTo() } : {}) : sayTrouble(item.withheld ? "Nothing is proposed to you here. Keep the pick, move it or remove it." : "The run proposes nothing here. Move, remove or reject.", "", ON_SCREEN)),
    reject: (item) => decide(item, "reject"),
    remove: (item) => decide(item, "remove"),
    move: (item) => atCursor(item, (where) => decide(item, "move", where)),
    phase_p: (item) => changePhase(item, "P"),
    phase_s: (item) => changePhase(item, "S"),
    add_p: (item) => atCursor(item, (where) => take(item, "add", { ...where, phase: "P", event: screen.addTo() })),
    add_s: (item) => atCursor(item, (where) => take(item, "add", { ...where, phase: "S", event: screen.addTo() })),
    ...Object.fromEntries(Object.entries(DESCRIBED).map(([action, said]) => [action, (item) => take(item, "describe", said)])),
  };

  return {
    /** What a key does, by action. */
    actions: {
      ...Object.fromEntries(Object.entries(taken).map(([action, act]) => [action, () => onWhatIsSeen(act)])),
      comment,
      undo: () => start.may_decide && undo(),
    },
    skip: () => onWhatIsSeen((item) => decide(item, "skip")),
    canUndo: () => start.may_decide && undoStack.size() > 0,
    /** A batch that was taken, for undo. words: said until it is taken back. Returns what takes it back. */
    pushBatch({ client_id }, words) {
      const undo_id = newClientId();
      remember({ client_id, undo_id, kind: "batch" });
      if (words) sayTrouble(words, "", ofBatch(client_id));
      screen.lookAnew();
      return { client_id: undo_id, undoes: client_id };
    },
    /** A batch was taken back elsewhere than by the key. */
    forgetBatch({ undoes }) {
      undoStack.forget(undoes);
      screen.lookAnew();
    },
    hearAnswer,
    pending: outbox.pending,
    flush: outbox.flush,
  };
}
