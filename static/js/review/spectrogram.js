// Power over time and frequency, by short windows one after the other. No DOM in here.

const WINDOW_S = 0.64; // short enough to tell P from S at a near station, long enough for 2 Hz
const LEAST_SAMPLES = 32;
const MOST_SAMPLES = 1024;

/** Decibels of `columns` windows whose middles are spread over a view: {power, columns, rows, highestHz}; power runs by column, lowest frequency
 *  first, NaN where the window meets a gap or an end. packet: samples, no pairs. */
export function spectrogramOf(packet, values, view, columns) {
  const rateHz = packet.samplingRateHz;
  const size = windowSize(rateHz);
  const rows = size / 2 + 1;
  const taper = Float64Array.from({ length: size }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / size));
  const power = new Float32Array(columns * rows).fill(NaN);
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (let column = 0; column < columns; column += 1) {
    const middleS = view.startS + ((column + 0.5) / columns) * (view.endS - view.startS);
    const first = Math.round((middleS - packet.startS) * rateHz) - size / 2;
    if (!fill(real, values, first, taper)) continue;
    imaginary.fill(0);
    transform(real, imaginary);
    for (let row = 0; row < rows; row += 1) power[column * rows + row] = 10 * Math.log10(real[row] ** 2 + imaginary[row] ** 2 + 1e-30);
  }
  return { power, columns, rows, highestHz: rateHz / 2 };
}

export function windowSize(rateHz) {
  return Math.min(Math.max(2 ** Math.round(Math.log2(WINDOW_S * rateHz)), LEAST_SAMPLES), MOST_SAMPLES);
}

/** One window without its mean, tapered; false where samples are missing. */
function fill(target, values, first, taper) {
  if (first < 0 || first + target.length > values.length) return false;
  let sum = 0;
  for (let index = 0; index < target.length; index += 1) sum += values[first + index];
  if (sum !== sum) return false;
  const mean = sum / target.length;
  for (let index = 0; index < target.length; index += 1) target[index] = (values[first + index] - mean) * taper[index];
  return true;
}

/** Fourier transform in place; the length is a power of two. */
export function transform(real, imaginary) {
  const n = real.length;
  for (let index = 1, reversed = 0; index < n; index += 1) {
    let bit = n >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed ^= bit;
    if (index < reversed) {
      [real[index], real[reversed]] = [real[reversed], real[index]];
      [imaginary[index], imaginary[reversed]] = [imaginary[reversed], imaginary[index]];
    }
  }
  for (let length = 2; length <= n; length *= 2) {
    const angle = (-2 * Math.PI) / length;
    for (let turn = 0; turn < length / 2; turn += 1) {
      const cosine = Math.cos(angle * turn);
      const sine = Math.sin(angle * turn);
      for (let even = turn; even < n; even += length) {
        const odd = even + length / 2;
        const oddReal = real[odd] * cosine - imaginary[odd] * sine;
        const oddImaginary = real[odd] * sine + imaginary[odd] * cosine;
        real[odd] = real[even] - oddReal;
        imaginary[odd] = imaginary[even] - oddImaginary;
        real[even] += oddReal;
        imaginary[even] += oddImaginary;
      }
    }
  }
}
