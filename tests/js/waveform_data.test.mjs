import assert from "node:assert/strict";
import { test } from "node:test";

import { bestFor, columnsOf, decode, gapsInView, reachOf } from "../../static/js/review/waveform_data.js";

/** A packet as the server packs it. */
function packed(header, rows) {
  let text = JSON.stringify({ ...header, points: rows[0].length, components: rows.map((_, row) => ({ channel: `HH${"ZNE"[row]}`, dead: false })) });
  text += " ".repeat((4 - (new TextEncoder().encode(text).length % 4)) % 4);
  const bytes = new TextEncoder().encode(text);
  const buffer = new ArrayBuffer(8 + bytes.length + 4 * rows.length * rows[0].length);
  const view = new DataView(buffer);
  new Uint8Array(buffer).set(new TextEncoder().encode("RPK1"), 0);
  view.setUint32(4, bytes.length, true);
  new Uint8Array(buffer).set(bytes, 8);
  rows.flat().forEach((value, index) => view.setFloat32(8 + bytes.length + 4 * index, value, true));
  return buffer;
}

const RAW = { start_s: 5, sampling_rate_hz: 100, bin_samples: 1, filter: "raw" };

test("samples come out as they were packed", () => {
  const packet = decode(packed(RAW, [[1, 2.5, NaN], [-4, 5, 6]]));
  assert.deepEqual(packet.components.map((one) => [...one.values]), [[1, 2.5, NaN], [-4, 5, 6]]);
  assert.equal(packet.startS, 5);
  assert.ok(Math.abs(packet.endS - 5.02) < 1e-12);
});

test("bytes that are no waveform are refused", () => {
  assert.throws(() => decode(new TextEncoder().encode("<html>login</html>").buffer), /no waveform/);
});

test("a waveform that was cut short is refused", () => {
  assert.throws(() => decode(packed(RAW, [[1, 2, 3]]).slice(0, -4)), /only in part/);
});

test("pairs cover as much time as their samples did", () => {
  const packet = decode(packed({ ...RAW, bin_samples: 10 }, [[0, 1, -1, 2, 0, 5]]));
  assert.ok(Math.abs(packet.endS - 5.3) < 1e-12);
  assert.ok(packet.isPairs);
});

test("the finest packet that covers the view is drawn", () => {
  const coarse = { startS: 0, endS: 90, stepS: 0.1 };
  const fine = { startS: 20, endS: 40, stepS: 0.01 };
  assert.equal(bestFor([coarse, fine], { startS: 25, endS: 35 }).packet, fine);
  assert.equal(bestFor([coarse, fine], { startS: 10, endS: 35 }).packet, coarse);
  assert.deepEqual(bestFor([fine], { startS: 10, endS: 35 }), { packet: fine, coversAll: false });
  assert.equal(bestFor([], { startS: 10, endS: 35 }), null);
});

test("columns keep the greatest and the least of each pixel, as a slow loop finds them", () => {
  const values = Float32Array.from({ length: 1000 }, (_, index) => Math.sin(index * index));
  values[500] = 40;
  const packet = { startS: 0, stepS: 0.01, isPairs: false };
  const view = { startS: 1, endS: 9 };
  const { least, greatest } = columnsOf(packet, values, view, 80);
  for (let column = 0; column < 80; column += 1) {
    const inside = [...values].filter((_, index) => Math.floor((index * 0.01 - 1) * (80 / 8)) === column);
    assert.equal(least[column], Math.min(...inside));
    assert.equal(greatest[column], Math.max(...inside));
  }
  assert.equal(Math.max(...greatest), 40);
});

test("columns in a gap are empty", () => {
  const values = new Float32Array(100).fill(1);
  values.fill(NaN, 40, 60);
  const { least } = columnsOf({ startS: 0, stepS: 0.01, isPairs: false }, values, { startS: 0, endS: 1 }, 10);
  assert.deepEqual([...least].map(Number.isNaN), [false, false, false, false, true, true, false, false, false, false]);
});

test("reach is measured from the middle of what is seen, gaps aside", () => {
  const packet = { startS: 0, stepS: 1, isPairs: false };
  const { middle, reach } = reachOf(packet, Float32Array.from([10, 14, NaN, 6, 10]), { startS: 0, endS: 4 });
  assert.deepEqual([middle, reach], [10, 4]);
  assert.equal(reachOf(packet, Float32Array.from([NaN, NaN]), { startS: 0, endS: 4 }).reach, 0);
});

test("gaps are cut to the view", () => {
  assert.deepEqual(gapsInView([[1, 3], [5, 6], [8, 20]], { startS: 2, endS: 10 }), [[2, 3], [5, 6], [8, 10]]);
});
