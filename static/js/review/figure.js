// The waveform panel: three strips, the posterior under them, one time axis. Two canvases: what is drawn once for a view, and above it the
// cursor, which moves with every key press.

import { utcWords } from "./clock.js";
import { digitsFor, narrowed, nudged, openedTo, placed, resolvedStepS, uncertaintyWords, widened } from "./cursor.js";
import { GUTTER, fitCanvas, paintAxis, paintBand, paintLine, paintRule, paintText, readPalette } from "./drawing.js";
import { cursorWords, figureWords, makeSpeaker } from "./figure_words.js";
import { filterWords } from "./filters.js";
import { firstView, panBy, signed, spanS, spanWords, timeToX, xToTime, zoomAt } from "./geometry.js";
import { paintInterval, paintPicks } from "./pick_lines.js";
import { wirePointer } from "./pointer.js";
import { paintPosterior, posteriorHeight } from "./posterior_strip.js";
import { SPECTROGRAM_SHARE, paintSpectrogram } from "./spectrogram_strip.js";
import { paintStrips } from "./strips.js";
import { paintArrivals } from "./theory.js";
import { bestFor } from "./waveform_data.js";

const AXIS = 22;
const TOP = 20; // above the first strip, for the names of the picks

/** needs(view, coversAll): called whenever a view is shown, to tell its width and fetch what it lacks. spoken: an element whose text is read out. */
export function makeFigure({ canvas, overlay, spoken, needs }) {
  let palette = readPalette(canvas);
  let item = null;
  let packets = [];
  let rawPackets = null;
  let arrivals = [];
  let view = null;
  let home = null;
  let gain = 1;
  let cursor = null;
  let message = "";
  let frame = 0;
  let painted = null;
  const describe = makeSpeaker((words) => canvas.setAttribute("aria-label", words));
  const speak = makeSpeaker((words) => { spoken.textContent = words; });

  const isReady = () => item !== null && view !== null;

  function plot(width) {
    return { left: GUTTER, width: Math.max(width - GUTTER, 1) };
  }

  function schedule() {
    if (!frame) frame = requestAnimationFrame(paint);
  }

  function paint() {
    frame = 0;
    const began = performance.now();
    describe(() => (isReady() && !message ? figureWords(item, view, packetInView(), rawPackets !== null) : message || "No waveform"));
    const { context, width, height } = fitCanvas(canvas);
    if (!isReady() || message) {
      if (message) paintText(context, message, { x: width / 2, y: height / 2, colour: palette.muted, align: "center" });
      paintCursor();
      return;
    }
    const packet = packetInView();
    const curve = posteriorHeight(item, height);
    const all = height - TOP - AXIS - curve;
    const spectrum = rawPackets === null ? 0 : Math.round(all * SPECTROGRAM_SHARE);
    const box = { ...plot(width), top: TOP, height: all - spectrum };
    const tall = { ...box, height: all + curve };
    const bottom = box.top + all;
    paintInterval(context, { item, view, palette, box: tall });
    paintStrips(context, { trace: item.trace, packet, view, palette, gain, box, right: width });
    paintArrivals(context, { arrivals, view, palette, box });
    if (packet !== null) sayFilter(context, packet, box);
    if (spectrum > 0) paintSpectrogram(context, { trace: item.trace, packets: rawPackets, view, palette, box: { ...box, top: box.top + box.height, height: spectrum } });
    paintPicks(context, { item, view, palette, box, tall, nameY: TOP / 2 });
    paintRule(context, { y: bottom, left: 0, right: width, colour: palette.line });
    if (curve > 0) paintPosterior(context, { item, view, palette, box: { ...box, top: bottom, height: curve } });
    paintRule(context, { y: height - AXIS, left: 0, right: width, colour: palette.line });
    paintText(context, spanWords(spanS(view)), { x: 12, y: height - AXIS / 2, colour: palette.muted, font: "small" });
    const begin = utcWords(item.trace, view.startS, Math.min(3, digitsFor(spanS(view) / 100)));
    paintAxis(context, { view, zeroS: item.label.offset_s, box: { ...box, top: height - AXIS, height: AXIS }, palette, begin: begin && `${begin} UTC` });
    paintCursor();
    if (packet !== null) sayPainted(began);
  }

  const packetInView = () => bestFor(packets, view)?.packet ?? null;

  function sayFilter(context, packet, box) {
    const cutsNothing = packet.passesHz?.[1] === null;
    const colour = cutsNothing ? palette.text : palette.muted;
    paintText(context, filterWords(packet), { x: box.left + box.width - 8, y: box.top + box.height - 9, colour, align: "right", font: "small", ground: palette.page });
  }

  /** Whether all that is shown of a view has arrived. */
  function coversAll() {
    return [packets, rawPackets ?? packets].every((some) => bestFor(some, view)?.coversAll ?? false);
  }

  /** For `make bench`: how long a frame took and what it showed, told to whoever observes and not kept. */
  function sayPainted(began) {
    performance.measure("repick-frame", { start: began, detail: { spanS: spanS(view), coversAll: coversAll() } });
    performance.clearMeasures("repick-frame");
    painted?.();
    painted = null;
  }

  function paintCursor() {
    const { context, width, height } = fitCanvas(overlay);
    if (!isReady() || cursor === null) return;
    const box = { ...plot(width), top: TOP, height: height - TOP - AXIS };
    const { offset_s: timeS, uncertainty_s: uncertaintyS } = cursor;
    if (uncertaintyS !== null) {
      const [fromS, toS] = [timeS - uncertaintyS, timeS + uncertaintyS];
      paintBand(context, { view, fromS, toS, box, colour: palette.cursor, opacity: 0.2 });
      for (const edgeS of [fromS, toS]) paintLine(context, { view, timeS: edgeS, box, colour: palette.cursor, width: 1, dash: [1, 2] });
    }
    const x = paintLine(context, { view, timeS, box, colour: palette.cursor, width: 1.5 });
    if (x === null) return;
    const place = `${signed(timeS - item.label.offset_s, digitsFor(stepS()))} s`;
    const text = [place, uncertaintyS === null ? "" : uncertaintyWords(uncertaintyS), utcWords(item.trace, timeS, digitsFor(stepS()))].filter(Boolean).join("  ");
    const align = x > width - 230 ? "right" : "left";
    paintText(context, text, { x: align === "left" ? x + 6 : x - 6, y: TOP + 10, colour: palette.cursor, align, ground: palette.page });
  }

  function setView(next) {
    view = next;
    schedule();
    if (isReady()) needs(view, coversAll());
  }

  /** The finest step that the present zoom tells apart. */
  function stepS() {
    return resolvedStepS(spanS(view) / plot(overlay.clientWidth).width, 1 / item.trace.sampling_rate_hz);
  }

  function setCursor(next) {
    cursor = next;
    paintCursor();
    speak(() => (!isReady() || cursor === null ? "" : cursorWords(item, cursor, stepS())));
    overlay.dispatchEvent(new Event("cursor-moved"));
  }

  /** Where keys begin: the cursor, or the pick before there is one. */
  function cursorOrPick() {
    return cursor ?? { offset_s: item.pick_state.offset_s ?? item.label.offset_s, uncertainty_s: null };
  }

  let panned = null; // the view as a drag found it

  wirePointer({
    overlay,
    isReady,
    timeAt(event) {
      const bounds = overlay.getBoundingClientRect();
      const { left, width } = plot(bounds.width);
      return xToTime(view, event.clientX - bounds.left, left, width);
    },
    cursorX() {
      if (!isReady() || cursor === null) return null;
      const { left, width } = plot(overlay.clientWidth);
      return timeToX(view, cursor.offset_s, left, width);
    },
    pan(pixels, isFirst) {
      if (isFirst) panned = view;
      setView(panBy(panned, (-pixels / plot(overlay.clientWidth).width) * spanS(panned), item.trace.duration_s));
    },
    panBy: (share) => setView(panBy(view, share * spanS(view), item.trace.duration_s)),
    zoomAt: (timeS, factor) => setView(zoomAt(view, timeS, factor, item.trace.duration_s, item.trace.sampling_rate_hz)),
    place: (timeS) => setCursor(placed(timeS, { stepS: stepS(), durationS: item.trace.duration_s })),
    open: (timeS) => setCursor(openedTo(cursor, timeS, stepS())),
    reset,
  });

  new ResizeObserver(schedule).observe(canvas);

  function reset() {
    gain = 1;
    if (home !== null) setView(home);
  }

  return {
    /** Shows another item; its packets follow. whenPainted: called once, when its waveform is on the screen. */
    show(next, nextPackets, raw = null, whenPainted = null) {
      const isSame = item !== null && next?.flag === item.flag && view !== null;
      item = next?.trace ? next : null;
      packets = nextPackets;
      rawPackets = raw;
      painted = whenPainted;
      message = next && !next.trace ? next.unscored || "There is no waveform for this pick." : "";
      home = item === null ? null : firstView(item.label.offset_s, item.proposal?.offset_s, item.trace.duration_s);
      if (!isSame) {
        view = home;
        cursor = null;
        gain = 1;
        arrivals = [];
      }
      // Painted at once, not in the next frame: from key press to waveform every frame counts.
      if (frame) cancelAnimationFrame(frame);
      paint();
      if (item !== null) needs(view, coversAll());
    },
    /** raw: unfiltered, for the spectrogram; null where none is shown. */
    setPackets(next, raw) {
      packets = next;
      rawPackets = raw;
      if (packets.length > 0) message = "";
      schedule();
    },
    say(text) {
      message = text;
      schedule();
    },
    /** [{name, offset_s}]: where an Earth model lets phases arrive. */
    setArrivals(next) {
      arrivals = next;
      schedule();
    },
    themeChanged() {
      palette = readPalette(canvas);
      schedule();
    },
    /** {offset_s, uncertainty_s}, null where none was set. */
    cursor: () => cursor,
    moveCursor(samples) {
      if (isReady()) setCursor(nudged(cursorOrPick(), samples / item.trace.sampling_rate_hz, item.trace.duration_s));
    },
    widen: () => isReady() && setCursor(widened(cursorOrPick(), 1 / item.trace.sampling_rate_hz)),
    narrow: () => isReady() && setCursor(narrowed(cursorOrPick(), 1 / item.trace.sampling_rate_hz)),
    amplitude(factor) {
      gain = Math.min(Math.max(gain * factor, 0.1), 200);
      schedule();
    },
    zoom(factor) {
      if (!isReady()) return;
      const around = cursor?.offset_s ?? item.label.offset_s;
      const inView = around > view.startS && around < view.endS ? around : (view.startS + view.endS) / 2;
      setView(zoomAt(view, inView, factor, item.trace.duration_s, item.trace.sampling_rate_hz));
    },
    pan(share) {
      if (isReady()) setView(panBy(view, share * spanS(view), item.trace.duration_s));
    },
    reset,
    view: () => view,
  };
}
