import assert from "node:assert/strict";
import { test } from "node:test";

import { ACTIONS, actionFor, belongsToField } from "../../static/js/review/keymap.js";

const press = (key, more = {}) => actionFor({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

test("each decision has its one key", () => {
  assert.deepEqual(["a", "r", "m", "x", "n", "b", "u", "p", "s", "?"].map((key) => press(key)), [
    "accept", "reject", "move", "remove", "next", "back", "undo", "phase_p", "phase_s", "help",
  ]);
});

test("arrows move by one sample, with shift by ten", () => {
  assert.deepEqual([press("ArrowLeft"), press("ArrowRight", { shiftKey: true })], ["cursor_left", "cursor_right_ten"]);
});

test("caps lock changes nothing", () => {
  assert.equal(press("A"), "accept");
  assert.equal(press("P", { shiftKey: true }), "add_p");
  assert.equal(press("p", { shiftKey: true }), "add_p");
});

test("the browser keeps its own keys", () => {
  assert.equal(press("r", { ctrlKey: true }), null);
  assert.equal(press("a", { metaKey: true }), null);
  assert.equal(press("Tab"), null);
  assert.equal(press("Enter"), null);
});

test("no key means two things", () => {
  const keys = ACTIONS.flatMap((one) => one.keys);
  assert.equal(new Set(keys).size, keys.length);
});

test("typing in a field decides nothing", () => {
  assert.ok(belongsToField({ tagName: "INPUT" }, "accept"));
  assert.ok(belongsToField({ tagName: "SELECT" }, "accept"));
  assert.ok(!belongsToField({ tagName: "BUTTON" }, "accept"));
  assert.ok(!belongsToField({ tagName: "INPUT" }, "close"));
});
