import assert from "node:assert/strict";
import { test } from "node:test";

import { changesOf, moveoutAt, placesOf, wadatiPoints } from "../../static/js/review/event_change.js";
import { alignedRows, distanceRows, firstSectionView, placeRows, rowWindow, ROW, seenRows, zoomed } from "../../static/js/review/section_layout.js";

const pick = (phase, offset_s) => ({ phase, phase_hint: phase, offset_s, at_s: offset_s - 10 });
const event = {
  counts_from: "the origin time",
  trace_start_s: -10,
  arrivals: [
    { station: "BG.FUM", p_s: 3.6, s_s: 5.2, is_here: true },
    { station: "BG.LTC", p_s: 4, s_s: 6.9, is_here: false },
  ],
  expected: { P: { by_model: { time_s: 3.0, per_s: 1, n: 3, squares: 0.03 }, by_wadati: null }, S: { by_model: null, by_wadati: null } },
  moveout: { distance_km: [0, 10, 20], P: [1, 2, 4], S: [2, 4, 8] },
  stations: [
    { station: "BG.FUM", distance_km: 5, start_s: -10, duration_s: 60, waveform_url: "a", picks: [pick("P", 13.6)], is_here: true },
    { station: "BG.LTC", distance_km: 15, start_s: -10, duration_s: 60, waveform_url: "b", picks: [pick("S", 16)], is_here: false },
    { station: "BG.NEG", distance_km: null, start_s: null, duration_s: null, waveform_url: null, picks: [{ ...pick("P", null), at_s: 4 }], is_here: false },
  ],
};
const item = (more) => ({ pick_state: { offset_s: 13.6, phase: "P", is_removed: false }, proposal: { action: "move", offset_s: 13.0, phase: "P" }, ...more });

test("a decision's residual and scatter are told before it is made, for the proposal and for the cursor", () => {
  const [now, proposed, cursor] = changesOf(event, placesOf(item(), 13.2));
  assert.deepEqual([now.name, proposed.name, cursor.name], ["now", "proposal", "cursor"]);
  assert.ok(Math.abs(now.byModel.residualS - 0.6) < 1e-9);
  assert.ok(Math.abs(proposed.byModel.residualS) < 1e-9);
  assert.ok(Math.abs(now.byModel.scatterS - Math.sqrt((0.03 + 0.36) / 4)) < 1e-9);
  assert.ok(Math.abs(cursor.byModel.residualS - 0.2) < 1e-9);
  assert.equal(now.byWadati, null);
});

test("a removal has no place, and neither has what was removed", () => {
  assert.deepEqual(placesOf(item({ proposal: { action: "remove", offset_s: null, phase: "P" } }), null).map(({ name }) => name), ["now"]);
  assert.deepEqual(placesOf(item({ proposal: null, pick_state: { offset_s: 13.6, phase: "P", is_removed: true } }), null), []);
});

test("a phase that is proposed leaves the pick where it is", () => {
  const places = placesOf(item({ proposal: { action: "move", offset_s: null, phase: "S" } }), null);
  assert.deepEqual(places[1], { name: "proposal", phase: "S", offsetS: 13.6 });
});

test("moving a P moves its point along and across the Wadati line", () => {
  const points = wadatiPoints(event, placesOf(item(), null));
  assert.deepEqual(points.map(({ pS, lagS }) => [pS.toFixed(1), lagS.toFixed(1)]), [["3.6", "1.6"], ["3.0", "2.2"]]);
});

test("stations without a common clock change nothing", () => {
  assert.deepEqual(changesOf({ ...event, trace_start_s: null }, placesOf(item(), 13.2)), []);
});

test("the moveout between two distances lies between their times", () => {
  assert.equal(moveoutAt(event.moveout, "P", 15), 3);
  assert.equal(moveoutAt(event.moveout, "S", 25), null);
  assert.equal(moveoutAt(null, "S", 5), null);
});

test("rows are aligned on their P, else on the P that is expected there", () => {
  const rows = alignedRows(event);
  assert.deepEqual(rows.map(({ zeroS }) => zeroS), [13.6, 13, null]);
});

test("by distance a station lies where its distance is, and one without has no place", () => {
  const rows = distanceRows(event);
  const placed = placeRows(rows, { byDistance: true, height: 300, scrolled: 0 });
  assert.deepEqual(placed.map(({ row }) => row.station), ["BG.FUM", "BG.LTC"]);
  assert.ok(placed[0].top < placed[1].top && placed[1].top + placed[1].height <= 300);
  assert.ok(firstSectionView(rows, true).startS < 3.6 && firstSectionView(rows, true).endS > 6);
});

test("only rows that are seen are asked for, also after the window was made larger", () => {
  const rows = Array.from({ length: 50 }, (_, number) => ({ station: number, zeroS: 10 }));
  const seen = (height, scrolled) => seenRows(placeRows(rows, { byDistance: false, height, scrolled }), height).map(({ row }) => row.station);
  assert.deepEqual(seen(ROW * 3, 0), [0, 1, 2]);
  assert.deepEqual(seen(ROW * 5, ROW * 1.5), [1, 2, 3, 4, 5, 6]);
});

test("a row's window holds its view and stays on its trace", () => {
  const window = rowWindow({ zeroS: 13.6, duration_s: 20 }, { startS: -2, endS: 8 });
  assert.ok(window.startS <= 11.6 && window.startS >= 0 && window.endS === 20);
});

test("zooming keeps the place under the pointer", () => {
  const view = zoomed({ startS: 0, endS: 10 }, 0.5, 2);
  assert.deepEqual(view, { startS: 1, endS: 6 });
});
