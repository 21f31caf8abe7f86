// Vertical, north and east by the inventory, then radial and transverse, where the direction to the event is known; kept from item to item.

const AS_RECORDED = "";

/** What the button goes through for a trace. */
function waysOf(trace) {
  return [AS_RECORDED, ...(trace?.can_be_turned ? ["ZNE"] : []), ...(trace && !trace.why_not_rotated ? ["ZRT"] : [])];
}

/** button: shows and changes it. changed(): it was turned another way. tell(sentence): why it was not. */
export function wireRotation({ button, changed, tell }) {
  let wanted = AS_RECORDED;
  let shown = null; // the trace on the screen

  const wayOf = (trace) => (waysOf(trace).includes(wanted) ? wanted : AS_RECORDED);

  function toggle() {
    const ways = waysOf(shown);
    if (ways.length === 1) return tell(`Not turned to radial and transverse: ${shown?.why_not_rotated ?? "there is no waveform"}.`);
    wanted = ways[(ways.indexOf(wayOf(shown)) + 1) % ways.length];
    return changed();
  }

  button.addEventListener("click", toggle);
  return {
    toggle,
    /** {isTurned, backAzimuth} for an item's waveforms; backAzimuth in degrees, null where they are not turned so far. */
    of({ trace }) {
      const way = wayOf(trace);
      return { isTurned: way === "ZNE", backAzimuth: way === "ZRT" ? trace.back_azimuth_deg : null };
    },
    /** Tells on the button whether the item on the screen is turned, or why it can't be. */
    say(item) {
      shown = item?.trace ?? null;
      const ways = waysOf(shown);
      const way = wayOf(shown);
      const whyNot = shown?.why_not_rotated ?? "";
      button.textContent = way || ways[1] || "ZRT";
      button.setAttribute("aria-pressed", String(way !== AS_RECORDED));
      button.setAttribute("aria-disabled", String(shown !== null && ways.length === 1));
      button.title = [
        ways.includes("ZNE") ? "Vertical, north and east, as the inventory has the components" : "",
        ways.includes("ZRT") ? "Radial and transverse in place of north and east" : whyNot && `Not radial and transverse: ${whyNot}`,
      ].filter(Boolean).join("; ");
    },
  };
}
