// The strips of the components, one above the other: name, sampling rate, gaps, waveform and its amplitude of each.

import { channelWords } from "./clock.js";
import { paintGaps, paintRule, paintText, paintWaveform } from "./drawing.js";
import { amplitudeWords } from "./units.js";

const DEAD_STRIP = 30;

/** packet: null while none has come. box: of all strips together; right: to where the rules between them go. */
export function paintStrips(context, { trace, packet, view, palette, gain, box, right }) {
  const heights = stripHeights(trace.channels, box.height);
  let top = box.top;
  trace.channels.forEach((channel, row) => {
    const strip = { ...box, top, height: heights[row] };
    top += heights[row];
    if (row > 0) paintRule(context, { y: strip.top, left: 0, right, colour: palette.line });
    paintStrip(context, { channel, name: channelWords(trace, packet?.components[row]?.channel ?? channel.channel), rateHz: trace.sampling_rate_hz, component: packet?.components[row], packet, view, palette, gain, box: strip });
  });
}

function paintStrip(context, { channel, name, rateHz, component, packet, view, palette, gain, box }) {
  const middle = box.top + box.height / 2;
  if (channel.dead) {
    paintText(context, name, { x: 12, y: middle, colour: palette.muted, font: "strong" });
    paintText(context, "dead component: it never moves", { x: box.left + 8, y: middle, colour: palette.muted, font: "small" });
    return;
  }
  paintText(context, name, { x: 12, y: middle - 8, colour: palette.text, font: "strong" });
  paintText(context, rateWords(rateHz), { x: 12, y: middle + 8, colour: palette.muted, font: "small" });
  paintGaps(context, { gaps: channel.gaps, view, box, palette });
  if (component === undefined) return;
  const reach = paintWaveform(context, { packet, values: component.values, view, box, gain, colour: palette.waveform });
  if (reach > 0) paintText(context, amplitudeWords(reach, packet.unit), { x: box.left + 6, y: box.top + 10, colour: palette.muted, font: "small", ground: palette.page });
}

/** Dead components get a line of text, live ones share what is left. */
function stripHeights(channels, height) {
  const dead = channels.filter((channel) => channel.dead).length;
  if (dead === channels.length) return channels.map(() => height / channels.length);
  const live = (height - dead * DEAD_STRIP) / (channels.length - dead);
  return channels.map((channel) => (channel.dead ? DEAD_STRIP : live));
}

export function rateWords(rateHz) {
  return `${Number(rateHz.toFixed(2))} Hz`;
}
