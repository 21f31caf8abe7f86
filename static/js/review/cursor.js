// The cursor: a time on the trace and, once it was dragged open, how uncertain that time is. No DOM in here.
// A cursor is {offset_s, uncertainty_s}: seconds after the trace's first sample; uncertainty_s is null until it is set.

const MICROSECOND = 1e-6; // what the server stores

/** The finest step in seconds that a click tells apart: the sample while a pixel is about as wide, what the zoom resolves beyond. */
export function resolvedStepS(pixelS, sampleS) {
  if (pixelS >= sampleS / 2) return sampleS;
  return Math.max(toMicroseconds(10 ** Math.floor(Math.log10(pixelS) + 1e-9)), MICROSECOND);
}

/** The cursor at a time that was clicked. */
export function placed(timeS, { stepS, durationS }) {
  return { offset_s: within(Math.round(timeS / stepS) * stepS, durationS), uncertainty_s: null };
}

/** The cursor shifted by a part or a number of samples; what it had of a sample it keeps. */
export function nudged(cursor, shiftS, durationS) {
  return { ...cursor, offset_s: within(cursor.offset_s + shiftS, durationS) };
}

/** The cursor with an uncertainty that reaches from it to a time on either side; none where that is nearer than a step. */
export function openedTo(cursor, timeS, stepS) {
  const reach = Math.round(Math.abs(timeS - cursor.offset_s) / stepS) * stepS;
  return { ...cursor, uncertainty_s: reach > 0 ? toMicroseconds(reach) : null };
}

/** One step wider: a sample at first, then 1, 2 and 5 times a power of ten. */
export function widened(cursor, sampleS) {
  const now = cursor.uncertainty_s;
  return { ...cursor, uncertainty_s: now === null ? toMicroseconds(sampleS) : neighbouring(now, 1) };
}

/** One step narrower, and none below a sample. */
export function narrowed(cursor, sampleS) {
  const now = cursor.uncertainty_s;
  if (now === null) return cursor;
  const next = neighbouring(now, -1);
  return { ...cursor, uncertainty_s: next < sampleS * (1 - 1e-6) ? null : next };
}

/** The next of 1, 2 and 5 times a power of ten on one side of a value. */
function neighbouring(value, direction) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const steps = [0.5, 1, 2, 5, 10].map((factor) => factor * power);
  const next = direction > 0 ? steps.find((step) => step > value * 1.0001) : steps.findLast((step) => step < value * 0.9999);
  return toMicroseconds(next);
}

/** Digits after the point that tell steps of this size apart: two at least, as a catalog has them. */
export function digitsFor(stepS) {
  return Math.min(6, Math.max(2, Math.ceil(-Math.log10(stepS) - 1e-9)));
}

/** `±0.05 s`, two figures of it. */
export function uncertaintyWords(uncertaintyS) {
  return `±${Number(uncertaintyS.toPrecision(2))} s`;
}

function within(timeS, durationS) {
  return toMicroseconds(Math.min(Math.max(timeS, 0), durationS));
}

function toMicroseconds(seconds) {
  return Math.round(seconds / MICROSECOND) / 1e6;
}
