// Bars and points of the overview. A click on one leads to the rows that it counts.
import { CONFIG, layout, onTheme, token } from "./look.js";
import { errorBars, words } from "./share_rows.js";

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

const share = { tickformat: ".0%", rangemode: "tozero", zeroline: false };
const FEWEST_ROWS = 2; // a lower figure leaves no room for the numbers of its axis
const across = (n_rows, xaxis) => ({
  height: Math.max(n_rows, FEWEST_ROWS) * ROW_PX + 36,
  bargap: 1 - 0.65 * Math.min(1, n_rows / FEWEST_ROWS),
  xaxis,
  yaxis: { type: "category", autorange: "reversed", ticklabelstandoff: 8, showgrid: false },
  margin: { l: 8, r: 24, t: 4, b: 4 },
});

function show(box, rows, trace, own) {
  Plotly.react(box, [trace], layout(own), CONFIG);
  if (box.dataset.armed) return;
  box.dataset.armed = "yes";
  box.classList.add("bar-link");
  box.on("plotly_click", (click) => {
    const { url } = rows[click.points[0].pointIndex];
    if (url) location.assign(url);
  });
}

function drawAll() {
  for (const box of document.querySelectorAll("[data-bars]")) {
    const bars = charts[box.dataset.bars];
    show(box, bars, counts(box, bars), across(bars.length, { visible: false, range: [0, Math.max(...bars.map((bar) => bar.value)) * 1.12] }));
  }
  for (const box of document.querySelectorAll("[data-shares]")) {
    const rows = charts[box.dataset.shares];
    if (box.dataset.shares === "month") show(box, rows, monthPoints(rows), { height: 240, xaxis: { type: "category", nticks: 12, showgrid: false }, yaxis: share });
    else show(box, rows, shareBars(rows), across(rows.length, share));
  }
}

drawAll();
onTheme(drawAll);
