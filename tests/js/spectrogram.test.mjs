import assert from "node:assert/strict";
import { test } from "node:test";

import { spectrogramOf, transform, windowSize } from "../../static/js/review/spectrogram.js";

const packetOf = (values) => ({ startS: 10, samplingRateHz: 100, isPairs: false, endS: 10 + values.length / 100 });

test("the transform is as a slow sum finds it", () => {
  const signal = Array.from({ length: 16 }, (_, index) => Math.sin(index * index));
  const [real, imaginary] = [Float64Array.from(signal), new Float64Array(16)];
  transform(real, imaginary);
  for (let k = 0; k < 16; k += 1) {
    const sum = (wave) => signal.reduce((total, value, index) => total + value * wave((-2 * Math.PI * k * index) / 16), 0);
    assert.ok(Math.abs(real[k] - sum(Math.cos)) < 1e-9);
    assert.ok(Math.abs(imaginary[k] - sum(Math.sin)) < 1e-9);
  }
});

test("a tone is strongest in the row of its frequency, from when it sets in", () => {
  const values = Float32Array.from({ length: 1000 }, (_, index) => (index < 500 ? 0.001 * Math.sin(index * 1.7) : Math.sin((2 * Math.PI * 12.5 * index) / 100)));
  const { power, columns, rows, highestHz } = spectrogramOf(packetOf(values), values, { startS: 11, endS: 19 }, 80);
  assert.equal(highestHz, 50);
  const strongest = (column) => [...power.slice(column * rows, (column + 1) * rows)].reduce((best, value, row, all) => (value > all[best] ? row : best), 0);
  assert.equal((strongest(columns - 5) / (rows - 1)) * highestHz, 12.5);
  assert.ok(power[70 * rows + 8] - power[10 * rows + 8] > 40);
});

test("windows that meet a gap or an end are left empty", () => {
  const values = new Float32Array(1000).fill(1);
  values.fill(NaN, 400, 450);
  const { power, rows } = spectrogramOf(packetOf(values), values, { startS: 10, endS: 20 }, 100);
  const isEmpty = (column) => Number.isNaN(power[column * rows]);
  assert.deepEqual([0, 20, 42, 60, 99].map(isEmpty), [true, false, true, false, true]);
});

test("windows last about as long at any rate", () => {
  assert.deepEqual([20, 40, 100, 200, 1000, 5000].map(windowSize), [32, 32, 64, 128, 512, 1024]);
});
