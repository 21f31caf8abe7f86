import assert from "node:assert/strict";
import { test } from "node:test";

import { ACTIONS, SETS } from "../../static/js/review/key_sets.js";
import { actionFor, ariaKey, belongsToField, bindingsOf, keyName, rebound } from "../../static/js/review/keymap.js";

const REPICK = { set: "repick", keys: {} };
const DESKTOP = { set: "desktop", keys: {} };
const pressed = (chosen, key, more = {}) => actionFor(bindingsOf(chosen), { key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });
const press = (key, more) => pressed(REPICK, key, more);

test("each decision has its one key", () => {
  assert.deepEqual(["a", "r", "m", "x", "n", "b", "u", "p", "s", "?"].map((key) => press(key)), [
    "accept", "reject", "move", "remove", "next", "back", "undo", "phase_p", "phase_s", "help",
  ]);
});

test("in the set of the desktop tools Enter sets the pick, and A and X do nothing", () => {
  assert.deepEqual(["Enter", "o", "k", "Backspace", "n", "p", "F1", "a", "x"].map((key) => pressed(DESKTOP, key)), [
    "move", "accept", "reject", "remove", "next", "back", "phase_p", null, null,
  ]);
  assert.equal(pressed(DESKTOP, "F2", { shiftKey: true }), "add_s");
});

test("arrows move by one sample, with shift by ten", () => {
  assert.deepEqual([press("ArrowLeft"), press("ArrowRight", { shiftKey: true })], ["cursor_left", "cursor_right_ten"]);
});

test("what an onset looks like has a key for each word", () => {
  assert.deepEqual([press("+", { shiftKey: true }), press("-"), press("e"), press("i"), press("0"), press("4"), press("c")], [
    "polarity_up", "polarity_down", "onset_emergent", "onset_impulsive", "weight_0", "weight_4", "comment",
  ]);
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

for (const { set } of SETS) {
  test(`every action has a key in the set ${set}, and no key means two things`, () => {
    const bindings = bindingsOf({ set, keys: {} });
    assert.equal(bindings.size, ACTIONS.length);
    assert.equal(new Set(bindings.values()).size, ACTIONS.length);
  });
}

test("an action given a free key leaves its old one free", () => {
  const { chosen, swapped } = rebound(REPICK, "accept", "y");
  assert.deepEqual([pressed(chosen, "y"), pressed(chosen, "a"), swapped], ["accept", null, null]);
  assert.deepEqual(chosen, { set: "repick", keys: { repick: { accept: "y" } } });
});

test("a key that is taken is swapped, so that no action is without one", () => {
  const { chosen, swapped } = rebound(REPICK, "accept", "r");
  assert.deepEqual([pressed(chosen, "r"), pressed(chosen, "a"), swapped], ["accept", "reject", "reject"]);
  assert.deepEqual(rebound(chosen, "accept", "a").chosen.keys.repick, {}, "and back again nothing is one's own");
});

test("own keys belong to their set", () => {
  const { chosen } = rebound(REPICK, "accept", "y");
  assert.equal(pressed({ ...chosen, set: "desktop" }, "y"), null);
  assert.equal(pressed({ ...chosen, set: "desktop" }, "o"), "accept");
});

test("Tab, Escape and reloading can't be taken", () => {
  for (const key of ["Tab", "Escape", "F5"]) {
    const { chosen, refused } = rebound(REPICK, "accept", key);
    assert.equal(chosen, REPICK);
    assert.match(refused, /stays what it is/);
  }
});

test("stored keys of actions that are gone do no harm", () => {
  const chosen = { set: "repick", keys: { repick: { dance: "a", close: "y" } } };
  assert.equal(pressed(chosen, "a"), "accept");
  assert.equal(pressed(chosen, "Escape"), "close");
});

test("letters of any alphabet can be keys, whatever caps lock says", () => {
  const { chosen } = rebound(REPICK, "accept", "ф");
  assert.equal(pressed(chosen, "Ф"), "accept");
});

test("keys are written as they stand on the keyboard", () => {
  assert.deepEqual(["a", "A", "⇧ArrowLeft", "Backspace", " ", undefined].map(keyName), ["A", "⇧ A", "⇧ ←", "⌫", "Space", "—"]);
  assert.deepEqual(["a", "A", "⇧F1", " ", "+"].map(ariaKey), ["A", "Shift+A", "Shift+F1", "Space", "Plus"]);
});

test("typing in a field decides nothing", () => {
  assert.ok(belongsToField({ tagName: "INPUT" }, "accept", "a"));
  assert.ok(belongsToField({ tagName: "SELECT" }, "accept", "a"));
  assert.ok(!belongsToField({ tagName: "BUTTON" }, "accept", "a"));
  assert.ok(!belongsToField({ tagName: "INPUT" }, "close", "Escape"));
  const inClosedDialog = { tagName: "TEXTAREA", closest: (selector) => (selector === "dialog:not([open])" ? {} : null) };
  assert.ok(!belongsToField(inClosedDialog, "next", "n"), "its focus is a moment late to leave");
});

test("the key that opened the threshold closes it from its slider, which no letter moves", () => {
  const slider = { tagName: "INPUT", type: "range" };
  assert.ok(!belongsToField(slider, "threshold", "t"));
  assert.ok(belongsToField(slider, "threshold", "ArrowLeft"));
  assert.ok(belongsToField(slider, "accept", "a"));
  assert.ok(belongsToField({ tagName: "INPUT", type: "text" }, "threshold", "t"));
});

test("Enter on a button presses that button", () => {
  assert.ok(belongsToField({ tagName: "BUTTON" }, "move", "Enter"));
  assert.ok(!belongsToField({ tagName: "BODY" }, "move", "Enter"));
});
