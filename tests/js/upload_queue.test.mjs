import assert from "node:assert/strict";
import { test } from "node:test";

import { bytesAsText, DONE, FAILED, UploadQueue, WAITING } from "../../static/js/imports/upload_queue.js";

const file = (name, size = 10) => ({ name, size, file: null });

test("a name that is there already is not added twice", () => {
  const queue = new UploadQueue();
  assert.equal(queue.add([file("a/1.mseed"), file("b/1.mseed"), file("a/1.mseed")]), 2);
  assert.equal(queue.add([file("a/1.mseed")]), 0);
  assert.equal(queue.items.length, 2);
});

test("files are taken in the order they came, each once", () => {
  const queue = new UploadQueue();
  queue.add([file("a"), file("b")]);
  assert.deepEqual([queue.take().name, queue.take().name, queue.take()], ["a", "b", null]);
});

test("the share counts what has been sent of a file under way", () => {
  const queue = new UploadQueue();
  queue.add([file("a", 100), file("b", 300)]);
  queue.take().sent = 50;
  assert.equal(queue.share, 50 / 400);
  queue.items[0].state = DONE;
  assert.equal(queue.share, 100 / 400);
});

test("a file that counts more bytes than it has does not pass the end", () => {
  const queue = new UploadQueue();
  queue.add([file("a", 10)]);
  queue.take().sent = 999;
  assert.equal(queue.share, 1);
});

test("empty files move the bar too", () => {
  const queue = new UploadQueue();
  queue.add([file("empty", 0)]);
  assert.equal(queue.share, 0);
  queue.take().state = DONE;
  assert.equal(queue.share, 1);
});

test("failed files wait again after a retry, and received ones stay received", () => {
  const queue = new UploadQueue();
  queue.add([file("a"), file("b")]);
  queue.take().state = FAILED;
  queue.take().state = DONE;
  assert.ok(queue.isSettled);
  queue.retry();
  assert.deepEqual(queue.items.map((item) => item.state), [WAITING, DONE]);
  assert.ok(!queue.isSettled);
});

test("failed files are shown first, and no more rows than asked for", () => {
  const queue = new UploadQueue();
  queue.add([file("a"), file("b"), file("c")]);
  queue.items[0].state = DONE;
  queue.items[2].state = FAILED;
  assert.deepEqual(queue.worthShowing(2).map((item) => item.name), ["c", "b"]);
});

test("sizes are written in the unit that fits", () => {
  assert.deepEqual([0, 999, 1536, 250_000, 51_200_000, 4.3e9].map(bytesAsText), ["0 B", "999 B", "1.5 kB", "250 kB", "51.2 MB", "4.3 GB"]);
});
