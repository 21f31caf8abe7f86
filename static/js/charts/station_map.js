// Stations at their longitude and latitude, by share of flags; no map behind them. A click on one leads to its flags.
import { CONFIG, layout, onTheme, token } from "./look.js";
import { aspect, diameters, words } from "./share_rows.js";

const rows = JSON.parse(document.getElementById("charts").textContent).map;
const box = document.querySelector("[data-map]");
const HEIGHT = 380;
const axis = (title) => ({ title: { text: title, standoff: 6 }, ticksuffix: "°", zeroline: false, hoverformat: ".3f" });

function draw() {
  const shares = rows.map((row) => row.share);
  const trace = {
    type: "scatter",
    mode: "markers",
    x: rows.map((row) => row.longitude),
    y: rows.map((row) => row.latitude),
    text: rows.map(words),
    hovertemplate: "%{text}<extra></extra>",
    marker: {
      symbol: "triangle-up",
      size: diameters(rows),
      color: shares,
      cmin: 0,
      cmax: Math.max(...shares, 0.01),
      colorscale: [[0, token("--line-strong")], [1, token("--series-2")]],
      line: { color: token("--text"), width: 1 },
    },
  };
  const own = {
    height: HEIGHT,
    xaxis: { ...axis("longitude"), constrain: "domain" },
    yaxis: { ...axis("latitude"), scaleanchor: "x", scaleratio: aspect(rows) },
  };
  box.classList.add("bar-link");
  Plotly.react(box, [trace], layout(own), CONFIG);
}

if (box) {
  draw();
  box.on("plotly_click", (click) => location.assign(rows[click.points[0].pointIndex].url));
  onTheme(draw);
}
