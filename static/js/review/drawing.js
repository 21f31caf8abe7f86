// Paints waveforms, picks, posterior and axis on a canvas context. Knows boxes and colours, nothing of the page.

import { ticks, timeToX } from "./geometry.js";
import { columnsOf, gapsInView, indexRange, reachOf } from "./waveform_data.js";

export const GUTTER = 70;
const FONT = '12px system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
const SMALL = '11px system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
const STRONG = '600 12px system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

/** Colours from the page's design tokens, so that both themes are told in one place. */
export function readPalette(element) {
  const style = getComputedStyle(element);
  const token = (name) => style.getPropertyValue(name).trim();
  return {
    page: token("--page"),
    ground: token("--ground"),
    line: token("--line"),
    lineStrong: token("--line-strong"),
    text: token("--text"),
    muted: token("--text-muted"),
    waveform: token("--waveform"),
    catalog: token("--catalog-pick"),
    proposed: token("--proposed-pick"),
    cursor: token("--focus"),
    alignment: token("--series-4"),
  };
}

/** Sizes the canvas for the screen's pixel density; returns a context in CSS pixels, wiped. */
export function fitCanvas(canvas) {
  const density = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const wanted = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== wanted[0] || canvas.height !== wanted[1]) [canvas.width, canvas.height] = wanted;
  const context = canvas.getContext("2d");
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** One waveform in a box {left, top, width, height}. Returns its reach, 0 where nothing moves. */
export function paintWaveform(context, { packet, values, view, box, gain, colour }) {
  const { middle, reach } = reachOf(packet, values, view);
  if (reach === 0) return 0;
  const centre = box.top + box.height / 2;
  const scale = (gain * 0.46 * box.height) / reach;
  const y = (value) => centre - (value - middle) * scale;
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.lineJoin = "round";
  context.beginPath();
  const { from, to, perValueS } = indexRange(packet, values, view);
  if ((to - from) / box.width > 2) traceColumns(context, columnsOf(packet, values, view, Math.round(box.width)), box, y);
  else traceLine(context, { packet, values, view, box, from, to, perValueS }, y);
  context.stroke();
  context.restore();
  return reach;
}

function traceColumns(context, { least, greatest }, box, y) {
  let drawing = false;
  for (let column = 0; column < least.length; column += 1) {
    if (least[column] !== least[column]) {
      drawing = false;
      continue;
    }
    const x = box.left + column + 0.5;
    if (drawing) context.lineTo(x, y(greatest[column]));
    else context.moveTo(x, y(greatest[column]));
    context.lineTo(x, y(least[column]));
    drawing = true;
  }
}

function traceLine(context, { packet, values, view, box, from, to, perValueS }, y) {
  let drawing = false;
  for (let index = from; index < to; index += 1) {
    if (values[index] !== values[index]) {
      drawing = false;
      continue;
    }
    const x = timeToX(view, packet.startS + index * perValueS, box.left, box.width);
    if (drawing) context.lineTo(x, y(values[index]));
    else context.moveTo(x, y(values[index]));
    drawing = true;
  }
}

/** Hatched stretches where the trace has no samples. */
export function paintGaps(context, { gaps, view, box, palette }) {
  for (const [startS, endS] of gapsInView(gaps, view)) {
    const left = timeToX(view, startS, box.left, box.width);
    const right = timeToX(view, endS, box.left, box.width);
    context.save();
    context.beginPath();
    context.rect(left, box.top + 1, right - left, box.height - 2);
    context.clip();
    context.fillStyle = palette.ground;
    context.fill();
    context.strokeStyle = palette.lineStrong;
    context.lineWidth = 1;
    context.beginPath();
    for (let x = left - box.height; x < right; x += 9) {
      context.moveTo(x, box.top + box.height);
      context.lineTo(x + box.height, box.top);
    }
    context.stroke();
    if (right - left > 34) paintText(context, "gap", { x: (left + right) / 2, y: box.top + box.height / 2, colour: palette.muted, align: "center", ground: palette.ground });
    context.restore();
  }
}

