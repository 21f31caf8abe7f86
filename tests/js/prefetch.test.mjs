import assert from "node:assert/strict";
import { test } from "node:test";

import { makeCache, waveformUrl } from "../../static/js/review/prefetch.js";
import { thresholdWords } from "../../static/js/review/threshold.js";

test("what was fetched ahead is not fetched again", async () => {
  let loads = 0;
  const cache = makeCache(async (key) => `${key}${(loads += 1)}`, 10);
  assert.deepEqual([await cache.get("a"), await cache.get("a")], ["a1", "a1"]);
});

test("what was not used for longest makes room", async () => {
  const cache = makeCache(async (key) => key, 2);
  await cache.get("a");
  await cache.get("b");
  await cache.get("a");
  await cache.get("c");
  assert.deepEqual(["a", "b", "c"].map((key) => cache.has(key)), [true, false, true]);
});

test("a failure is tried again", async () => {
  let loads = 0;
  const cache = makeCache(async () => {
    loads += 1;
    if (loads === 1) throw new Error("offline");
    return "there";
  }, 2);
  await assert.rejects(cache.get("a"));
  assert.equal(await cache.get("a"), "there");
});

test("an address names the window, so that an answer can be kept for ever", () => {
  assert.equal(
    waveformUrl("/w/x/picks/1/waveform?v=1", { startS: 5, endS: 56, filter: "2-15", maxPoints: 24000, components: 1 }),
    "/w/x/picks/1/waveform?v=1&start=5&end=56&filter=2-15&max_points=24000&components=1",
  );
});

test("the slider says how many picks a threshold means", () => {
  const counts = { n_open: Array(101).fill(1234), planted_found: Array(101).fill(0.914) };
  assert.equal(thresholdWords(counts, 50), "1,234 picks to review, with about 91\u00a0% of the errors like those planted");
  assert.equal(thresholdWords({ n_open: Array(101).fill(1), planted_found: Array(101).fill(null) }, 50), "1 pick to review");
});
