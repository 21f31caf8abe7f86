import assert from "node:assert/strict";
import { test } from "node:test";

import { advance, append, bringBack, current, goBack, goTo, hear, hold, hasMore, makeQueue, mark, markAll, notDecidedHere, offerNext, onward, unfetched, upcoming, visible } from "../../static/js/review/queue.js";

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

test("what was refused is open again and comes next, wherever the review has come to", () => {
  const queue = offerNext(goTo(mark(makeQueue(rows(1, 2, 3, 4), ""), 1, "accept"), 3), 1);
  assert.equal(current(queue).flag, 3);
  assert.equal(current(advance(mark(queue, 3, "reject"))).flag, 1);
  assert.deepEqual(queue.rows.map((row) => [row.flag, row.refused ?? false]), [[2, false], [3, false], [1, true], [4, false]]);
  assert.equal(mark(queue, 1, "reject").rows.find((row) => row.flag === 1).refused, false);
});

test("what was refused is shown at once where the queue had come to its end, or where it is still looked at", () => {
  const ended = advance(mark(makeQueue(rows(1), "x"), 1, "accept"));
  assert.equal(current(offerNext(ended, 1)).flag, 1);
  const back = goBack(advance(mark(makeQueue(rows(1, 2), ""), 1, "accept")));
  assert.deepEqual([current(offerNext(back, 1)).flag, offerNext(back, 1).rows.length], [1, 2]);
});

test("what was refused and is not in the list is not marked as taken when its page comes", () => {
  const queue = offerNext(mark(unfetched(), 1, "accept"), 1);
  assert.equal(append(queue, rows(1), "").rows[0].taken, null);
});

test("what was taken back comes in at the present place where the list does not hold it any more", () => {
  const queue = bringBack(goTo(makeQueue(rows(2, 3, 4), ""), 3), { flag: 1, state: "open" });
  assert.deepEqual([current(queue).flag, queue.rows.map((row) => row.flag)], [1, [2, 1, 3, 4]]);
  assert.equal(current(bringBack(unfetched(), { flag: 1, state: "open" })).flag, 1);
  assert.deepEqual(append(bringBack(unfetched(), { flag: 1, state: "open" }), rows(1, 2), "").rows.map((row) => row.flag), [1, 2]);
});

test("what was taken back keeps its place in the list, and is as it was before", () => {
  const queue = bringBack(makeQueue([{ flag: 1, state: "open" }, { flag: 2, state: "decided", station: "NZ.WEL" }], ""), { flag: 2, state: "open" });
  assert.deepEqual(current(queue), { flag: 2, state: "open", station: "NZ.WEL" });
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

test("what leaves a flag open leaves its row, and so does taking it back", () => {
  const waiting = [{ flag: 1, kind: "accept" }, { flag: 1, kind: "describe" }, { flag: 1, kind: "comment" }, { flag: 1, kind: "undo", undone: "describe" }];
  assert.equal(markAll(makeQueue(rows(1), ""), waiting).rows[0].taken, "accept");
});

test("what somebody else has open is passed over, and comes last", () => {
  const queue = hold(makeQueue(rows(1, 2, 3), ""), [2, 3], { 2: "ben" });
  assert.equal(current(advance(mark(queue, 1, "accept"))).flag, 3);
  const alone = mark(mark(queue, 1, "accept"), 3, "accept");
  assert.equal(current(advance(alone)).held_by, "ben");
  assert.equal(current(advance(hold(alone, [2], {}))).held_by, "");
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

test("what others settled is passed over, and waits again once they take it back", () => {
  const settled = hear(makeQueue(rows(1, 2, 3), ""), { 1: "open", 2: "decided" });
  assert.equal(current(advance(settled)).flag, 3);
  assert.equal(current(advance(hear(settled, { 2: "open" }))).flag, 2);
});

test("what was decided here is not asked of, and stays as it was decided", () => {
  const queue = mark(hear(makeQueue(rows(1, 2, 3), ""), { 3: "skipped" }), 1, "accept");
  assert.deepEqual(notDecidedHere(queue, 10), [2, 3]);
  assert.equal(hear(queue, { 1: "decided" }).rows[0].taken, "accept");
});

test("of a long list those are asked of that are near", () => {
  const queue = goTo(makeQueue(rows(...Array.from({ length: 100 }, (_, index) => index)), ""), 50);
  assert.deepEqual(notDecidedHere(queue, 10), [45, 46, 47, 48, 49, 50, 51, 52, 53, 54]);
});

test("where nothing was heard the queue is the same", () => {
  const queue = makeQueue(rows(1, 2), "");
  assert.equal(hold(hear(queue, { 1: "open" }), [1, 2], {}), queue);
  assert.notEqual(hold(queue, [1, 2], { 2: "ben" }), queue);
});
