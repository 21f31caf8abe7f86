import assert from "node:assert/strict";
import { test } from "node:test";

import { advance, append, current, goBack, goTo, hasMore, makeQueue, mark, markAll, onward, unfetched, upcoming, visible } from "../../static/js/review/queue.js";

const rows = (...flags) => flags.map((flag) => ({ flag, state: "open" }));

test("deciding goes on to the next that waits", () => {
  let queue = makeQueue(rows(1, 2, 3), "");
  queue = mark(queue, 2, "reject");
  queue = advance(mark(queue, 1, "accept"));
  assert.equal(current(queue).flag, 3);
});

test("after the last one, what was left behind comes again", () => {
  let queue = goTo(makeQueue(rows(1, 2, 3), ""), 3);
  queue = advance(mark(queue, 3, "accept"));
  assert.equal(current(queue).flag, 1);
});

test("when all are taken, nothing is current", () => {
  const queue = advance(mark(makeQueue(rows(1), ""), 1, "accept"));
  assert.equal(current(queue), null);
});

test("while pages are to come, the end of the list is not the end of the queue", () => {
  const queue = advance(mark(goTo(makeQueue(rows(1, 2), "0.9~2"), 2), 2, "accept"));
  assert.equal(current(queue), null);
  assert.equal(current(append(queue, rows(2, 3), "")).flag, 3);
});

test("going back comes to what was decided, too", () => {
  const queue = advance(mark(makeQueue(rows(1, 2), ""), 1, "accept"));
  assert.equal(current(goBack(queue)).flag, 1);
  assert.equal(current(goBack(goBack(queue))).flag, 1);
});

test("undo brings back the row and its place", () => {
  let queue = advance(mark(makeQueue(rows(1, 2), ""), 1, "accept"));
  queue = goTo(mark(queue, 1, null), 1);
  assert.equal(current(queue).flag, 1);
  assert.equal(current(queue).taken, null);
});

test("a later page keeps the marks of rows that are known", () => {
  const queue = append(mark(makeQueue(rows(1, 2), "x"), 2, "accept"), rows(2, 3), "");
  assert.deepEqual(queue.rows.map((row) => [row.flag, row.taken]), [[1, undefined], [2, "accept"], [3, undefined]]);
});

test("of a queue that is not there yet there is more to come", () => {
  const queue = unfetched();
  assert.deepEqual([current(queue), hasMore(queue), current(advance(queue))], [null, true, null]);
  assert.equal(current(onward(append(queue, rows(1, 2), ""))).flag, 1);
});

test("past the end, the first row of the page that comes late is the next", () => {
  const queue = advance(mark(makeQueue(rows(1), "x"), 1, "accept"));
  assert.equal(current(onward(append(queue, rows(2, 3), ""))).flag, 2);
});

test("what was decided is marked in the pages that come after it, too", () => {
  const queue = append(mark(unfetched(), 1, "accept"), rows(1, 2), "");
  assert.equal(queue.rows[0].taken, "accept");
  assert.equal(current(onward(queue)).flag, 2);
});

test("decisions not yet stored mark the queue as they were taken: an undo frees the row, an added pick leaves it", () => {
  const waiting = [{ flag: 1, kind: "accept" }, { flag: 2, kind: "reject" }, { flag: 1, kind: "undo" }, { flag: 3, kind: "add" }];
  const queue = markAll(makeQueue(rows(1, 2, 3), ""), waiting);
  assert.deepEqual(queue.rows.map((row) => row.taken ?? null), [null, "reject", null]);
});

test("what comes next can be fetched ahead", () => {
  assert.deepEqual(upcoming(makeQueue(rows(1, 2, 3, 4), ""), 2).map((row) => row.flag), [2, 3]);
});

test("a few decided rows stay in sight above the present one", () => {
  const queue = goTo(makeQueue(rows(...Array.from({ length: 50 }, (_, index) => index)), ""), 30);
  const seen = visible(queue, 20).map((row) => row.flag);
  assert.deepEqual([seen[0], seen.length], [27, 20]);
  assert.deepEqual(visible(makeQueue([], ""), 20), []);
});
