import assert from "node:assert/strict";
import { test } from "node:test";

import { progressAfter } from "../../static/js/review/progress.js";

const progress = { n_flagged: 9, n_left: 2, n_skipped: 1, errors_left: 1.5, decided_today: 4, decided_today_by_all: 6 };
const item = { state: "open", p: 0.75 };

test("a decision is counted at once, a skipped flag is not left but still suspect", () => {
  const accepted = { ...progress, n_left: 1, errors_left: 0.75, decided_today: 5, decided_today_by_all: 7 };
  assert.deepEqual(progressAfter(progress, item, "accept"), accepted);
  assert.deepEqual(progressAfter(progress, item, "skip"), { ...progress, n_left: 1, n_skipped: 2 });
});

test("what was decided before is not counted again", () => {
  assert.deepEqual(progressAfter(progress, { ...item, state: "decided" }, "reject"), progress);
});
