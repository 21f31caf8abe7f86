import assert from "node:assert/strict";
import { test } from "node:test";

import { cursorWords, figureWords } from "../../static/js/review/figure_words.js";

const channel = (name, more = {}) => ({ channel: name, dead: false, gaps: [], ...more });
const ITEM = {
  label: { offset_s: 30, phase: "P" },
  proposal: { offset_s: 29.38, phase: "P", action: "move", shift_s: -0.62 },
  trace: { sampling_rate_hz: 100, channels: [channel("HHZ", { gaps: [[31, 32], [80, 81]] }), channel("HHN"), channel("HHE", { dead: true })] },
};

test("the picture is told in one sentence with what is dead and where samples are missing", () => {
  assert.equal(
    figureWords(ITEM, { startS: 26, endS: 36 }),
    "Waveforms of HHZ, HHN at 100 Hz; dead: HHE; from −4.0 to +6.0 s around the P of the catalog; P proposed at −0.62 s; 1 gap in view",
  );
});

test("the cursor is told from the catalog pick, with its uncertainty", () => {
  assert.equal(cursorWords(ITEM, { offset_s: 29.4, uncertainty_s: null }, 0.01), "Cursor at −0.60 s from the catalog pick");
  const dated = { ...ITEM, trace: { ...ITEM.trace, start_time: "2023-03-12T06:15:00Z" } };
  assert.equal(cursorWords(dated, { offset_s: 29.4, uncertainty_s: null }, 0.01), "Cursor at −0.60 s from the catalog pick, 06:15:29.40 UTC");
  assert.equal(cursorWords(ITEM, { offset_s: 29.4005, uncertainty_s: 0.05 }, 0.0001), "Cursor at −0.5995 s from the catalog pick, uncertainty ±0.05 s");
});

test("without a proposal it is told where the networks see the arrival", () => {
  const words = figureWords({ ...ITEM, proposal: null, posterior: { networks_s: 0.314 } }, { startS: 26, endS: 30 });
  assert.match(words, /the networks see it at \+0\.31 s/);
  assert.doesNotMatch(figureWords({ ...ITEM, posterior: { networks_s: 0.314 } }, { startS: 26, endS: 30 }), /networks/);
});
