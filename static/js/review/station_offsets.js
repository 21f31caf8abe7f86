// Stations whose labels are late as a whole: one entry above the queue for all their flags, which opens the choice of many.

import { make } from "./make.js";
import { fetchJson } from "./server.js";

/** part: elements by name. url(): where to ask, for the present queue. choose({station, late_s}): they are to be decided at once. */
export function wireStationOffsets({ part, url, choose }) {
  let last = "";

  function render(stations, comeLast) {
    part.station_offsets.hidden = stations.length === 0;
    part.station_offsets.replaceChildren(...stations.flatMap((one) => {
      const button = make("button.button.small", { type: "button", "aria-label": `Look at those of ${one.station} at once` }, "Look at them at once …");
      button.addEventListener("click", () => choose(one));
      return [make("p", {}, offsetWords(one)), button];
    }), ...(comeLast ? [make("p.small.muted", {}, "They come last in the queue.")] : []));
  }

  return async function ask() {
    try {
      const { stations, come_last: comeLast } = await fetchJson(url());
      const said = JSON.stringify([stations, comeLast]);
      if (said === last) return; // nothing is painted anew under somebody's pointer
      last = said;
      render(stations, comeLast);
    } catch {
      // What was said stays; it is asked again in a while.
    }
  };
}

/** `115 flags of SY.NOCE say the same: its labels are 0.30 s late.` */
export function offsetWords({ station, n_flags: n, late_s: late }) {
  return `${n} flags of ${station} say the same: its labels are ${Math.abs(late).toFixed(2)} s ${late > 0 ? "late" : "early"}.`;
}

/** The largest shift to ask for, in seconds: all of a station's proposals lie around its offset. */
export function mostShift(late) {
  return Math.max(0.5, Math.ceil(10 * Math.abs(late) * 1.5) / 10);
}