/** A line through a box at a time. dash: [] for solid. */
export function paintLine(context, { view, timeS, box, colour, width = 2, dash = [] }) {
  const x = timeToX(view, timeS, box.left, box.width);
  if (x < box.left - 1 || x > box.left + box.width + 1) return null;
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(x, box.top);
  context.lineTo(x, box.top + box.height);
  context.stroke();
  context.restore();
  return x;
}

export function paintBand(context, { view, fromS, toS, box, colour, opacity }) {
  const left = Math.max(box.left, timeToX(view, fromS, box.left, box.width));
  const right = Math.min(box.left + box.width, timeToX(view, toS, box.left, box.width));
  if (right <= left) return;
  context.save();
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.fillRect(left, box.top, Math.max(right - left, 1), box.height);
  context.restore();
}

export function paintText(context, text, { x, y, colour, align = "left", font = "", ground = "" }) {
  context.save();
  context.font = { small: SMALL, strong: STRONG }[font] ?? FONT;
  context.textBaseline = "middle";
  context.textAlign = align;
  if (ground) {
    const width = context.measureText(text).width;
    const left = align === "right" ? x - width : align === "center" ? x - width / 2 : x;
    context.fillStyle = ground;
    context.globalAlpha = 0.85;
    context.fillRect(left - 3, y - 8, width + 6, 16);
    context.globalAlpha = 1;
  }
  context.fillStyle = colour;
  context.fillText(text, x, y);
  context.restore();
}

export function textWidth(context, text) {
  context.save();
  context.font = FONT;
  const { width } = context.measureText(text);
  context.restore();
  return width;
}

/** A curve over time, its greatest value (or `top`, if that is more) reaching the top. curve: {first_s, step_s, values} in seconds from zeroS. */
export function paintCurve(context, { curve, zeroS, view, box, colour, fill, dash = [], top = -Infinity }) {
  const { values } = curve;
  let least = fill ? 0 : Infinity;
  let greatest = top;
  for (const value of values) {
    if (value > greatest) greatest = value;
    if (!fill && value < least) least = value;
  }
  if (!(greatest > least)) return;
  const base = box.top + box.height - 3;
  const y = (value) => base - ((value - least) / (greatest - least)) * (box.height - 8);
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1.3;
  context.setLineDash(dash);
  context.beginPath();
  values.forEach((value, index) => {
    const x = timeToX(view, zeroS + curve.first_s + index * curve.step_s, box.left, box.width);
    if (index === 0) context.moveTo(x, y(value));
    else context.lineTo(x, y(value));
  });
  context.stroke();
  if (fill) {
    context.lineTo(timeToX(view, zeroS + curve.first_s + (values.length - 1) * curve.step_s, box.left, box.width), base);
    context.lineTo(timeToX(view, zeroS + curve.first_s, box.left, box.width), base);
    context.closePath();
    context.globalAlpha = 0.4;
    context.fillStyle = colour;
    context.fill();
  }
  context.restore();
}

/** The time axis along the top of a box, told from zeroS. begin: what is said of its left end. */
export function paintAxis(context, { view, zeroS, box, palette, begin = "" }) {
  const y = box.top + box.height / 2;
  const firstX = box.left + (begin ? 126 : 12);
  if (begin) paintText(context, begin, { x: box.left, y, colour: palette.muted, font: "small" });
  for (const tick of ticks(view, zeroS, Math.max(2, Math.floor(box.width / 74)))) {
    const x = timeToX(view, tick.timeS, box.left, box.width);
    if (x < firstX || x > box.left + box.width - 16) continue;
    paintText(context, `${tick.text} s`, { x, y, colour: palette.muted, align: "center", font: "small" });
  }
}

export function paintRule(context, { y, left, right, colour }) {
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, Math.round(y) + 0.5);
  context.lineTo(right, Math.round(y) + 0.5);
  context.stroke();
  context.restore();
}
