import assert from "node:assert/strict";
import { test } from "node:test";

import { mostShift, offsetWords } from "../../static/js/review/station_offsets.js";

test("what all flags of a station say is one sentence", () => {
  assert.equal(offsetWords({ station: "SY.NOCE", n_flags: 115, late_s: 0.3 }), "115 flags of SY.NOCE say the same: its labels are 0.30 s late.");
  assert.equal(offsetWords({ station: "BG.FUM", n_flags: 6, late_s: -1.204 }), "6 flags of BG.FUM say the same: its labels are 1.20 s early.");
});

test("the shifts asked for reach beyond the offset", () => {
  assert.deepEqual([mostShift(0.3), mostShift(-0.9), mostShift(2)], [0.5, 1.4, 3]);
});
