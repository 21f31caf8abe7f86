// What stands where the server withholds something until the decision: a blind item, or a hidden proposal.

import { hundredths } from "./probability.js";

export const BLIND_WHY = "Drawn by chance, flagged or not, and shown without what the run says: from such picks comes the catalog's error rate";
export const HIDDEN_WHY = "Chance hides some proposals, to measure how far they draw people: move the pick, keep it or remove it";

/** A blind item's evidence: why there is none, and what is known without the run. */
export function renderBlind(panel, known) {
  const why = document.createElement("p");
  why.className = "note evidence-sentence";
  why.textContent = "A blind item. Chance drew it from all picks, flagged or not; the run's view is withheld until it is decided. Keep the pick (R), move it (M), change its phase, or remove it (X), as you see the waveform.";
  panel.replaceChildren(why, ...known);
}

/** What a screen reader is told of an item's P. */
export const probabilityWords = (item) => (item.p === null ? "blind item" : `probability ${hundredths(item.p)}`);
