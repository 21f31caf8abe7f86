import assert from "node:assert/strict";
import { test } from "node:test";

import { digitsFor, narrowed, nudged, openedTo, placed, resolvedStepS, uncertaintyWords, widened } from "../../static/js/review/cursor.js";

const at = (offset_s, uncertainty_s = null) => ({ offset_s, uncertainty_s });

test("a click goes to the sample while a pixel is about as wide, and in between once the zoom tells more", () => {
  assert.equal(resolvedStepS(0.009, 0.01), 0.01);
  assert.equal(resolvedStepS(0.003, 0.01), 0.001);
  assert.equal(resolvedStepS(0.00012, 0.01), 0.0001);
  assert.deepEqual(placed(12.3456, { stepS: 0.01, durationS: 90 }), at(12.35));
  assert.deepEqual(placed(12.3456, { stepS: 0.001, durationS: 90 }), at(12.346));
});

test("a click beyond an end of the trace is at that end", () => {
  assert.deepEqual(placed(-3, { stepS: 0.01, durationS: 90 }), at(0));
  assert.deepEqual(placed(90.4, { stepS: 0.01, durationS: 89.99 }), at(89.99));
});

test("a step by one sample keeps the part of a sample and the uncertainty", () => {
  assert.deepEqual(nudged(at(12.346, 0.05), 0.01, 90), at(12.356, 0.05));
  assert.deepEqual(nudged(at(12.346), -0.001, 90), at(12.345));
});

test("dragging away from the cursor on either side opens the same uncertainty", () => {
  assert.deepEqual(openedTo(at(12), 12.08, 0.01), at(12, 0.08));
  assert.deepEqual(openedTo(at(12), 11.92, 0.01), at(12, 0.08));
  assert.deepEqual(openedTo(at(12, 0.08), 12.001, 0.01), at(12));
});

test("keys widen the uncertainty from one sample on and narrow it back to none", () => {
  let cursor = at(12);
  const seen = [];
  for (let press = 0; press < 5; press += 1) {
    cursor = widened(cursor, 0.01);
    seen.push(cursor.uncertainty_s);
  }
  assert.deepEqual(seen, [0.01, 0.02, 0.05, 0.1, 0.2]);
  for (let press = 0; press < 5; press += 1) cursor = narrowed(cursor, 0.01);
  assert.equal(cursor.uncertainty_s, null);
  assert.deepEqual(narrowed(cursor, 0.01), cursor);
});

test("an uncertainty that was dragged is widened and narrowed to round steps", () => {
  assert.equal(widened(at(12, 0.08), 0.01).uncertainty_s, 0.1);
  assert.equal(narrowed(at(12, 0.08), 0.01).uncertainty_s, 0.05);
  assert.equal(widened(at(12, 0.004), 0.004).uncertainty_s, 0.005);
});

test("times have the digits that the zoom tells apart", () => {
  assert.deepEqual([0.01, 0.001, 0.004, 0.0001, 0.05].map(digitsFor), [2, 3, 3, 4, 2]);
  assert.equal(uncertaintyWords(0.0837), "±0.084 s");
});
