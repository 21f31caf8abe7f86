import assert from "node:assert/strict";
import { test } from "node:test";

import { makeTheory } from "../../static/js/review/theory.js";

const ITEM = { flag: 7, trace: {}, event: {} };

function theoryOf(answers) {
  const [told, kept] = [[], {}];
  const storage = { getItem: (key) => kept[key] ?? null, setItem: (key, value) => { kept[key] = value; } };
  const shown = {};
  const theory = makeTheory({ models: ["ak135", "alps"], fetchArrivals: async (_, model) => answers[model], shown, storage, key: "theory", changed() {}, tell: (words) => told.push(words) });
  return { theory, shown, told };
}

test("own models come after the known ones, and off after them", async () => {
  const { theory, shown } = theoryOf({});
  const seen = [shown.textContent];
  for (let press = 0; press < 3; press += 1) {
    theory.next();
    seen.push(shown.textContent);
  }
  assert.deepEqual(seen, ["ak135", "alps", "off", "ak135"]);
});

test("why there are none stands beside the model, and is told when it was chosen", async () => {
  const { theory, shown, told } = theoryOf({ ak135: { arrivals: [], why_none: "it is unknown" }, alps: { arrivals: [], why_none: "it is unknown" } });
  assert.deepEqual(await theory.of(ITEM), []);
  assert.deepEqual([shown.textContent, shown.title, told], ["ak135 (none)", "None: it is unknown", []]);
  theory.next();
  await theory.of(ITEM);
  assert.deepEqual(told, ["No theoretical arrivals of alps: it is unknown."]);
  assert.deepEqual(await theory.of({ ...ITEM, event: null }), []);
  assert.equal(shown.title, "None: the pick belongs to no event");
});
