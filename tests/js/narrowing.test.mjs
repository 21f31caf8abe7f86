import assert from "node:assert/strict";
import { test } from "node:test";

import { isNarrowed, queueAddress } from "../../static/js/review/narrowing.js";
import { thresholdWords } from "../../static/js/review/threshold.js";

const filter = (more = {}) => ({ threshold: 0.5, kind: "", phase: "", network: "", station: "", event: "", state: "open", ...more });

test("a queue of all open flags at the workspace's threshold has an empty address", () => {
  assert.equal(queueAddress(filter(), 0.5, 0.5), "");
});

test("what narrows the queue stands in its address", () => {
  assert.equal(queueAddress(filter({ kind: "timing", state: "decided" }), 0.75, 0.5, { after: "x" }), "kind=timing&state=decided&threshold=0.75&after=x");
});

test("a threshold alone does not narrow the queue, a station does", () => {
  assert.equal(isNarrowed(filter()), false);
  assert.equal(isNarrowed(filter({ station: "WEL" })), true);
  assert.equal(isNarrowed(filter({ state: "decided" })), true);
});

test("the slider says how many picks it means, and what they hold where that is known", () => {
  const counts = { n_open: { 50: 1200, 90: 1 }, planted_found: { 50: 0.934, 90: null } };
  assert.equal(thresholdWords(counts, 50), "1,200 picks to review, with about 93\u00a0% of the errors like those planted");
  assert.equal(thresholdWords(counts, 90), "1 pick to review");
});
