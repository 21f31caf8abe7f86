// Windows of waveforms that were fetched, by trace and look. Fetching is handed in; no DOM in here.
// A look is {filter, isTurned, backAzimuth, isMotion}: the filter as the server names it, whether components become Z, N and E, degrees for
// radial and transverse or null, and whether counts become ground motion.

import { windowAround } from "./geometry.js";
import { makeCache, waveformUrl } from "./prefetch.js";

const MOST_POINTS = 24000;
const NEIGHBOUR_POINTS = 4000;
const KEPT_WINDOWS = 6; // of one trace under one look
const KEPT_TRACES = 40;
const LONG_S = 120; // a trace longer than this is fetched whole beside its windows, in few points

export function makeWaveforms(fetchWaveform) {
  const answers = makeCache(fetchWaveform, 120);
  const arrived = new Map();
  const keyOf = (item, { filter, isTurned, backAzimuth, isMotion }) => [item.trace.trace, filter, isTurned, backAzimuth, isMotion].join(" ");

  async function load(item, look, { startS, endS }) {
    const key = keyOf(item, look);
    const packet = await answers.get(waveformUrl(item.trace.waveform_url, { startS, endS, ...look, maxPoints: MOST_POINTS }));
    const known = arrived.get(key) ?? [];
    if (!known.includes(packet)) arrived.set(key, leastUsedOut([...known, packet]));
    if (arrived.size > KEPT_TRACES) arrived.delete(arrived.keys().next().value);
    return packet;
  }

  return {
    load,
    /** What an item needs to be shown at first. */
    loadFirst(item, look) {
      const label = item.label.offset_s;
      return load(item, look, windowAround({ startS: label - 5, endS: label + 5 }, item.trace.duration_s));
    },
    /** The whole of a long trace, so that zooming out finds something to draw. */
    async loadWhole(item, look) {
      if (item.trace.duration_s > LONG_S) await load(item, look, { startS: 0, endS: Math.ceil(item.trace.duration_s) });
    },
    /** What has arrived for an item. */
    packets: (item, look) => (item.trace ? arrived.get(keyOf(item, look)) ?? [] : []),
    /** The vertical component of another station. */
    loadNeighbour: (neighbour, filter, window) =>
      answers.get(waveformUrl(neighbour.waveform_url, { ...window, filter, maxPoints: NEIGHBOUR_POINTS, components: 1 })),
  };
}

/** At most so many windows; the widest stays, the oldest of the others goes. */
function leastUsedOut(packets) {
  if (packets.length <= KEPT_WINDOWS) return packets;
  const widest = packets.reduce((a, b) => (b.endS - b.startS > a.endS - a.startS ? b : a));
  const oldest = packets.find((packet) => packet !== widest);
  return packets.filter((packet) => packet !== oldest);
}
