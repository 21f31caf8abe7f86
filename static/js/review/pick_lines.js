// The lines of the picks across the strips, the proposal's interval behind them, and their names above.

import { paintBand, paintLine, paintText, textWidth } from "./drawing.js";
import { signed } from "./geometry.js";

/** What lies behind the waveforms: the proposal's 90 % interval. box: of strips and posterior together. */
export function paintInterval(context, { item, view, palette, box }) {
  const { proposal } = item;
  if (proposal?.lower_s == null) return;
  paintBand(context, { view, fromS: proposal.lower_s, toS: proposal.upper_s, box, colour: palette.proposed, opacity: 0.16 });
}

/** All picks. box: of the strips; tall: with the posterior under them; nameY: where their names stand. */
export function paintPicks(context, { item, view, palette, box, tall, nameY }) {
  const names = [...otherPicks(context, { item, view, palette, box }), ...judgedPick(context, { item, view, palette, tall }), ...pickNow(context, { item, view, palette, tall })];
  nameLines(context, names, box, nameY);
}

function otherPicks(context, { item, view, palette, box }) {
  const names = [];
  for (const other of item.others) {
    if (other.is_removed) continue;
    const x = paintLine(context, { view, timeS: other.offset_s, box, colour: palette.muted, width: 1, dash: [2, 3] });
    if (x !== null) names.push({ x, text: other.phase_hint || "pick", colour: palette.muted, side: "right", rank: 2 });
  }
  return names;
}

/** The label that the run judged and what it proposes instead. */
function judgedPick(context, { item, view, palette, tall }) {
  const names = [];
  const { proposal, label } = item;
  const labelX = paintLine(context, { view, timeS: label.offset_s, box: tall, colour: palette.catalog, width: 2, dash: [6, 4] });
  const proposedX = proposal?.offset_s == null ? null : paintLine(context, { view, timeS: proposal.offset_s, box: tall, colour: palette.proposed, width: 2 });
  const proposedLeft = proposal?.offset_s == null || proposal.offset_s <= label.offset_s;
  if (labelX !== null) names.push({ x: labelX, text: `${label.phase} catalog`, colour: palette.catalog, side: proposedLeft ? "right" : "left", rank: 0 });
  if (proposedX !== null) {
    const text = `${proposal.phase} ${proposal.action === "add" ? "missed" : "proposed"} ${signed(proposal.shift_s, 2)} s`;
    names.push({ x: proposedX, text, colour: palette.proposed, side: proposedLeft ? "left" : "right", rank: 1 });
  }
  return names;
}

/** Where a decision has put the pick since the run judged it. */
function pickNow(context, { item, view, palette, tall }) {
  const now = item.pick_state;
  if (now.revision === 0 || now.is_removed || Math.abs(now.offset_s - item.label.offset_s) <= 1e-4) return [];
  const x = paintLine(context, { view, timeS: now.offset_s, box: tall, colour: palette.text, width: 1.5, dash: [1, 3] });
  return x === null ? [] : [{ x, text: `${now.phase_hint} now`, colour: palette.text, side: "right", rank: 3 }];
}

/** Writes the names of the lines above the strips, leaving out the less important one where two would overlap. */
function nameLines(context, names, box, y) {
  const taken = [];
  for (const { x, text, colour, side } of names.sort((a, b) => a.rank - b.rank)) {
    const width = textWidth(context, text);
    const fits = (left) => left >= box.left - 40 && left + width <= box.left + box.width && taken.every(([from, to]) => left > to || left + width < from);
    const places = side === "left" ? [x - 6 - width, x + 6] : [x + 6, x - 6 - width];
    const left = places.find(fits);
    if (left === undefined) continue;
    taken.push([left - 4, left + width + 4]);
    paintText(context, text, { x: left, y, colour });
  }
}
