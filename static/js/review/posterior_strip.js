// Under the components, on their time axis: the pick posterior, and how well the label would fit the waveform elsewhere.

import { paintCurve, paintLine, paintRule, paintText } from "./drawing.js";
import { signed, timeToX } from "./geometry.js";

const SHARP_PER_S = 2; // a posterior that is nowhere denser than this looks as flat as it is

/** Height that the strip wants of a figure, 0 where the item has neither curve. */
export function posteriorHeight(item, height) {
  const hasCurve = Boolean(item?.posterior ?? item?.alignment?.values.length);
  return hasCurve ? Math.min(64, Math.max(40, height * 0.11)) : 0;
}

export function paintPosterior(context, { item, view, palette, box }) {
  const hasAlignment = Boolean(item.alignment?.values.length);
  const zeroS = item.label.offset_s;
  const middle = box.top + box.height / 2;
  paintText(context, "P(t)", { x: 12, y: middle - (hasAlignment ? 8 : 0), colour: palette.muted, font: "small" });
  if (item.posterior !== null) {
    paintRule(context, { y: box.top + box.height - 4, left: box.left, right: box.left + box.width, colour: palette.proposed });
    paintCurve(context, { curve: item.posterior, zeroS, view, box, colour: palette.proposed, fill: true, top: SHARP_PER_S * item.posterior.step_s });
  }
  if (item.proposal === null && item.posterior?.networks_s != null) paintNetworks(context, { item, view, palette, box });
  if (hasAlignment) {
    paintText(context, "alignment", { x: 12, y: middle + 8, colour: palette.alignment, font: "small" });
    paintCurve(context, { curve: item.alignment, zeroS, view, box, colour: palette.alignment, fill: false, dash: [4, 3] });
  }
  if (item.alignment?.best_s != null) paintWedge(context, { x: timeToX(view, zeroS + item.alignment.best_s, box.left, box.width), box, colour: palette.alignment });
}

/** Where the networks see the arrival, where nobody is sure enough to propose it. */
function paintNetworks(context, { item, view, palette, box }) {
  const shiftS = item.posterior.networks_s;
  const x = paintLine(context, { view, timeS: item.label.offset_s + shiftS, box, colour: palette.proposed, width: 1.5, dash: [2, 3] });
  if (x === null) return;
  const isFar = x > box.left + box.width - 120;
  paintText(context, `networks ${signed(shiftS, 2)} s`, { x: isFar ? x - 5 : x + 5, y: box.top + 9, colour: palette.proposed, align: isFar ? "right" : "left", font: "small", ground: palette.page });
}

function paintWedge(context, { x, box, colour }) {
  if (x < box.left || x > box.left + box.width) return;
  const bottom = box.top + box.height;
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x, bottom - 8);
  context.lineTo(x + 5, bottom - 1);
  context.lineTo(x - 5, bottom - 1);
  context.fill();
}
