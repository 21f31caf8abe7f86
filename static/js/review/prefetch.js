// Items and waveforms that were asked for, so that the next one is there before its key is pressed. Fetching is handed in.

/** A store of promises, at most `size` of them; the one unused for longest goes first. A failure is not kept. */
export function makeCache(load, size) {
  const kept = new Map();
  return {
    get(key) {
      const known = kept.get(key);
      if (known !== undefined) {
        kept.delete(key);
        kept.set(key, known);
        return known;
      }
      const loading = load(key).catch((problem) => {
        kept.delete(key);
        throw problem;
      });
      kept.set(key, loading);
      if (kept.size > size) kept.delete(kept.keys().next().value);
      return loading;
    },
    has: (key) => kept.has(key),
    forget: (key) => kept.delete(key),
    clear: () => kept.clear(),
  };
}

/** Address of a window of a waveform. */
export function waveformUrl(base, { startS, endS, filter, isTurned = false, backAzimuth = null, isMotion = false, maxPoints, components }) {
  const wanted = new URLSearchParams({ start: String(startS), end: String(endS), filter, max_points: String(maxPoints) });
  if (isTurned) wanted.set("turned", "1");
  if (isMotion) wanted.set("unit", "motion");
  if (backAzimuth !== null) wanted.set("back_azimuth", String(backAzimuth));
  if (components) wanted.set("components", String(components));
  return `${base}&${wanted}`;
}
