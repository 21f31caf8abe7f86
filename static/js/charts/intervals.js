// Estimates as dots with their intervals.
import { CONFIG, layout, onTheme, token } from "./look.js";

const charts = JSON.parse(document.getElementById("charts").textContent);
const ROW_PX = 34;

function draw(box) {
  const rows = charts[box.dataset.intervals] ?? [];
  box.hidden = rows.length === 0;
  if (!rows.length) return;
  const times = box.dataset.unit === "%" ? 100 : 1;
  const trace = {
    type: "scatter",
    mode: "markers",
    x: rows.map((row) => times * row.value),
    y: rows.map((row) => row.label),
    error_x: {
      type: "data",
      symmetric: false,
      array: rows.map((row) => times * (row.high - row.value)),
      arrayminus: rows.map((row) => times * (row.value - row.low)),
      color: token("--series-1"),
    },
    marker: { color: token("--series-1"), size: 9 },
    hovertemplate: `%{y}: %{x:.3g} ${box.dataset.unit}<extra></extra>`,
  };
  const own = {
    height: rows.length * ROW_PX + 48,
    xaxis: { ticksuffix: ` ${box.dataset.unit}`, zeroline: true, ...(times === 100 ? { rangemode: "tozero" } : {}) },
    yaxis: { autorange: "reversed", ticklabelstandoff: 8, showgrid: false },
    margin: { l: 8, r: 24, t: 4, b: 32 },
  };
  Plotly.react(box, [trace], layout(own), CONFIG);
}

const drawAll = () => document.querySelectorAll("[data-intervals]").forEach(draw);
drawAll();
onTheme(drawAll);
