// Time on a trace against pixels on the screen. A view is {startS, endS}: seconds after the trace's first sample. No DOM in here.

export const LEAST_SAMPLES_IN_VIEW = 12;

export function timeToX(view, timeS, left, width) {
  return left + ((timeS - view.startS) / (view.endS - view.startS)) * width;
}

export function xToTime(view, x, left, width) {
  return view.startS + ((x - left) / width) * (view.endS - view.startS);
}

export function spanS(view) {
  return view.endS - view.startS;
}

/** The view, shifted into [0, durationS] and no wider than it. */
export function clampView(view, durationS) {
  const span = Math.min(spanS(view), durationS);
  const startS = Math.min(Math.max(view.startS, 0), durationS - span);
  return { startS, endS: startS + span };
}

/** A view factor times as wide in which timeS stays where it was on the screen. */
export function zoomAt(view, timeS, factor, durationS, samplingRateHz) {
  const least = LEAST_SAMPLES_IN_VIEW / samplingRateHz;
  const span = Math.min(Math.max(spanS(view) * factor, Math.min(least, durationS)), durationS);
  const share = (timeS - view.startS) / spanS(view);
  const startS = timeS - share * span;
  return clampView({ startS, endS: startS + span }, durationS);
}

export function panBy(view, seconds, durationS) {
  return clampView({ startS: view.startS + seconds, endS: view.endS + seconds }, durationS);
}

/** Ten seconds with the label and the proposal in the left half, or as much more as it takes to see both. */
export function firstView(labelS, proposedS, durationS) {
  const from = Math.min(labelS, proposedS ?? labelS);
  const to = Math.max(labelS, proposedS ?? labelS);
  const span = Math.max(10, (to - from) * 2.5);
  const startS = (from + to) / 2 - 0.4 * span;
  return clampView({ startS, endS: startS + span }, durationS);
}

/** What to fetch so that a view can be drawn and panned a little: whole seconds, so that neighbours share a cache entry. */
export function windowAround(view, durationS, marginS = 20) {
  return { startS: Math.max(0, Math.floor(view.startS - marginS)), endS: Math.min(Math.ceil(durationS), Math.ceil(view.endS + marginS)) };
}

/** Round times for an axis, told as seconds from zeroS: [{timeS, text}], at most `most` of them. */
export function ticks(view, zeroS, most) {
  const step = roundStep(spanS(view) / Math.max(most, 1));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil((view.startS - zeroS) / step - 1e-9);
  const last = Math.floor((view.endS - zeroS) / step + 1e-9);
  const found = [];
  for (let index = first; index <= last; index += 1) {
    found.push({ timeS: zeroS + index * step, text: signed(index * step, digits) });
  }
  return found;
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
export function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9));
  return factor * power;
}

/** How much time a view spans: `120 ms`, `10 s`, `25 min`, `24 h`. */
export function spanWords(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 300) return `${Number(seconds.toFixed(1))} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Number((seconds / 3600).toFixed(1))} h`;
}

/** `−0.62`, `+1.0`, with a true minus sign; zero has none. */
export function signed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? "−" : "+") + text;
}
