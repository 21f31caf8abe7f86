import assert from "node:assert/strict";
import { test } from "node:test";
import { aspect, diameters, errorBars, words, wrongWords } from "../../static/js/charts/share_rows.js";

test("a degree of latitude at 60° is twice as long as one of longitude", () => {
  assert.ok(Math.abs(aspect([{ latitude: 59 }, { latitude: 61 }]) - 2) < 1e-9);
});

test("the area of a point grows with its share", () => {
  const [none, quarter, all] = diameters([{ share: 0 }, { share: 0.25 }, { share: 1 }], { smallest: 0, largest: 20 });
  assert.deepEqual([none, quarter, all], [0, 10, 20]);
});

test("error bars reach from the share to both limits, and the words say the same", () => {
  const row = { label: "BG.FUM", n: 1200, flagged: 60, share: 0.05, low: 0.04, high: 0.07 };
  const { array, arrayminus } = errorBars([row]);
  assert.ok(Math.abs(array[0] - 0.02) < 1e-9 && Math.abs(arrayminus[0] - 0.01) < 1e-9);
  assert.equal(words(row), "BG.FUM: 60 of 1,200 picks, 5.0\u00a0% (4.0\u00a0% to 7.0\u00a0%)");
});

test("how many labels are wrong is said with its interval and with what it rests on", () => {
  const row = { label: "BG.FUM", wrong: { share: 0.25, low: 0.12, high: 0.45, n: 16 } };
  assert.equal(wrongWords(row), "BG.FUM: 25\u00a0% of labels wrong (12\u00a0% to 45\u00a0%), from 16 judged blind");
});
