import assert from "node:assert/strict";
import { test } from "node:test";

import { filterName, filterWords } from "../../static/js/review/filters.js";

test("a causal filter has a name of its own, and raw has no direction", () => {
  assert.deepEqual([filterName("2-15", false), filterName("2-15", true), filterName("raw", true)], ["2-15", "2-15-causal", "raw"]);
});

test("what is seen is said with its direction", () => {
  assert.equal(filterWords({ filter: "2-15", passesHz: [2, 15], samplingRateHz: 100 }), "2–15 Hz, zero-phase");
  assert.equal(filterWords({ filter: "0.5-4-causal", passesHz: [0.5, 4], samplingRateHz: 100 }), "0.5–4 Hz, causal");
  assert.equal(filterWords({ filter: "raw", passesHz: null, samplingRateHz: 100 }), "raw");
});

test("a corner that the rate can't hold is said to cut nothing", () => {
  const words = filterWords({ filter: "4-30", passesHz: [4, null], samplingRateHz: 40 });
  assert.equal(words, "4 Hz and above, zero-phase: 40 Hz data end at 20 Hz, so 30 Hz cuts nothing");
});
