// Counts, or ground motion where the inventory has the sensitivity; kept from visit to visit.

const COUNTS = "counts";

/** button: shows and changes it. changed(): the other was chosen. tell(sentence): why it can't be. */
export function wireUnits({ button, storage, key, changed, tell }) {
  let isMotion = storage.getItem(key) === "motion";
  let shown = null; // the trace on the screen

  function toggle() {
    if (shown?.why_no_unit) return tell(`Only counts here: ${shown.why_no_unit}.`);
    isMotion = !isMotion;
    storage.setItem(key, isMotion ? "motion" : "");
    return changed();
  }

  button.addEventListener("click", toggle);
  return {
    toggle,
    /** Whether an item's waveforms are asked for as ground motion. */
    isMotion: ({ trace }) => isMotion && !trace.why_no_unit,
    say(item) {
      shown = item?.trace ?? null;
      const has = shown !== null && !shown.why_no_unit;
      button.textContent = has ? shown.unit : COUNTS;
      button.setAttribute("aria-pressed", String(has && isMotion));
      button.setAttribute("aria-disabled", String(shown !== null && !has));
      const at = shown?.sensitivity_hz ? ` at ${shown.sensitivity_hz} Hz` : "";
      button.title = has ? `Ground motion by the overall sensitivity${at}: right where the response is flat` : shown ? `Only counts: ${shown.why_no_unit}` : "";
    },
  };
}

/** `±3.2 µm/s`: the greatest departure in view from the mean. */
export function amplitudeWords(reach, unit) {
  const digits = reach >= 1000 ? Math.round(reach).toLocaleString("en-GB").replaceAll(",", "\u202f") : Number(reach.toPrecision(3)).toString();
  return `±${digits} ${unit}`;
}
