// The spectrogram under the components, on their time axis: darker on light ground, lighter on dark, the more power there is.

import { paintRule, paintText } from "./drawing.js";
import { spectrogramOf } from "./spectrogram.js";
import { bestFor } from "./waveform_data.js";

const SHADES = 256;
const RANGE_DB = 50; // below the strongest
const COLUMN_PX = 2;

/** Share of a figure's height that the strip wants. */
export const SPECTROGRAM_SHARE = 0.26;

/** packets: unfiltered. The first live component is shown. */
export function paintSpectrogram(context, { trace, packets, view, palette, box }) {
  const row = trace.channels.findIndex((channel) => !channel.dead);
  paintRule(context, { y: box.top, left: 0, right: box.left + box.width, colour: palette.line });
  const packet = bestFor(packets, view)?.packet;
  const say = (text) => paintText(context, text, { x: box.left + 8, y: box.top + box.height / 2, colour: palette.muted, font: "small" });
  if (row < 0) return say("no live component for a spectrogram");
  paintText(context, trace.channels[row].channel, { x: 12, y: box.top + box.height / 2, colour: palette.muted, font: "small" });
  if (packet === undefined) return undefined;
  if (packet.isPairs) return say("zoom in to see the spectrogram");
  const { power, columns, rows, highestHz } = spectrogramOf(packet, packet.components[row].values, view, Math.max(1, Math.floor(box.width / COLUMN_PX)));
  context.drawImage(picture(power, columns, rows, shades(palette)), box.left, box.top + 1, box.width, box.height - 1);
  paintText(context, `${Number(highestHz.toFixed(1))} Hz`, { x: 12, y: box.top + 9, colour: palette.muted, font: "small" });
  return paintText(context, "0", { x: 12, y: box.top + box.height - 8, colour: palette.muted, font: "small" });
}

function picture(power, columns, rows, colours) {
  const canvas = new OffscreenCanvas(columns, rows);
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  let strongest = -Infinity;
  for (const value of power) if (value > strongest) strongest = value;
  for (let column = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1) {
      const value = power[column * rows + row];
      if (value !== value) continue;
      const shade = Math.max(0, Math.min(SHADES - 1, Math.round((SHADES - 1) * (1 + (value - strongest) / RANGE_DB))));
      pixels[(rows - 1 - row) * columns + column] = colours[shade];
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

let known = { palette: null, colours: null };

/** From the page's ground over one hue to the colour of text: ever further from the ground in both themes. */
function shades(palette) {
  if (known.palette === palette) return known.colours;
  const context = new OffscreenCanvas(SHADES, 1).getContext("2d");
  const ramp = context.createLinearGradient(0, 0, SHADES, 0);
  [palette.page, palette.alignment, palette.text].forEach((colour, index) => ramp.addColorStop([0, 0.65, 1][index], colour));
  context.fillStyle = ramp;
  context.fillRect(0, 0, SHADES, 1);
  known = { palette, colours: new Uint32Array(context.getImageData(0, 0, SHADES, 1).data.buffer) };
  return known.colours;
}
