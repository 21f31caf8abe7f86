// What the review screen does by keyboard, and the keys of the two sets that come with it. A set's keys are each one action's.
// desktop: where it is not as in the set of Repick. It follows what hands know from scolv (Enter sets the pick and goes on), ObsPyck
// (0–4, +, −, I, E) and Snuffler (N, P, F1, F2), and leaves A and X alone, which mean something else there.

export const SETS = [
  { set: "repick", words: "Repick: A accepts, R rejects" },
  { set: "desktop", words: "Desktop tools: Enter sets the pick, O accepts" },
];

/** desktop: the key of that set, where it is another. */
const row = (action, repick, words, desktop = repick) => ({ action, keys: { repick, desktop }, words });

export const ACTIONS = [
  row("accept", "a", "accept the proposal", "o"),
  row("reject", "r", "reject it; the catalog pick stays", "k"),
  row("move", "m", "move the pick to the cursor", "Enter"),
  row("remove", "x", "no arrival here", "Backspace"),
  row("phase_p", "p", "make it a P", "F1"),
  row("phase_s", "s", "make it an S", "F2"),
  row("add_p", "P", "add a P at the cursor", "⇧F1"),
  row("add_s", "S", "add an S at the cursor", "⇧F2"),
  row("add_to", "j", "the event of added arrivals: this one, a second, another"),
  row("bulk", "A", "accept many proposals at once", "O"),
  row("polarity_up", "+", "first motion up"),
  row("polarity_down", "-", "first motion down"),
  row("onset_emergent", "e", "emergent onset"),
  row("onset_impulsive", "i", "impulsive onset"),
  row("weight_0", "0", "weight 0: full"),
  row("weight_1", "1", "weight 1"),
  row("weight_2", "2", "weight 2"),
  row("weight_3", "3", "weight 3"),
  row("weight_4", "4", "weight 4: none"),
  row("comment", "c", "write a comment"),
  row("next", "n", "skip, go to the next"),
  row("back", "b", "go back", "p"),
  row("undo", "u", "undo the last decision"),
  row("cursor_left", "ArrowLeft", "cursor one sample earlier"),
  row("cursor_right", "ArrowRight", "cursor one sample later"),
  row("cursor_left_ten", "⇧ArrowLeft", "ten samples earlier"),
  row("cursor_right_ten", "⇧ArrowRight", "ten samples later"),
  row("cursor_left_tenth", ",", "a tenth of a sample earlier"),
  row("cursor_right_tenth", ".", "a tenth of a sample later"),
  row("wider", "w", "greater uncertainty around the cursor"),
  row("narrower", "W", "smaller uncertainty"),
  row("taller", "ArrowUp", "greater amplitude"),
  row("flatter", "ArrowDown", "smaller amplitude"),
  row("zoom_in", "⇧ArrowUp", "zoom in at the cursor"),
  row("zoom_out", "⇧ArrowDown", "zoom out"),
  row("pan_left", "PageUp", "earlier"),
  row("pan_right", "PageDown", "later"),
  row("reset", "Home", "the view as it was at first"),
  row("filter", "f", "next filter", "g"),
  row("filter_direction", "F", "zero-phase or causal filter", "G"),
  row("rotate", "z", "components as recorded, Z N E, Z R T"),
  row("unit", "q", "counts or ground motion"),
  row("spectrogram", "g", "show or hide the spectrogram", "s"),
  row("theory", "h", "theoretical arrivals: ak135, iasp91, own models, none"),
  row("event", "v", "show or fold away the event"),
  row("threshold", "t", "threshold and queue filter"),
  row("search", "/", "search: station, event or pick"),
  row("help", "?", "show all keys"),
  row("close", "Escape", "close what is open"),
];
