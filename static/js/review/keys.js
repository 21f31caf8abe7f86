// Keys and buttons of the screen, wired to what they do, and told wherever a key is written.

import { ACTIONS } from "./key_sets.js";
import { actionFor, ariaKey, belongsToField, bindingsOf, keyName, keyOf, keyParts } from "./keymap.js";
import { make } from "./make.js";

const REPEATS = /^(cursor|zoom|pan|taller|flatter|wider|narrower)/;

/** actions: what to do, by name. chosen: of `bindingsOf`. pressed(at): a key is about to do something; at: when it was pressed. */
export function wireKeys({ part, actions, chosen, pressed }) {
  let bindings = null;

  document.addEventListener("keydown", (event) => {
    const action = actionFor(bindings, event);
    if (action === null || (event.repeat && !REPEATS.test(action))) return;
    if (belongsToField(event.target, action, keyOf(event))) return;
    if (part.help.open && action !== "help" && action !== "close") return;
    if (document.querySelector("dialog[open]:not([data-part=help])")) return;
    event.preventDefault();
    pressed(event.timeStamp);
    actions[action]();
  });
  for (const button of document.querySelectorAll("[data-action]")) button.addEventListener("click", () => actions[button.dataset.action]());
  document.addEventListener("click", ({ detail, target }) => {
    // After the mouse the next key, Enter too, belongs to the screen; who came by keyboard stays where they are.
    if (detail > 0) target.closest?.("main button, main summary")?.blur();
  });

  function use(anew) {
    bindings = bindingsOf(anew);
    for (const element of document.querySelectorAll("[data-key]")) element.replaceChildren(...kbds(bindings.get(element.dataset.key)));
    for (const element of document.querySelectorAll("[data-action], [data-shortcut]")) {
      const key = bindings.get(element.dataset.shortcut ?? element.dataset.action);
      if (key === undefined) element.removeAttribute("aria-keyshortcuts");
      else element.setAttribute("aria-keyshortcuts", ariaKey(key));
    }
    part.keys.replaceChildren(
      ...ACTIONS.map(({ action, words }) => make("div", {}, make("dt", {}, ...kbds(bindings.get(action))), make("dd", {}, words))),
    );
  }

  use(chosen);
  return {
    /** Other keys from now on. */
    use,
    /** The key of an action in a sentence. */
    name: (action) => keyName(bindings.get(action)),
  };
}

/** A key as elements. */
export function kbds(key) {
  return keyParts(key).map((one) => make("kbd", {}, one));
}
