// The event's other stations: one vertical trace each, aligned on its P, nearest first.

import { GUTTER, fitCanvas, paintLine, paintRule, paintText, paintWaveform, readPalette } from "./drawing.js";

const ROW = 46;
const BEFORE_S = 2;
const AFTER_S = 8;

/** The window that a neighbour's trace is fetched for, in seconds on its own trace. */
export function neighbourWindow(neighbour) {
  const startS = Math.max(0, Math.floor(neighbour.aligned_s - BEFORE_S - 1));
  return { startS, endS: Math.max(startS + 1, Math.min(Math.ceil(neighbour.duration_s), Math.ceil(neighbour.aligned_s + AFTER_S + 1))) };
}

export function makeRecordSection({ canvas }) {
  let palette = readPalette(canvas);
  let neighbours = [];
  let packets = [];
  let frame = 0;

  function schedule() {
    if (!frame) frame = requestAnimationFrame(paint);
  }

  function paint() {
    frame = 0;
    const { context, width, height } = fitCanvas(canvas);
    if (height === 0) return;
    neighbours.slice(0, rowsThatFit()).forEach((neighbour, row) => {
      const box = { left: GUTTER, top: row * ROW, width: width - GUTTER, height: ROW };
      if (row > 0) paintRule(context, { y: box.top, left: 0, right: width, colour: palette.line });
      paintRow(context, neighbour, packets[row], box);
    });
  }

  function paintRow(context, neighbour, packet, box) {
    const middle = box.top + box.height / 2;
    const distance = neighbour.distance_km === null ? neighbour.channel : `${neighbour.distance_km.toFixed(0)} km`;
    paintText(context, neighbour.station, { x: 12, y: middle - 8, colour: palette.text, font: "small" });
    paintText(context, distance, { x: 12, y: middle + 8, colour: palette.muted, font: "small" });
    const view = { startS: neighbour.aligned_s - BEFORE_S, endS: neighbour.aligned_s + AFTER_S };
    if (packet) paintWaveform(context, { packet, values: packet.components[0].values, view, box, gain: 0.9, colour: palette.waveform });
    for (const pick of neighbour.picks) {
      const isAligned = pick.offset_s === neighbour.aligned_s;
      const inner = { ...box, top: box.top + 5, height: box.height - 10 };
      const x = paintLine(context, { view, timeS: pick.offset_s, box: inner, colour: palette.catalog, width: 1.5, dash: isAligned ? [5, 3] : [2, 3] });
      if (x !== null) paintText(context, pick.phase_hint, { x: x + 5, y: box.top + 9, colour: palette.catalog, font: "small", ground: palette.page });
    }
  }

  function rowsThatFit() {
    return Math.max(0, Math.floor((canvas.clientHeight + 6) / ROW));
  }

  new ResizeObserver(schedule).observe(canvas);

  return {
    show(next) {
      neighbours = next;
      packets = [];
      schedule();
    },
    setPacket(row, packet) {
      packets[row] = packet;
      schedule();
    },
    rowsThatFit,
    themeChanged() {
      palette = readPalette(canvas);
      schedule();
    },
  };
}
