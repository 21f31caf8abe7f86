import assert from "node:assert/strict";
import { test } from "node:test";

import { choicesOf, suggested } from "../../static/js/review/add_to.js";

test("a missed arrival is suggested to be of a second earthquake, what is added by hand of this event", () => {
  assert.equal(suggested({ proposal: { action: "add" } }), "second");
  assert.equal(suggested({ proposal: { action: "move" } }), "this");
  assert.equal(suggested({ proposal: null }), "this");
});

test("events nearby come after the usual choices", () => {
  assert.deepEqual(choicesOf({ event: null }, [{ event: 7, words: "12:00:03 · nc7" }]).map(([value]) => value), ["this", "second", "new", "7"]);
  assert.equal(choicesOf({ event: null })[0][1], "no event");
});
