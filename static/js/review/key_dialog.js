// Where one's own keys are chosen: a set, and any action's key by pressing it.

import { ACTIONS, SETS } from "./key_sets.js";
import { FIXED, bindingsOf, keyName, keyOf, rebound } from "./keymap.js";
import { kbds } from "./keys.js";
import { make } from "./make.js";

const AT_FIRST = "Choose an action, then press its new key.";

/** chosen: of `bindingsOf`. changed(chosen): other keys hold from now on. save(chosen): resolves to {status, body}. */
export function wireKeyDialog({ part, chosen, changed, save }) {
  const dialog = part.key_dialog;
  const rows = new Map();
  let waiting = null; // the action whose new key is to be pressed
  let saving = Promise.resolve();

  for (const { set, words } of SETS) part.key_set.append(make("option", { value: set }, words));
  for (const { action, words } of ACTIONS.filter((one) => !FIXED.includes(one.action))) {
    const button = make("button.key-button", { type: "button" });
    const own = make("span.small.muted", {}, "");
    part.key_list.append(make("li", {}, make("span", {}, words), own, button));
    button.addEventListener("click", () => wait(action));
    rows.set(action, { words, button, own });
  }

  function show() {
    const bindings = bindingsOf(chosen);
    part.key_set.value = chosen.set;
    part.key_reset.disabled = Object.keys(chosen.keys[chosen.set] ?? {}).length === 0;
    for (const [action, { words, button, own }] of rows) {
      const key = bindings.get(action);
      button.replaceChildren(...(action === waiting ? ["press a key"] : kbds(key)));
      button.setAttribute("aria-label", action === waiting ? `press a key for: ${words}` : `${keyName(key)}: ${words}. Change`);
      button.toggleAttribute("data-waiting", action === waiting);
      own.textContent = action in (chosen.keys[chosen.set] ?? {}) ? "yours" : "";
    }
  }

  function say(words) {
    part.key_says.textContent = words;
  }

  function wait(action) {
    waiting = waiting === action ? null : action;
    say(waiting === null ? "It stays as it was." : `Press the new key for “${rows.get(action).words}”. Esc leaves it as it is.`);
    show();
  }

  function take(next, words) {
    chosen = next;
    show();
    say(words);
    changed(chosen);
    const kept = chosen;
    saving = saving.then(() => keep(kept)); // one after the other, so that the last choice is the one that is stored
  }

  async function keep(kept) {
    try {
      const { status, body } = await save(kept);
      if (status !== 200) throw new Error(body?.message ?? `The server answered ${status}.`);
    } catch (problem) {
      say(`Not saved: ${problem.message} Your keys hold on this page until it is left; change one again to save them.`);
    }
  }

  function press(event) {
    if (waiting === null || event.key === "Tab") return;
    event.preventDefault();
    const action = waiting;
    if (event.key === "Escape") return wait(action);
    const key = keyOf(event);
    if (key === null) return;
    const { chosen: next, swapped, refused } = rebound(chosen, action, key);
    if (refused !== null) return say(`${refused} Press another key, or Esc.`);
    waiting = null;
    const { words } = rows.get(action);
    const other = swapped === null ? "" : ` That key was “${rows.get(swapped).words}”, which has ${keyName(bindingsOf(next).get(swapped))} now.`;
    take(next, `${keyName(key)}: ${words}.${other}`);
  }

  dialog.addEventListener("keydown", press);
  dialog.addEventListener("keyup", (event) => event.key === " " && waiting === null && event.target.matches?.(".key-button") && event.preventDefault());
  dialog.addEventListener("focusout", ({ target }) => {
    if (target === rows.get(waiting)?.button) wait(waiting);
  });
  part.key_set.addEventListener("change", () => {
    const { value } = part.key_set;
    take({ ...chosen, set: value }, `The keys of “${SETS.find(({ set }) => set === value).words}”${part.key_set.value in chosen.keys ? ", with those of your own" : ""}.`);
  });
  part.key_reset.addEventListener("click", () => {
    const { [chosen.set]: gone, ...others } = chosen.keys;
    take({ ...chosen, keys: others }, `${Object.keys(gone).length} keys are the set's own again.`);
  });
  part.key_change.addEventListener("click", () => {
    part.help.close();
    say(AT_FIRST);
    show();
    dialog.showModal();
  });
}
