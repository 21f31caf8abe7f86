// Keys and what they do. No DOM in here: an event is anything with key, shiftKey, ctrlKey, metaKey, altKey.

export const ACTIONS = [
  { action: "accept", keys: ["a"], shows: ["A"], words: "accept the proposal" },
  { action: "reject", keys: ["r"], shows: ["R"], words: "reject it; the catalog pick stays" },
  { action: "move", keys: ["m"], shows: ["M"], words: "move the pick to the cursor" },
  { action: "remove", keys: ["x"], shows: ["X"], words: "no arrival here" },
  { action: "phase_p", keys: ["p"], shows: ["P"], words: "make it a P" },
  { action: "phase_s", keys: ["s"], shows: ["S"], words: "make it an S" },
  { action: "add_p", keys: ["P"], shows: ["⇧", "P"], words: "add a P at the cursor" },
  { action: "add_s", keys: ["S"], shows: ["⇧", "S"], words: "add an S at the cursor" },
  { action: "next", keys: ["n"], shows: ["N"], words: "skip, go to the next" },
  { action: "back", keys: ["b"], shows: ["B"], words: "go back" },
  { action: "undo", keys: ["u"], shows: ["U"], words: "undo the last decision" },
  { action: "cursor_left", keys: ["ArrowLeft"], shows: ["←"], words: "cursor one sample earlier" },
  { action: "cursor_right", keys: ["ArrowRight"], shows: ["→"], words: "cursor one sample later" },
  { action: "cursor_left_ten", keys: ["⇧ArrowLeft"], shows: ["⇧", "←"], words: "ten samples earlier" },
  { action: "cursor_right_ten", keys: ["⇧ArrowRight"], shows: ["⇧", "→"], words: "ten samples later" },
  { action: "taller", keys: ["ArrowUp"], shows: ["↑"], words: "greater amplitude" },
  { action: "flatter", keys: ["ArrowDown"], shows: ["↓"], words: "smaller amplitude" },
  { action: "zoom_in", keys: ["⇧ArrowUp"], shows: ["⇧", "↑"], words: "zoom in at the cursor" },
  { action: "zoom_out", keys: ["⇧ArrowDown"], shows: ["⇧", "↓"], words: "zoom out" },
  { action: "pan_left", keys: ["PageUp"], shows: ["PgUp"], words: "earlier" },
  { action: "pan_right", keys: ["PageDown"], shows: ["PgDn"], words: "later" },
  { action: "reset", keys: ["Home"], shows: ["Home"], words: "the view as it was at first" },
  { action: "filter", keys: ["f"], shows: ["F"], words: "next filter" },
  { action: "event", keys: ["v"], shows: ["V"], words: "show or fold away the event" },
  { action: "threshold", keys: ["t"], shows: ["T"], words: "threshold and queue filter" },
  { action: "help", keys: ["?"], shows: ["?"], words: "show all keys" },
  { action: "close", keys: ["Escape"], shows: ["Esc"], words: "close what is open" },
];

const BY_KEY = new Map(ACTIONS.flatMap(({ action, keys }) => keys.map((key) => [key, action])));

/** The action of a key press, or null. With Ctrl, Alt or Meta it is the browser's. */
export function actionFor(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const named = event.key.length > 1;
  if (named) return BY_KEY.get(event.shiftKey ? `⇧${event.key}` : event.key) ?? null;
  // With CapsLock on, a letter without Shift arrives as a capital: Shift itself decides.
  const letter = /^[a-z]$/i.test(event.key);
  const key = letter ? (event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase()) : event.key;
  return BY_KEY.get(key) ?? null;
}

/** Whether a press on this element belongs to the element itself and not to the screen. */
export function belongsToField(target, action) {
  const name = target?.tagName ?? "";
  if (action === "close") return false;
  if (name === "TEXTAREA" || name === "SELECT" || target?.isContentEditable) return true;
  if (name === "INPUT") return true;
  return false;
}
