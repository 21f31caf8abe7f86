// The event's stations as a record section: one vertical trace each, in rows aligned on P or at their distances, with picks and moveout.

import { moveoutAt } from "./event_change.js";
import { GUTTER, fitCanvas, paintAxis, paintLine, paintRule, paintText, paintWaveform, readPalette } from "./drawing.js";
import { timeToX } from "./geometry.js";
import { alignedRows, distanceRows, firstSectionView, hasDistances, placeRows, ROW, seenRows, zoomed } from "./section_layout.js";

const AXIS = 18;

/** scroller: the element that scrolls the canvas's rows. needs(rows, view): the rows that are seen, whenever that changes. */
export function makeRecordSection({ canvas, scroller, spacer, needs }) {
  let palette = readPalette(canvas);
  let event = null;
  let rows = [];
  let view = null;
  let byDistance = false;
  let marks = []; // of this pick: [{phase, offsetS, name}]
  let packets = new Map();
  let frame = 0;
  let drag = null;

  function schedule() {
    if (!frame) frame = requestAnimationFrame(paint);
  }

  /** Rows by distance need all that is seen; rows in order are scrolled. */
  function arrange() {
    const wanted = byDistance || event === null ? 0 : rows.length * ROW + AXIS - scroller.clientHeight;
    spacer.style.height = `${Math.max(0, wanted)}px`;
  }

  function placed() {
    return seenRows(placeRows(rows, { byDistance, height: canvas.clientHeight - AXIS, scrolled: scroller.scrollTop }), canvas.clientHeight - AXIS);
  }

  function changed() {
    arrange();
    schedule();
    if (event !== null && canvas.clientHeight > 0) needs(placed().map(({ row }) => row).filter((row) => row.waveform_url !== null && row.zeroS !== null), view);
  }

  function paint() {
    frame = 0;
    const { context, width, height } = fitCanvas(canvas);
    if (height === 0 || event === null || rows.length === 0) return;
    const left = GUTTER + 30;
    let named = -Infinity;
    for (const { row, top, height: tall } of placed()) {
      const box = { left, top, width: width - left, height: tall };
      if (row.is_here) paintGround(context, { ...box, left: 0, width });
      if (!byDistance && top > 0) paintRule(context, { y: top, left: 0, right: width, colour: palette.line });
      paintRow(context, row, box);
      if (!row.is_here && top - named < 12) continue; // names of stations at one distance would be written over each other
      named = top;
      paintName(context, row, box);
    }
    if (byDistance) paintMoveout(context, { left, width: width - left, height: height - AXIS });
    context.clearRect(0, height - AXIS, width, AXIS);
    paintAxis(context, { view, zeroS: 0, box: { left, top: height - AXIS, width: width - left, height: AXIS }, palette });
  }

  function paintGround(context, { left, top, width, height }) {
    context.fillStyle = palette.ground;
    context.fillRect(left, top, width, height);
  }

  function paintName(context, row, box) {
    const middle = box.top + box.height / 2;
    const where = row.distance_km === null ? row.channel : `${row.distance_km.toFixed(0)} km`;
    const isTall = !byDistance;
    paintText(context, `${row.is_here ? "▸ " : ""}${row.station}`, { x: 10, y: isTall ? middle - 8 : middle, colour: palette.text, font: row.is_here ? "strong" : "small" });
    if (isTall) paintText(context, where, { x: 10, y: middle + 8, colour: palette.muted, font: "small" });
  }

  function paintRow(context, row, box) {
    const packet = packets.get(row.waveform_url);
    const onTrace = row.zeroS === null ? null : { startS: row.zeroS + view.startS, endS: row.zeroS + view.endS };
    if (packet && onTrace) paintWaveform(context, { packet, values: packet.components[0].values, view: onTrace, box, gain: 0.9, colour: palette.waveform });
    const inner = { ...box, top: box.top + 4, height: box.height - 8 };
    if (!byDistance) for (const phase of ["P", "S"]) paintExpected(context, row, phase, inner);
    for (const pick of row.picks) paintPick(context, row, pick, inner);
    if (row.is_here && onTrace) paintMarks(context, onTrace, inner);
  }

  /** Theoretical arrivals: a short tick from above and from below, which no pick looks like. */
  function paintExpected(context, row, phase, box) {
    const timeS = moveoutAt(event.moveout, phase, row.distance_km);
    if (timeS === null || row.start_s === null || row.zeroS === null) return;
    const at = { view, timeS: timeS - row.start_s - row.zeroS, colour: palette.alignment, width: 2 };
    paintLine(context, { ...at, box: { ...box, height: 6 } });
    paintLine(context, { ...at, box: { ...box, top: box.top + box.height - 6, height: 6 } });
  }

  function paintPick(context, row, pick, box) {
    // A station without waveform has its picks on the event's clock.
    const timeS = row.zeroS !== null ? pick.offset_s - row.zeroS : byDistance ? pick.at_s : null;
    if (timeS === null) return;
    const x = paintLine(context, { view, timeS, box, colour: palette.catalog, width: 1.5, dash: pick.phase === "P" ? [5, 3] : [2, 3] });
    if (x !== null && !byDistance) paintText(context, pick.phase_hint, { x: x + 5, y: box.top + 5, colour: palette.catalog, font: "small", ground: palette.page });
  }

  function paintMarks(context, onTrace, box) {
    for (const { name, offsetS } of marks) {
      const colour = name === "proposal" ? palette.proposed : palette.cursor;
      if (name !== "now") paintLine(context, { view: onTrace, timeS: offsetS, box, colour, width: 2 });
    }
  }

  function paintMoveout(context, { left, width, height }) {
    if (event.moveout === null) return;
    const [first, last] = [rows[0], rows.at(-1)];
    const [top, bottom] = [first, last].map((row) => {
      const one = placeRows(rows, { byDistance, height, scrolled: 0 }).find((each) => each.row === row);
      return one.top + one.height / 2;
    });
    const perKm = last.distance_km > first.distance_km ? (bottom - top) / (last.distance_km - first.distance_km) : 0;
    for (const phase of ["P", "S"]) {
      context.save();
      context.strokeStyle = palette.alignment;
      context.lineWidth = 1.3;
      context.setLineDash(phase === "P" ? [] : [6, 3]);
      context.beginPath();
      context.rect(left, 0, width, height);
      context.clip();
      context.beginPath();
      event.moveout.distance_km.forEach((distance, index) => {
        context.lineTo(timeToX(view, event.moveout[phase][index], left, width), top + (distance - first.distance_km) * perKm);
      });
      context.stroke();
      context.restore();
    }
  }

  function setView(next) {
    view = next;
    changed();
  }

  scroller.addEventListener("scroll", changed);
  new ResizeObserver(changed).observe(scroller);
  canvas.addEventListener("wheel", (turn) => {
    if (view === null || !(turn.ctrlKey || turn.shiftKey)) return; // bare, it scrolls the rows
    turn.preventDefault();
    const left = GUTTER + 30;
    const atS = view.startS + ((turn.offsetX - left) / (canvas.clientWidth - left)) * (view.endS - view.startS);
    setView(zoomed(view, Math.exp((turn.deltaY || turn.deltaX) / 400), atS));
  }, { passive: false });
  canvas.addEventListener("pointerdown", (press) => {
    if (view === null || press.button !== 0) return;
    drag = { x: press.clientX, view };
    canvas.setPointerCapture(press.pointerId);
  });
  canvas.addEventListener("pointermove", (move) => {
    if (drag === null) return;
    const perPixelS = (drag.view.endS - drag.view.startS) / Math.max(canvas.clientWidth - GUTTER - 30, 1);
    const byS = (drag.x - move.clientX) * perPixelS;
    setView({ startS: drag.view.startS + byS, endS: drag.view.endS + byS });
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { drag = null; });

  function layOut() {
    rows = event === null ? [] : byDistance ? distanceRows(event) : alignedRows(event);
    view = event === null ? null : firstSectionView(rows, byDistance);
    const here = rows.findIndex((row) => row.is_here);
    arrange();
    scroller.scrollTop = byDistance || here < 0 ? 0 : Math.max(0, here * ROW - (scroller.clientHeight - ROW) / 2);
    changed();
  }

  return {
    /** next: null for none. wantsDistance: drawn so only where distances are known. */
    show(next, wantsDistance) {
      event = next;
      packets = new Map();
      byDistance = wantsDistance && next !== null && hasDistances(next);
      layOut();
    },
    setPacket(row, packet) {
      packets.set(row.waveform_url, packet);
      schedule();
    },
    setMarks(next) {
      marks = next;
      schedule();
    },
    zoom(factor) {
      if (view !== null) setView(zoomed(view, factor));
    },
    refresh: changed,
    themeChanged() {
      palette = readPalette(canvas);
      schedule();
    },
  };
}
