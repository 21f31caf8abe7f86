// Actions, the keys that a set gives them and those that a person has chosen. No DOM in here: an event is anything with key, shiftKey,
// ctrlKey, metaKey, altKey. A key is written as the browser names it: "a", with shift "A"; keys with a name with "⇧" before it.

import { ACTIONS } from "./key_sets.js";

export const FIXED = ["close"]; // Escape closes what is open, whatever else is chosen

const RESERVED = new Set(["Tab", "⇧Tab", "Escape", "⇧Escape", "F5", "⇧F5", "F11", "F12", "ContextMenu"]);
const NO_KEY = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "Dead", "Process", "Unidentified", "Compose", "Fn", "OS"]);
const SHOWN = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", PageUp: "PgUp", PageDown: "PgDn", Escape: "Esc", Delete: "Del", Backspace: "⌫", " ": "Space", "-": "−" };

/** By action, its key; none where an own key has taken it. chosen: {set, keys: by set and action, the own ones}. What no set knows is left out. */
export function bindingsOf({ set, keys }) {
  const own = Object.entries(keys[set] ?? {}).filter(([action]) => !FIXED.includes(action) && ACTIONS.some((one) => one.action === action));
  const taken = new Set(own.map(([, key]) => key));
  const bindings = new Map();
  for (const { action, keys: bySet } of ACTIONS) {
    const key = bySet[set] ?? bySet.repick;
    if (FIXED.includes(action) || !taken.has(key)) bindings.set(action, key);
  }
  for (const [action, key] of own) bindings.set(action, key);
  return bindings;
}

/** What was pressed; null where it is no key of its own, or the browser's: with Ctrl, Alt or Meta. */
export function keyOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || NO_KEY.has(event.key)) return null;
  if (event.key.length > 1 || event.key === " ") return event.shiftKey ? `⇧${event.key}` : event.key;
  // With CapsLock on, a letter without Shift arrives as a capital: Shift itself decides. Other keys are what they print.
  if (!isLetter(event.key)) return event.key;
  return event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase();
}

/** The action of a key press, or null. bindings: of `bindingsOf`. */
export function actionFor(bindings, event) {
  const key = keyOf(event);
  for (const [action, its] of bindings) if (its === key) return action;
  return null;
}

/**
 * The choice after an action was given another key: {chosen, swapped, refused}. An action that had the key gets the other's
 * (`swapped`: its name), so that none is ever without. refused: why it can't be, and then nothing changes.
 */
export function rebound(chosen, action, key) {
  if (RESERVED.has(key)) return { chosen, swapped: null, refused: `${keyName(key)} stays what it is in every browser or dialog.` };
  const bindings = bindingsOf(chosen);
  const swapped = [...bindings].find(([other, its]) => its === key && other !== action)?.[0] ?? null;
  const next = new Map(bindings).set(action, key);
  if (swapped !== null && bindings.has(action)) next.set(swapped, bindings.get(action));
  else if (swapped !== null) next.delete(swapped);
  const ofSet = bindingsOf({ set: chosen.set, keys: {} });
  const own = Object.fromEntries([...next].filter(([one, its]) => ofSet.get(one) !== its));
  return { chosen: { set: chosen.set, keys: { ...chosen.keys, [chosen.set]: own } }, swapped, refused: null };
}

/** A key as it stands on a keyboard, in its parts: `A`, or `⇧` and `A`. */
export function keyParts(key) {
  if (key === undefined) return ["—"];
  if (key.length > 1 && key.startsWith("⇧")) return ["⇧", SHOWN[key.slice(1)] ?? key.slice(1)];
  if (isLetter(key)) return key === key.toLowerCase() ? [key.toUpperCase()] : ["⇧", key];
  return [SHOWN[key] ?? key];
}

/** The same in a sentence. */
export function keyName(key) {
  return keyParts(key).join(" ");
}

/** The same for aria-keyshortcuts. */
export function ariaKey(key) {
  if (key === undefined) return "";
  const named = key.length > 1 ? key.replace("⇧", "Shift+") : isLetter(key) && key !== key.toLowerCase() ? `Shift+${key}` : key.toUpperCase();
  return named.replace(/ $/, "Space").replace(/^\+$/, "Plus");
}

/** Whether a press on this element belongs to the element itself and not to the screen. */
export function belongsToField(target, action, key) {
  const name = target?.tagName ?? "";
  if (action === "close") return false;
  if (target?.closest?.("dialog:not([open])")) return false; // keeps the focus until the next frame, though nobody sees it any more
  if (name === "TEXTAREA" || name === "SELECT" || target?.isContentEditable) return true;
  if (name === "INPUT") return !(target.type === "range" && action === "threshold" && key.length === 1); // letters do nothing on a slider
  return ["BUTTON", "A", "SUMMARY"].includes(name) && ["Enter", " "].includes(key);
}

function isLetter(key) {
  return key.length === 1 && key.toLowerCase() !== key.toUpperCase();
}
