// Bars and points of the overview. A click on one leads to the rows that it counts.
import { CONFIG, layout, onTheme, token } from "./look.js";
import { errorBars, words, wrongWords } from "./share_rows.js";

const charts = JSON.parse(document.getElementById("charts").textContent);
const ROW_PX = 26;

function counts(box, bars) {
  return {
    type: "bar",
    orientation: "h",
    y: bars.map((bar) => bar.label),
    x: bars.map((bar) => bar.value),
    text: bars.map((bar) => bar.value.toLocaleString("en")),
    textposition: "outside",
    cliponaxis: false,
    hovertemplate: "%{y}: %{x}<extra></extra>",
    marker: { color: token(box.dataset.colour || "--series-1") },
  };
}

const shareBars = (rows) => ({
  type: "bar",
  orientation: "h",
  y: rows.map((row) => row.label),
  x: rows.map((row) => row.share),
  customdata: rows.map(words),
  hovertemplate: "%{customdata}<extra></extra>",
  marker: { color: token("--series-1") },
  error_x: { type: "data", symmetric: false, ...errorBars(rows), color: token("--text-soft"), thickness: 1.2, width: 3 },
});

const monthPoints = (rows) => ({
  type: "scatter",
  mode: "lines+markers",
  x: rows.map((row) => row.label),
  y: rows.map((row) => row.share),
  customdata: rows.map(words),
  hovertemplate: "%{customdata}<extra></extra>",
  line: { color: token("--series-1"), width: 1.4 },
  marker: { color: token("--series-1"), size: 7 },
  error_y: { type: "data", symmetric: false, ...errorBars(rows), color: token("--text-soft"), thickness: 1.2, width: 3 },
});

/** Of the rows where it is known. isAcross: the share runs along x, as of bars. */
function wrongPoints(rows, isAcross) {
  const known = rows.filter((row) => row.wrong);
  const [labels, shares] = [known.map((row) => row.label), known.map((row) => row.wrong.share)];
  const bars = { type: "data", symmetric: false, ...errorBars(known.map((row) => row.wrong)), color: token("--series-2"), thickness: 1.4, width: 3 };
  return {
    type: "scatter",
    mode: "markers",
    ...(isAcross ? { x: shares, y: labels, error_x: bars } : { x: labels, y: shares, error_y: bars }),
    customdata: known.map(wrongWords),
    hovertemplate: "%{customdata}<extra></extra>",
    marker: { color: token("--series-2"), symbol: "diamond", size: 9 },
  };
}

const share = { tickformat: ".0%", rangemode: "tozero", zeroline: false };
const FEWEST_ROWS = 2; // a lower figure leaves no room for the numbers of its axis
const across = (n_rows, xaxis) => ({
  height: Math.max(n_rows, FEWEST_ROWS) * ROW_PX + 36,
  bargap: 1 - 0.65 * Math.min(1, n_rows / FEWEST_ROWS),
  xaxis,
  yaxis: { type: "category", autorange: "reversed", ticklabelstandoff: 8, showgrid: false },
  margin: { l: 8, r: 24, t: 4, b: 4 },
});

/** traces: the first of all rows, a second of some. */
function show(box, rows, traces, own) {
  Plotly.react(box, traces, layout(own), CONFIG);
  if (box.dataset.armed) return;
  box.dataset.armed = "yes";
  box.classList.add("bar-link");
  box.on("plotly_click", (click) => {
    const { pointIndex, curveNumber } = click.points[0];
    const { url } = (curveNumber === 0 ? rows : rows.filter((row) => row.wrong))[pointIndex];
    if (url) location.assign(url);
  });
}

function drawAll() {
  for (const box of document.querySelectorAll("[data-bars]")) {
    const bars = charts[box.dataset.bars];
    show(box, bars, [counts(box, bars)], across(bars.length, { visible: false, range: [0, Math.max(...bars.map((bar) => bar.value)) * 1.12] }));
  }
  for (const box of document.querySelectorAll("[data-shares]")) {
    const rows = charts[box.dataset.shares];
    if (box.dataset.shares === "month") show(box, rows, [monthPoints(rows), wrongPoints(rows, false)], { height: 240, xaxis: { type: "category", nticks: 12, showgrid: false }, yaxis: share });
    else show(box, rows, [shareBars(rows), wrongPoints(rows, true)], across(rows.length, share));
  }
}

drawAll();
onTheme(drawAll);
