import assert from "node:assert/strict";
import { test } from "node:test";

import { clampView, firstView, panBy, roundStep, signed, spanS, spanWords, ticks, timeToX, windowAround, xToTime, zoomAt } from "../../static/js/review/geometry.js";

const view = { startS: 10, endS: 20 };

test("a time drawn at a pixel is the time found at that pixel", () => {
  for (const timeS of [10, 12.34, 20, 25]) assert.ok(Math.abs(xToTime(view, timeToX(view, timeS, 64, 800), 64, 800) - timeS) < 1e-9);
});

test("zooming leaves the time under the pointer where it is", () => {
  const closer = zoomAt(view, 12.5, 0.5, 90, 100);
  assert.equal(spanS(closer), 5);
  assert.ok(Math.abs(timeToX(closer, 12.5, 0, 800) - timeToX(view, 12.5, 0, 800)) < 1e-9);
});

test("zooming out stops at the whole trace", () => {
  assert.deepEqual(zoomAt(view, 15, 1000, 90, 100), { startS: 0, endS: 90 });
});

test("zooming in stops at a dozen samples", () => {
  assert.ok(Math.abs(spanS(zoomAt(view, 15, 1e-9, 90, 100)) - 0.12) < 1e-9);
});

test("panning stops at the ends of the trace", () => {
  assert.deepEqual(panBy(view, -100, 90), { startS: 0, endS: 10 });
  assert.deepEqual(panBy(view, 100, 90), { startS: 80, endS: 90 });
});

test("a trace shorter than the view is shown whole", () => {
  assert.deepEqual(clampView({ startS: -3, endS: 7 }, 4), { startS: 0, endS: 4 });
});

test("the first view is ten seconds and shows label and proposal", () => {
  const first = firstView(30, 29.38, 90);
  assert.equal(Math.round(spanS(first) * 1e6) / 1e6, 10);
  assert.ok(first.startS < 29.38 && first.endS > 30);
});

test("the first view grows for a proposal far away", () => {
  const first = firstView(30, 50, 90);
  assert.ok(first.startS <= 30 && first.endS >= 50);
});

test("windows to fetch begin and end on whole seconds within the trace", () => {
  assert.deepEqual(windowAround({ startS: 25.3, endS: 35.3 }, 89.99, 20), { startS: 5, endS: 56 });
  assert.deepEqual(windowAround({ startS: 2, endS: 85.5 }, 89.99, 20), { startS: 0, endS: 90 });
});

test("ticks are round and told from the label", () => {
  assert.deepEqual(ticks({ startS: 27.3, endS: 32.2 }, 30, 6).map((tick) => tick.text), ["−2", "−1", "0", "+1", "+2"]);
});

test("ticks of a close view have the digits they need", () => {
  assert.deepEqual(ticks({ startS: 29.99, endS: 30.03 }, 30, 5).map((tick) => tick.text), ["−0.01", "0.00", "+0.01", "+0.02", "+0.03"]);
});

test("steps are one, two or five times a power of ten", () => {
  assert.deepEqual([0.9, 1, 1.1, 3, 7].map(roundStep), [1, 1, 2, 5, 10]);
});

test("signs are true minus signs, and zero has none", () => {
  assert.deepEqual([signed(-0.62, 2), signed(0.3, 1), signed(-0.001, 2)], ["−0.62", "+0.3", "0.00"]);
});

test("the width of a view is told in the unit that fits it", () => {
  assert.deepEqual([0.12, 10, 41.62, 3000, 86400].map(spanWords), ["120 ms", "10 s", "41.6 s", "50 min", "24 h"]);
});
