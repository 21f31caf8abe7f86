// What the figures of the evidence mean, for those who see them for the first time.

import { make } from "./make.js";

const MEANINGS = [
  ["P", "how probably this pick is wrong. Of a hundred picks with 0.90 about 90 are. The scale comes from errors that the run planted in your own catalog and looked for."],
  ["P(t)", "the strip below the waveforms: where the networks see the arrival, moment by moment. Two hills are two places where it may be."],
  ["90 % interval", "the band around the proposal: it is to hold the arrival in nine of ten cases. A wide one says: look for yourself."],
];

export function meanings() {
  return MEANINGS.map(([name, words]) => make("p.small", {}, make("strong", {}, name), ` ${words}`));
}
