// Bars of the overview. A click on one leads to the rows that it counts.
import { CONFIG, layout, onTheme, token } from "./look.js";

const charts = JSON.parse(document.getElementById("charts").textContent);
const ROW_PX = 26;

function draw(box) {
  const bars = charts[box.dataset.bars] ?? [];
  if (!bars.length) {
    box.className = "chart-empty";
    box.textContent = box.dataset.empty;
    return;
  }
  const trace = {
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
  const own = {
    height: bars.length * ROW_PX + 24,
    bargap: 0.35,
    xaxis: { visible: false, range: [0, Math.max(...trace.x) * 1.12] },
    yaxis: { autorange: "reversed", ticklabelstandoff: 8, showgrid: false },
    margin: { l: 8, r: 24, t: 4, b: 4 },
  };
  Plotly.react(box, [trace], layout(own), CONFIG);
  if (box.dataset.armed) return;
  box.dataset.armed = "yes";
  box.classList.add("bar-link");
  box.on("plotly_click", (click) => location.assign(bars[click.points[0].pointIndex].url));
}

const drawAll = () => document.querySelectorAll("[data-bars]").forEach(draw);
drawAll();
onTheme(drawAll);
