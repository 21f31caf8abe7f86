// Own decisions of this session, newest last, so that undo goes back as far as the session and no further. No DOM in here.

import { keysOf } from "./decisions.js";

const UNDONE = {
  accept: "accept of",
  reject: "reject of",
  move: "move of",
  remove: "removal of",
  change_phase: "phase change of",
  skip: "skip of",
  add: "arrival added to",
  describe: "description of",
  comment: "comment on",
};

/** storage: sessionStorage or its like. Each decision has a key of its own there: what one more costs doesn't grow with what is there. */
export function makeUndoStack(storage, prefix) {
  const stack = keysOf(storage, prefix).map((key) => ({ key, entry: JSON.parse(storage.getItem(key)) }));
  let newest = Number(stack.at(-1)?.key.slice(prefix.length) ?? 0);
  return {
    /** Whether it outlives a reload of the page; it does not where the storage is full. */
    push(entry) {
      newest += 1;
      const key = `${prefix}${String(newest).padStart(9, "0")}`;
      stack.push({ key, entry });
      try {
        storage.setItem(key, JSON.stringify(entry));
      } catch {
        return false;
      }
      return true;
    },
    last: () => stack.at(-1)?.entry ?? null,
    forget(clientId) {
      const place = stack.findIndex(({ entry }) => entry.client_id === clientId);
      if (place >= 0) storage.removeItem(stack.splice(place, 1)[0].key);
    },
    size: () => stack.length,
  };
}

/** What is kept of a decision, to take it back and to show its pick again. item: as it was before. */
export function undoable({ client_id, kind, pick, flag }, { station, phase, words, p, state }) {
  return { client_id, kind, pick, flag, station, phase, words, p, state };
}

/** The line of the queue of what was taken back, as it was before. */
export function rowOf({ pick, flag, station, phase, words, p, state }) {
  return { flag, pick, station, phase, words, p, state, in_conflict: false };
}

/** What was undone: `reject of SY.NOCE S`. */
export function undoneWords({ kind, station, phase }) {
  return `${UNDONE[kind] ?? kind} ${station} ${phase}`.trim();
}
