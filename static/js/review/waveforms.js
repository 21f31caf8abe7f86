// Windows of waveforms that were fetched, by trace and filter. Fetching is handed in; no DOM in here.

import { windowAround } from "./geometry.js";
import { makeCache, waveformUrl } from "./prefetch.js";

const MOST_POINTS = 24000;
const NEIGHBOUR_POINTS = 4000;
const KEPT_WINDOWS = 6; // of one trace under one filter
const KEPT_TRACES = 40;

export function makeWaveforms(fetchWaveform) {
  const answers = makeCache(fetchWaveform, 120);
  const arrived = new Map();

  async function load(item, filter, { startS, endS }) {
    const key = `${item.trace.trace} ${filter}`;
    const packet = await answers.get(waveformUrl(item.trace.waveform_url, { startS, endS, filter, maxPoints: MOST_POINTS }));
    const known = arrived.get(key) ?? [];
    if (!known.includes(packet)) arrived.set(key, [...known, packet].slice(-KEPT_WINDOWS));
    if (arrived.size > KEPT_TRACES) arrived.delete(arrived.keys().next().value);
    return packet;
  }

  return {
    load,
    /** What an item needs to be shown at first. */
    loadFirst(item, filter) {
      const label = item.label.offset_s;
      return load(item, filter, windowAround({ startS: label - 5, endS: label + 5 }, item.trace.duration_s));
    },
    /** What has arrived for an item. */
    packets: (item, filter) => (item.trace ? arrived.get(`${item.trace.trace} ${filter}`) ?? [] : []),
    /** The vertical component of another station. */
    loadNeighbour: (neighbour, filter, window) =>
      answers.get(waveformUrl(neighbour.waveform_url, { ...window, filter, maxPoints: NEIGHBOUR_POINTS, components: 1 })),
  };
}
