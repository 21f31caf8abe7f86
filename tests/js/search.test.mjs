import assert from "node:assert/strict";
import { test } from "node:test";

import { wireSearch } from "../../static/js/review/search.js";

function searched({ answer }) {
  const done = [];
  let submit = null;
  const field = {
    value: "",
    form: { addEventListener: (_, listener) => { submit = () => listener({ preventDefault() {} }); } },
    focus: () => done.push("focus"),
    select: () => done.push("select"),
    blur: () => done.push("blur"),
  };
  const search = wireSearch({
    field,
    ask: async (text) => {
      done.push(`ask ${text}`);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    narrowTo: (filter) => done.push(filter),
    showRow: (row) => done.push(row),
    tell: (words) => done.push(words),
  });
  return { done, search, async enter(text) { field.value = text; submit(); await new Promise(setImmediate); } };
}

test("a station narrows the queue, and an empty field takes that back", async () => {
  const { done, enter } = searched({ answer: { filter: { station: "NOCE", event: "" }, row: null } });
  await enter(" noce ");
  await enter("");
  assert.deepEqual(done, ["ask noce", { station: "NOCE", event: "" }, "blur", { station: "", event: "" }, "blur"]);
});

test("a pick comes onto the screen", async () => {
  const { done, enter } = searched({ answer: { filter: { station: "", event: "" }, row: { flag: 7 } } });
  await enter("77");
  assert.deepEqual(done, ["ask 77", { flag: 7 }, "blur"]);
});

test("what is not there is said, and can be mended at once", async () => {
  const { done, enter } = searched({ answer: new Error("No station is called that.") });
  await enter("GAMB");
  assert.deepEqual(done, ["ask GAMB", "No station is called that.", "select"]);
});
