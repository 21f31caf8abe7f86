import assert from "node:assert/strict";
import { test } from "node:test";

import { progressAfter } from "../../static/js/review/progress.js";

const progress = { n_flagged: 9, n_left: 2, errors_left: 1.5, decided_today: 4 };
const item = { state: "open", p: 0.75 };

test("a decision is counted at once, a skipped flag is not left but still suspect", () => {
  assert.deepEqual(progressAfter(progress, item, "accept"), { n_flagged: 9, n_left: 1, errors_left: 0.75, decided_today: 5 });
  assert.deepEqual(progressAfter(progress, item, "skip"), { n_flagged: 9, n_left: 1, errors_left: 1.5, decided_today: 4 });
});

test("what was decided before is not counted again", () => {
  assert.deepEqual(progressAfter(progress, { ...item, state: "decided" }, "reject"), progress);
});
