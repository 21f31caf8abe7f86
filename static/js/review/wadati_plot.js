// S−P against P of the event's stations, with the line through them and this pick's place before and after.

import { fitCanvas, paintText, readPalette } from "./drawing.js";

const MARGIN = { left: 34, right: 8, top: 8, bottom: 20 };

export function makeWadatiPlot({ canvas }) {
  let palette = readPalette(canvas);
  let event = null;
  let points = []; // of this pick
  let frame = 0;

  function schedule() {
    if (!frame) frame = requestAnimationFrame(paint);
  }

  function paint() {
    frame = 0;
    const { context, width, height } = fitCanvas(canvas);
    if (height === 0 || event === null) return;
    const others = event.arrivals.filter((one) => !one.is_here && one.p_s !== null && one.s_s !== null).map((one) => ({ pS: one.p_s, lagS: one.s_s - one.p_s }));
    const all = [...others, ...points];
    if (all.length === 0) return paintText(context, "no station has P and S", { x: width / 2, y: height / 2, colour: palette.muted, align: "center", font: "small" });
    const scale = scaleOf(all, width, height);
    paintFrame(context, scale, width, height);
    if (event.wadati !== null) paintFit(context, scale);
    for (const point of others) paintDot(context, scale, point);
    for (const point of points) paintMine(context, scale, point);
  }

  function scaleOf(all, width, height) {
    const most = (values) => Math.max(...values) * 1.06 + 0.1;
    const leastP = Math.min(...all.map(({ pS }) => pS));
    const [p0, p1] = [leastP - 0.06 * Math.abs(leastP) - 0.1, most(all.map(({ pS }) => pS))];
    const [lag0, lag1] = [Math.min(0, ...all.map(({ lagS }) => lagS)), most(all.map(({ lagS }) => lagS))];
    const x = (pS) => MARGIN.left + ((pS - p0) / (p1 - p0)) * (width - MARGIN.left - MARGIN.right);
    const y = (lagS) => height - MARGIN.bottom - ((lagS - lag0) / (lag1 - lag0)) * (height - MARGIN.top - MARGIN.bottom);
    return { x, y, p0, p1, lag0, lag1 };
  }

  function paintFrame(context, { x, y, p0, p1, lag0, lag1 }, width, height) {
    context.strokeStyle = palette.lineStrong;
    context.strokeRect(MARGIN.left + 0.5, MARGIN.top + 0.5, width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom);
    const small = { colour: palette.muted, font: "small" };
    paintText(context, lag1.toFixed(0), { ...small, x: MARGIN.left - 4, y: y(lag1) + 7, align: "right" });
    paintText(context, lag0.toFixed(0), { ...small, x: MARGIN.left - 4, y: y(lag0) - 5, align: "right" });
    paintText(context, "S−P", { ...small, x: 2, y: (y(lag0) + y(lag1)) / 2 });
    paintText(context, p0.toFixed(0), { ...small, x: x(p0), y: height - 8 });
    paintText(context, `${p1.toFixed(0)} s`, { ...small, x: x(p1), y: height - 8, align: "right" });
    paintText(context, "P", { ...small, x: (x(p0) + x(p1)) / 2, y: height - 8, align: "center" });
  }

  function paintFit(context, { x, y, p0, p1, lag0, lag1 }) {
    const { intercept, slope } = event.wadati;
    context.save();
    context.beginPath();
    context.rect(x(p0), y(lag1), x(p1) - x(p0), y(lag0) - y(lag1));
    context.clip();
    context.strokeStyle = palette.alignment;
    context.lineWidth = 1.3;
    context.beginPath();
    context.moveTo(x(p0), y(intercept + slope * p0));
    context.lineTo(x(p1), y(intercept + slope * p1));
    context.stroke();
    context.restore();
  }

  function paintDot(context, { x, y }, { pS, lagS }) {
    context.fillStyle = palette.waveform;
    context.beginPath();
    context.arc(x(pS), y(lagS), 2.5, 0, 2 * Math.PI);
    context.fill();
  }

  /** As it is a hollow square, proposed a full diamond, at the cursor a cross: told apart without colour too. */
  function paintMine(context, scale, { name, pS, lagS }) {
    const [x, y] = [scale.x(pS), scale.y(lagS)];
    context.save();
    context.lineWidth = 2;
    context.strokeStyle = context.fillStyle = { now: palette.catalog, proposal: palette.proposed, cursor: palette.cursor }[name];
    context.beginPath();
    if (name === "now") context.rect(x - 4, y - 4, 8, 8);
    else if (name === "proposal") [[0, -6], [6, 0], [0, 6], [-6, 0]].forEach(([dx, dy]) => context.lineTo(x + dx, y + dy));
    else [[-5, 0, 5, 0], [0, -5, 0, 5]].forEach(([x0, y0, x1, y1]) => { context.moveTo(x + x0, y + y0); context.lineTo(x + x1, y + y1); });
    if (name === "proposal") context.fill();
    else context.stroke();
    context.restore();
  }

  new ResizeObserver(schedule).observe(canvas);

  return {
    show(nextEvent, nextPoints) {
      event = nextEvent;
      points = nextPoints;
      schedule();
    },
    themeChanged() {
      palette = readPalette(canvas);
      schedule();
    },
  };
}
