// A small waveform with times marked on it, as the bulk dialog and the adjudication page show it.

import { fitCanvas, paintLine, paintText, paintWaveform, readPalette } from "./drawing.js";
import { fetchWaveform } from "./server.js";

const AROUND_S = 2;
const NAME_PX = 14;

/** The stretch that shows all marks, with AROUND_S on either side of their middle at least. */
export function viewOf(marks, durationS) {
  const times = marks.map(({ timeS }) => timeS);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const halfS = Math.max(AROUND_S, 0.75 * (last - first));
  const middleS = (first + last) / 2;
  return { startS: Math.max(0, middleS - halfS), endS: Math.min(durationS, middleS + halfS) };
}

/** marks: [{timeS, isCatalog, name}], seconds on the trace. Each name stands on a line of its own, since marks may lie close together. */
export async function paintSample(canvas, { waveformUrl, durationS, marks }) {
  const view = viewOf(marks, durationS);
  const packet = await fetchWaveform(`${waveformUrl}&start=${view.startS}&end=${view.endS}&filter=2-15&max_points=800&components=1`);
  const palette = readPalette(canvas);
  const { context, width, height } = fitCanvas(canvas);
  const box = { left: 0, top: 0, width, height };
  paintWaveform(context, { packet, values: packet.components[0].values, view, box, gain: 0.9, colour: palette.waveform });
  let y = NAME_PX / 2 + 2;
  for (const { timeS, isCatalog, name } of marks) {
    const colour = isCatalog ? palette.catalog : palette.proposed;
    const x = paintLine(context, { view, timeS, box, colour, width: 2, dash: isCatalog ? [6, 4] : [] });
    if (!name || x === null) continue;
    const isLeft = x > width / 2;
    paintText(context, name, { x: isLeft ? x - 6 : x + 6, y, colour, align: isLeft ? "right" : "left", font: "small", ground: palette.page });
    y += NAME_PX;
  }
}
