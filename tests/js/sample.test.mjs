import assert from "node:assert/strict";
import { test } from "node:test";
import { viewOf } from "../../static/js/review/sample.js";

test("marks that lie close together are shown within two seconds on either side", () => {
  assert.deepEqual(viewOf([{ timeS: 10 }, { timeS: 10.5 }], 60), { startS: 8.25, endS: 12.25 });
});

test("marks that lie far apart are all on it, and nothing beyond the trace", () => {
  assert.deepEqual(viewOf([{ timeS: 4 }, { timeS: 12 }], 13), { startS: 2, endS: 13 });
});
