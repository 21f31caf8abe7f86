import assert from "node:assert/strict";
import { test } from "node:test";

import { precisionLines, reliabilityPoints } from "../../static/js/charts/gain_lines.js";

const verdicts = [[0.9, 0.5, 1, 0.6, 1, 5], [0.4, 1, 0.8, 0.5, 0.9, 10]];

test("without verdicts there is the planted curve alone", () => {
  const [line, ...more] = precisionLines({ planted: [[0.9, 0.5, 1], [0.2, 1, 0.75]], verdicts: [] });
  assert.deepEqual([line.x, line.y, more], [[0.5, 1], [1, 0.75], []]);
  assert.equal(line.text[1], "P ≥ 0.20: 100\u00a0% found, 75\u00a0% of those flagged wrong");
});

test("the interval of the verdicts goes out along its upper edge and back along the lower", () => {
  const [line] = precisionLines({ planted: [], verdicts });
  assert.deepEqual([line.kind, line.bandX, line.bandY], ["verdicts", [0.5, 1, 1, 0.5], [1, 0.9, 0.5, 0.6]]);
  assert.equal(line.text[1], "P ≥ 0.40: 10 decided, 80\u00a0% wrong (50\u00a0% to 90\u00a0%)");
});

test("error bars reach from the share to its interval's ends, and few labels make an open point", () => {
  const { above, below, symbols } = reliabilityPoints([[0.5, 0.5, 0.25, 1, 4], [0.9, 1, 0.75, 1, 12]]);
  assert.deepEqual([above, below, symbols], [[0.5, 0], [0.25, 0.25], ["diamond-open", "diamond"]]);
});
