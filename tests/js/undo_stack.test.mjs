import assert from "node:assert/strict";
import { test } from "node:test";

import { makeUndoStack, rowOf, undoable, undoneWords } from "../../static/js/review/undo_stack.js";

/** Storage of a tab. room: how many characters it takes. */
function makeStorage(room = Infinity) {
  const kept = new Map();
  let used = 0;
  return {
    get length() { return kept.size; },
    key: (index) => [...kept.keys()][index],
    getItem: (key) => kept.get(key) ?? null,
    setItem(key, value) {
      if (used + value.length > room) throw new Error("full");
      used += value.length;
      kept.set(key, value);
    },
    removeItem: (key) => kept.delete(key),
  };
}

const entry = (id) => ({ client_id: id, kind: "accept", pick: 1, flag: 2 });

function popAll(stack) {
  const ids = [];
  while (stack.last() !== null) {
    ids.push(stack.last().client_id);
    stack.forget(stack.last().client_id);
  }
  return ids;
}

test("undo goes back decision by decision, as far as the session, over a reload too", () => {
  const storage = makeStorage();
  const before = makeUndoStack(storage, "undo:");
  before.push(entry("one"));
  before.push(entry("two"));
  const after = makeUndoStack(storage, "undo:");
  after.push(entry("three"));
  assert.deepEqual(popAll(after), ["three", "two", "one"]);
  assert.deepEqual([after.size(), storage.length, after.last()], [0, 0, null]);
});

test("undo goes back to the start of the session, however long that is", () => {
  const storage = makeStorage();
  const stack = makeUndoStack(storage, "undo:");
  const ids = Array.from({ length: 3000 }, (_, number) => `${number}`);
  for (const id of ids) stack.push(entry(id));
  assert.deepEqual(popAll(makeUndoStack(storage, "undo:")), ids.reverse());
});

test("a refused decision can not be undone", () => {
  const stack = makeUndoStack(makeStorage(), "undo:");
  for (const id of ["one", "two", "three"]) stack.push(entry(id));
  stack.forget("two");
  stack.forget("never there");
  assert.deepEqual(popAll(stack), ["three", "one"]);
});

test("where the storage is full, what is there stays, and the newest can be undone until the page is left", () => {
  const storage = makeStorage(2 * JSON.stringify(entry("one")).length);
  const stack = makeUndoStack(storage, "undo:");
  assert.deepEqual(["one", "two", "six"].map((id) => stack.push(entry(id))), [true, true, false]);
  assert.deepEqual(popAll(makeUndoStack(storage, "undo:")), ["two", "one"]);
  assert.deepEqual(popAll(stack), ["six", "two", "one"]);
});

test("another workspace's decisions are not undone here", () => {
  const storage = makeStorage();
  makeUndoStack(storage, "repick:a:ana:undo:").push(entry("one"));
  assert.equal(makeUndoStack(storage, "repick:b:ana:undo:").size(), 0);
});

test("of a decision is kept what shows its pick again as it was, and no more", () => {
  const item = { station: "SY.NOCE", phase: "S", words: "timing −0.62 s", p: 0.9, state: "open", posterior: [1, 2, 3] };
  const kept = undoable({ client_id: "one", kind: "reject", pick: 3, flag: 4, shown: {} }, item);
  assert.deepEqual(rowOf(kept), { flag: 4, pick: 3, station: "SY.NOCE", phase: "S", words: "timing −0.62 s", p: 0.9, state: "open", in_conflict: false });
  assert.equal(undoneWords(kept), "reject of SY.NOCE S");
  assert.ok(JSON.stringify({ ...kept, client_id: "x".repeat(36), pick: 1e6, flag: 1e6 }).length < 200);
});
