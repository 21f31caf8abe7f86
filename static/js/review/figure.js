// The waveform panel: three strips, the posterior under them, one time axis; wheel, drag, click and keys. Two canvases: what is drawn
// once for a view, and above it the cursor, which moves with every key press.

import {
  GUTTER, fitCanvas, paintAxis, paintBand, paintCurve, paintGaps, paintLine, paintRule, paintText, paintWaveform, readPalette, textWidth,
} from "./drawing.js";
import { firstView, panBy, signed, spanS, timeToX, xToTime, zoomAt } from "./geometry.js";
import { bestFor } from "./waveform_data.js";

const AXIS = 22;
const TOP = 20; // above the first strip, for the names of the picks
const DEAD_STRIP = 30;
const SHARP_PER_S = 2; // a posterior that is nowhere denser than this looks as flat as it is

/** needs(view, coversAll): called whenever a view is shown, to tell its width and fetch what it lacks. */
export function makeFigure({ canvas, overlay, needs }) {
  let palette = readPalette(canvas);
  let item = null;
  let packets = [];
  let view = null;
  let home = null;
  let gain = 1;
  let cursorS = null;
  let message = "";
  let frame = 0;
  let painted = null;

  function plot(width) {
    return { left: GUTTER, width: Math.max(width - GUTTER, 1) };
  }

  function schedule() {
    if (!frame) frame = requestAnimationFrame(paint);
  }

  function layout(height) {
    const hasCurve = Boolean(item?.posterior ?? item?.alignment?.values.length);
    const curve = hasCurve ? Math.min(64, Math.max(40, height * 0.11)) : 0;
    const strips = height - TOP - AXIS - curve;
    return { strips, curve, hasCurve };
  }

  function paint() {
    frame = 0;
    const { context, width, height } = fitCanvas(canvas);
    const { left, width: plotWidth } = plot(width);
    if (item === null || view === null || message) {
      if (message) paintText(context, message, { x: width / 2, y: height / 2, colour: palette.muted, align: "center" });
      paintCursor();
      return;
    }
    const best = bestFor(packets, view);
    const { strips, curve, hasCurve } = layout(height);
    const channels = item.trace.channels;
    const heights = stripHeights(channels, strips);
    const all = { left, top: TOP, width: plotWidth, height: strips };
    paintPicksBehind(context, { left, top: TOP, width: plotWidth, height: strips + curve });
    let top = TOP;
    channels.forEach((channel, row) => {
      const box = { left, top, width: plotWidth, height: heights[row] };
      top += heights[row];
      if (row > 0) paintRule(context, { y: box.top, left: 0, right: width, colour: palette.line });
      paintStrip(context, { channel, component: best?.packet.components[row], packet: best?.packet, box });
    });
    paintPicks(context, all, strips + curve);
    paintRule(context, { y: TOP + strips, left: 0, right: width, colour: palette.line });
    if (hasCurve) paintPosterior(context, { left, top: TOP + strips, width: plotWidth, height: curve });
    paintRule(context, { y: height - AXIS, left: 0, right: width, colour: palette.line });
    paintAxis(context, { view, zeroS: item.label.offset_s, box: { left, top: height - AXIS, width: plotWidth, height: AXIS }, palette });
    paintCursor();
    if (best !== null && painted !== null) {
      painted();
      painted = null;
    }
  }

  function paintStrip(context, { channel, component, packet, box }) {
    const middle = box.top + box.height / 2;
    if (channel.dead) {
      paintText(context, channel.channel, { x: 12, y: middle, colour: palette.muted, font: "strong" });
      paintText(context, "dead component: it never moves", { x: box.left + 8, y: middle, colour: palette.muted, font: "small" });
      return;
    }
    paintText(context, channel.channel, { x: 12, y: middle - 8, colour: palette.text, font: "strong" });
    paintText(context, rateWords(item.trace.sampling_rate_hz), { x: 12, y: middle + 8, colour: palette.muted, font: "small" });
    paintGaps(context, { gaps: channel.gaps, view, box, palette });
    if (component === undefined) return;
    paintWaveform(context, { packet, values: component.values, view, box, gain, colour: palette.waveform });
  }

  function paintPicksBehind(context, box) {
    const { proposal } = item;
    if (proposal?.lower_s != null) {
      paintBand(context, { view, fromS: proposal.lower_s, toS: proposal.upper_s, box, colour: palette.proposed, opacity: 0.16 });
    }
  }

  function paintPicks(context, box, height) {
    const tall = { ...box, height };
    const labels = [];
    for (const other of item.others) {
      if (other.is_removed) continue;
      const x = paintLine(context, { view, timeS: other.offset_s, box, colour: palette.muted, width: 1, dash: [2, 3] });
      if (x !== null) labels.push({ x, text: other.phase_hint || "pick", colour: palette.muted, side: "right", rank: 2 });
    }
    const now = item.pick_state;
    const labelX = paintLine(context, { view, timeS: item.label.offset_s, box: tall, colour: palette.catalog, width: 2, dash: [6, 4] });
    const { proposal } = item;
    const proposedX = proposal?.offset_s == null ? null : paintLine(context, { view, timeS: proposal.offset_s, box: tall, colour: palette.proposed, width: 2 });
    const proposedLeft = proposal?.offset_s == null || proposal.offset_s <= item.label.offset_s;
    if (labelX !== null) labels.push({ x: labelX, text: `${item.label.phase} catalog`, colour: palette.catalog, side: proposedLeft ? "right" : "left", rank: 0 });
    if (proposedX !== null) {
      const text = `${proposal.phase} ${proposal.action === "add" ? "missed" : "proposed"} ${signed(proposal.shift_s, 2)} s`;
      labels.push({ x: proposedX, text, colour: palette.proposed, side: proposedLeft ? "left" : "right", rank: 1 });
    }
    if (now.revision > 0 && !now.is_removed && Math.abs(now.offset_s - item.label.offset_s) > 1e-4) {
      const x = paintLine(context, { view, timeS: now.offset_s, box: tall, colour: palette.text, width: 1.5, dash: [1, 3] });
      if (x !== null) labels.push({ x, text: `${now.phase_hint} now`, colour: palette.text, side: "right", rank: 3 });
    }
    nameLines(context, labels, box);
  }

  /** Writes the names of the lines above the strips, leaving out the less important one where two would overlap. */
  function nameLines(context, labels, box) {
    const taken = [];
    for (const { x, text, colour, side } of labels.sort((a, b) => a.rank - b.rank)) {
      const width = textWidth(context, text);
      const fits = (left) => left >= box.left - 40 && left + width <= box.left + box.width && taken.every(([from, to]) => left > to || left + width < from);
      const places = side === "left" ? [x - 6 - width, x + 6] : [x + 6, x - 6 - width];
      const left = places.find(fits);
      if (left === undefined) continue;
      taken.push([left - 4, left + width + 4]);
      paintText(context, text, { x: left, y: TOP / 2, colour });
    }
  }

  function paintPosterior(context, box) {
    paintText(context, "P(t)", { x: 12, y: box.top + box.height / 2 - (item.alignment?.values.length ? 8 : 0), colour: palette.muted, font: "small" });
    if (item.posterior !== null) {
      paintRule(context, { y: box.top + box.height - 4, left: box.left, right: box.left + box.width, colour: palette.proposed });
      paintCurve(context, { curve: item.posterior, zeroS: item.label.offset_s, view, box, colour: palette.proposed, fill: true, top: SHARP_PER_S * item.posterior.step_s });
    }
    if (item.alignment?.values.length) {
      paintText(context, "alignment", { x: 12, y: box.top + box.height / 2 + 8, colour: palette.alignment, font: "small" });
      paintCurve(context, { curve: item.alignment, zeroS: item.label.offset_s, view, box, colour: palette.alignment, fill: false, dash: [4, 3] });
    }
    if (item.alignment?.best_s != null) {
      const x = timeToX(view, item.label.offset_s + item.alignment.best_s, box.left, box.width);
      if (x >= box.left && x <= box.left + box.width) {
        context.fillStyle = palette.alignment;
        context.beginPath();
        context.moveTo(x, box.top + box.height - 8);
        context.lineTo(x + 5, box.top + box.height - 1);
        context.lineTo(x - 5, box.top + box.height - 1);
        context.fill();
      }
    }
  }

  function paintCursor() {
    const { context, width, height } = fitCanvas(overlay);
    if (item === null || view === null || cursorS === null) return;
    const { left, width: plotWidth } = plot(width);
    const box = { left, top: TOP, width: plotWidth, height: height - TOP - AXIS };
    const x = paintLine(context, { view, timeS: cursorS, box, colour: palette.cursor, width: 1.5 });
    if (x === null) return;
    const text = `${signed(cursorS - item.label.offset_s, cursorDigits())} s`;
    const align = x > width - 90 ? "right" : "left";
    paintText(context, text, { x: align === "left" ? x + 6 : x - 6, y: TOP + 10, colour: palette.cursor, align, ground: palette.page });
  }

  function cursorDigits() {
    return item.trace.sampling_rate_hz > 100 ? 3 : 2;
  }

  function setView(next) {
    view = next;
    schedule();
    if (item !== null && view !== null) needs(view, bestFor(packets, view)?.coversAll ?? false);
  }

  function setCursor(timeS) {
    if (item?.trace == null) return;
    const rate = item.trace.sampling_rate_hz;
    const grid = Math.round(timeS * rate) / rate;
    cursorS = Math.min(Math.max(grid, 0), item.trace.duration_s);
    paintCursor();
  }

  // --- mouse -------------------------------------------------------------------------------------------------------

  let drag = null;

  function timeAt(event) {
    const bounds = overlay.getBoundingClientRect();
    const { left, width } = plot(bounds.width);
    return xToTime(view, event.clientX - bounds.left, left, width);
  }

  overlay.addEventListener("wheel", (event) => {
    if (item?.trace == null || view === null || event.ctrlKey) return;
    event.preventDefault();
    const { duration_s: durationS, sampling_rate_hz: rate } = item.trace;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      setView(panBy(view, ((event.deltaX || event.deltaY) / 600) * spanS(view), durationS));
    } else {
      setView(zoomAt(view, timeAt(event), Math.exp(event.deltaY / 400), durationS, rate));
    }
  }, { passive: false });

  overlay.addEventListener("pointerdown", (event) => {
    if (item?.trace == null || view === null || event.button !== 0) return;
    drag = { x: event.clientX, view, hasMoved: false };
    overlay.setPointerCapture(event.pointerId);
  });
  overlay.addEventListener("pointermove", (event) => {
    if (drag === null) return;
    const distance = event.clientX - drag.x;
    if (!drag.hasMoved && Math.abs(distance) < 4) return;
    drag.hasMoved = true;
    overlay.classList.add("is-dragged");
    setView(panBy(drag.view, (-distance / plot(overlay.clientWidth).width) * spanS(drag.view), item.trace.duration_s));
  });
  overlay.addEventListener("pointerup", (event) => {
    if (drag !== null && !drag.hasMoved) setCursor(timeAt(event));
    drag = null;
    overlay.classList.remove("is-dragged");
  });
  overlay.addEventListener("pointercancel", () => { drag = null; });
  overlay.addEventListener("dblclick", () => reset());

  new ResizeObserver(schedule).observe(canvas);

  function reset() {
    gain = 1;
    if (home !== null) setView(home);
  }

  return {
    /** Shows another item; its packets follow. whenPainted: called once, when its waveform is on the screen. */
    show(next, nextPackets, whenPainted = null) {
      const isSame = item !== null && next?.flag === item.flag && view !== null;
      item = next?.trace ? next : null;
      packets = nextPackets;
      painted = whenPainted;
      message = next && !next.trace ? next.unscored || "There is no waveform for this pick." : "";
      home = item === null ? null : firstView(item.label.offset_s, item.proposal?.offset_s, item.trace.duration_s);
      if (!isSame) {
        view = home;
        cursorS = null;
        gain = 1;
      }
      // Painted at once, not in the next frame: from key press to waveform every frame counts.
      if (frame) cancelAnimationFrame(frame);
      paint();
      if (item !== null) needs(view, bestFor(packets, view)?.coversAll ?? false);
    },
    setPackets(next) {
      packets = next;
      if (packets.length > 0) message = "";
      schedule();
    },
    say(text) {
      message = text;
      schedule();
    },
    themeChanged() {
      palette = readPalette(canvas);
      schedule();
    },
    cursor: () => cursorS,
    moveCursor(samples) {
      if (item?.trace == null) return;
      const from = cursorS ?? item.pick_state.offset_s ?? item.label.offset_s;
      setCursor(from + samples / item.trace.sampling_rate_hz);
    },
    amplitude(factor) {
      gain = Math.min(Math.max(gain * factor, 0.1), 200);
      schedule();
    },
    zoom(factor) {
      if (item?.trace == null) return;
      const around = cursorS ?? item.label.offset_s;
      const inView = around > view.startS && around < view.endS ? around : (view.startS + view.endS) / 2;
      setView(zoomAt(view, inView, factor, item.trace.duration_s, item.trace.sampling_rate_hz));
    },
    pan(share) {
      if (item?.trace != null) setView(panBy(view, share * spanS(view), item.trace.duration_s));
    },
    reset,
    view: () => view,
  };
}

/** Dead components get a line of text, live ones share what is left. */
function stripHeights(channels, height) {
  const dead = channels.filter((channel) => channel.dead).length;
  if (dead === channels.length) return channels.map(() => height / channels.length);
  const live = (height - dead * DEAD_STRIP) / (channels.length - dead);
  return channels.map((channel) => (channel.dead ? DEAD_STRIP : live));
}

function rateWords(rateHz) {
  return `${Number(rateHz.toFixed(2))} Hz`;
}
