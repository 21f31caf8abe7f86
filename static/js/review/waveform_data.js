// Reads the binary form of a waveform (documented in labeling/seismo/waveform_packet.py) and finds what to draw of it. No DOM in here.

const MAGIC = 0x52504b31; // RPK1

/** Header and components of one answer. Throws for bytes that are no waveform. */
export function decode(buffer) {
  const bytes = new DataView(buffer);
  if (buffer.byteLength < 8 || bytes.getUint32(0, false) !== MAGIC) throw new Error("The server's answer is no waveform.");
  const length = bytes.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const first = 8 + length;
  const size = header.points * 4;
  if (buffer.byteLength !== first + size * header.components.length) throw new Error("The waveform came only in part.");
  const stepS = header.bin_samples / header.sampling_rate_hz;
  const steps = header.bin_samples === 1 ? header.points - 1 : header.points / 2;
  return {
    startS: header.start_s,
    endS: header.start_s + steps * stepS,
    stepS,
    samplingRateHz: header.sampling_rate_hz,
    isPairs: header.bin_samples > 1,
    filter: header.filter,
    passesHz: header.passes_hz,
    unit: header.unit,
    components: header.components.map((one, row) => ({ ...one, values: floats(bytes, buffer, first + row * size, header.points) })),
  };
}

function floats(bytes, buffer, offset, count) {
  if (LITTLE_ENDIAN) return new Float32Array(buffer, offset, count);
  return Float32Array.from({ length: count }, (_, index) => bytes.getFloat32(offset + 4 * index, true));
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Of several packets the finest that covers the view, else the one that covers most of it; null if there is none. */
export function bestFor(packets, view) {
  let best = null;
  for (const packet of packets) {
    const covered = Math.min(packet.endS, view.endS) - Math.max(packet.startS, view.startS);
    const whole = packet.startS <= view.startS + packet.stepS && packet.endS >= view.endS - packet.stepS;
    const rank = whole ? [1, -packet.stepS] : [0, covered];
    if (best === null || rank[0] > best.rank[0] || (rank[0] === best.rank[0] && rank[1] > best.rank[1])) best = { packet, rank };
  }
  return best === null ? null : { packet: best.packet, coversAll: best.rank[0] === 1 };
}

/** Least and greatest value in each of `width` columns of the view: {least, greatest}, NaN where there is nothing. */
export function columnsOf(packet, values, view, width) {
  const least = new Float32Array(width).fill(NaN);
  const greatest = new Float32Array(width).fill(NaN);
  const perValueS = packet.isPairs ? packet.stepS / 2 : packet.stepS;
  const pixelsPerS = width / (view.endS - view.startS);
  const from = Math.max(0, Math.floor((view.startS - packet.startS) / perValueS) - 1);
  const to = Math.min(values.length, Math.ceil((view.endS - packet.startS) / perValueS) + 2);
  for (let index = from; index < to; index += 1) {
    const value = values[index];
    if (value !== value) continue;
    const column = Math.floor((packet.startS + index * perValueS - view.startS) * pixelsPerS);
    if (column < 0 || column >= width) continue;
    if (!(least[column] <= value)) least[column] = value;
    if (!(greatest[column] >= value)) greatest[column] = value;
  }
  return { least, greatest };
}

/** Index range [from, to) of the values that a line through the view needs, one beyond each edge. */
export function indexRange(packet, values, view) {
  const perValueS = packet.isPairs ? packet.stepS / 2 : packet.stepS;
  return {
    from: Math.max(0, Math.floor((view.startS - packet.startS) / perValueS)),
    to: Math.min(values.length, Math.ceil((view.endS - packet.startS) / perValueS) + 1),
    perValueS,
  };
}

/** Middle line and greatest distance from it of what is in the view: {middle, reach}; reach is 0 where nothing moves. */
export function reachOf(packet, values, view) {
  const { from, to } = indexRange(packet, values, view);
  let sum = 0;
  let count = 0;
  let least = Infinity;
  let greatest = -Infinity;
  for (let index = from; index < to; index += 1) {
    const value = values[index];
    if (value !== value) continue;
    sum += value;
    count += 1;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (count === 0) return { middle: 0, reach: 0 };
  const middle = sum / count;
  return { middle, reach: Math.max(greatest - middle, middle - least) };
}

/** Stretches without samples within the view, in seconds: [[startS, endS]]. gaps: of the trace, in seconds. */
export function gapsInView(gaps, view) {
  return gaps.filter(([start, end]) => end > view.startS && start < view.endS).map(([start, end]) => [Math.max(start, view.startS), Math.min(end, view.endS)]);
}
