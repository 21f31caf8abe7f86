import assert from "node:assert/strict";
import { test } from "node:test";

import { acceptWords } from "../../static/js/review/decision_buttons.js";
import { hundredths } from "../../static/js/review/probability.js";

test("a probability is cut to hundredths, so that it never reads as a threshold it has not reached", () => {
  assert.deepEqual([0.896, 0.9, 0.29, 0.999, 1, 0].map(hundredths), ["0.89", "0.90", "0.29", "0.99", "1.00", "0.00"]);
});

test("accepting a removal says what is removed: a pick without arrival, or the second of one arrival", () => {
  assert.equal(acceptWords({ kind: "no_arrival", proposal: { action: "remove" } }), "Accept: no arrival");
  assert.equal(acceptWords({ kind: "duplicate", proposal: { action: "remove" } }), "Accept: remove it");
  assert.equal(acceptWords({ kind: "timing", proposal: { action: "move" } }), "Accept");
  assert.equal(acceptWords(null), "Accept");
});
