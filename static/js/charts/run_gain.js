// What a run bought: precision against recall, and the reliability of P. The tables beside the figures say the same in words.
import { precisionLines, reliabilityPoints } from "./gain_lines.js";
import { CONFIG, layout, onTheme, token } from "./look.js";

const charts = JSON.parse(document.getElementById("gain-charts").textContent);
const HEIGHT = 320;
const LOOKS = {
  planted: { name: "planted errors", mode: "lines", colour: "--series-1", line: { width: 2.2 } },
  verdicts: { name: "analysts’ verdicts", mode: "lines+markers", colour: "--series-2", line: { width: 1.6, dash: "dash" }, marker: { symbol: "diamond", size: 6 } },
};
const share = (title) => ({ title: { text: title, standoff: 6 }, range: [-0.02, 1.04], tickformat: ".0%", dtick: 0.2, zeroline: false });

function drawCurve(box) {
  const traces = precisionLines(charts).flatMap((line) => {
    const look = LOOKS[line.kind];
    const colour = token(look.colour);
    const own = { type: "scatter", mode: look.mode, name: look.name, x: line.x, y: line.y, text: line.text, line: { ...look.line, color: colour }, marker: { ...look.marker, color: colour }, hovertemplate: "%{text}<extra></extra>" };
    if (!line.bandX) return [own];
    return [{ type: "scatter", mode: "lines", x: line.bandX, y: line.bandY, fill: "toself", fillcolor: colour, opacity: 0.14, line: { width: 0 }, hoverinfo: "skip", showlegend: false }, own];
  });
  const own = {
    height: HEIGHT,
    showlegend: true,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    xaxis: share("recall: share of the errors found"),
    yaxis: share("precision"),
    margin: { l: 8, r: 12, t: 8, b: 8 },
  };
  Plotly.react(box, traces, layout(own), CONFIG);
}

function drawReliability(box) {
  const { x, y, above, below, symbols, text } = reliabilityPoints(charts.reliability);
  const colour = token(charts.reliability_from === "verdicts" ? "--series-2" : "--series-1");
  const traces = [
    { type: "scatter", mode: "lines", x: [0, 1], y: [0, 1], line: { color: token("--text-muted"), width: 1, dash: "dash" }, hoverinfo: "skip" },
    { type: "scatter", mode: "markers", x, y, text, hovertemplate: "%{text}<extra></extra>", marker: { color: colour, size: 9, symbol: symbols }, error_y: { type: "data", symmetric: false, array: above, arrayminus: below, color: colour, thickness: 1.4, width: 4 } },
  ];
  Plotly.react(box, traces, layout({ height: HEIGHT, xaxis: share("P(mislabelled), mean"), yaxis: share("share wrong"), margin: { l: 8, r: 12, t: 8, b: 8 } }), CONFIG);
}

function draw() {
  const curve = document.querySelector("[data-gain-curve]");
  const reliability = document.querySelector("[data-gain-reliability]");
  if (curve) drawCurve(curve);
  if (reliability) drawReliability(reliability);
}

draw();
onTheme(draw);
