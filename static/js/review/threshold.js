// The threshold slider: says how many picks a threshold means before anybody has to review them.

/** What a slider position means, in words. counts: {n_open, planted_found}, 101 each. */
export function thresholdWords(counts, percent) {
  const n = counts.n_open[percent];
  const found = counts.planted_found[percent];
  const picks = `${n.toLocaleString("en-GB")} ${n === 1 ? "pick" : "picks"} to review`;
  return found === null ? picks : `${picks}, with about ${Math.round(100 * found)}\u00a0% of the errors like those planted`;
}

/** Wires the slider in the filter panel. load(): the counts. choose(threshold): for this queue. save(threshold): for the workspace. */
export function wireThreshold({ slider, value, words, saveButton, load, choose, save }) {
  let counts = null;
  const say = () => {
    value.textContent = `P ≥ ${(slider.value / 100).toFixed(2)}`;
    words.textContent = counts === null ? "" : thresholdWords(counts, Number(slider.value));
  };
  slider.addEventListener("input", say);
  slider.addEventListener("change", () => choose(slider.value / 100));
  saveButton?.addEventListener("click", () => save(slider.value / 100));
  return {
    async open() {
      say();
      counts = await load();
      say();
    },
  };
}
