// The curves of a run, asked for every few seconds while it trains.
import { figureNames, firstFigure, lines } from "./curve_lines.js";
import { CONFIG, layout, onTheme, token } from "./look.js";

const EVERY_MS = 3000;
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash"];
const box = document.querySelector("[data-curves]");
const choice = document.querySelector("[data-curve-choice]");
let answer = null;

function offer() {
  const offered = figureNames(answer.curves);
  const values = offered.map(({ kind, name }) => `${kind}/${name}`);
  if ([...choice.options].map((option) => option.value).join() === values.join()) return;
  const before = choice.value;
  choice.hidden = values.length === 0;
  choice.replaceChildren(...offered.map(({ label }, index) => new Option(label, values[index])));
  choice.value = values.includes(before) ? before : firstFigure(answer.curves, values);
}

function draw() {
  if (!answer) return;
  const [kind, name] = choice.value.split("/");
  const drawn = lines(answer.curves, { kind, name });
  const traces = drawn.map((line) => ({
    type: "scatter",
    mode: line.x.length < 3 ? "lines+markers" : "lines",
    name: line.label,
    x: line.x,
    y: line.y,
    line: { color: token(`--series-${(line.fold % 6) + 1}`), width: 1.6, dash: DASHES[line.network % DASHES.length] },
    hovertemplate: "epoch %{x}: %{y:.4g}<extra>%{fullData.name}</extra>",
  }));
  const waiting = { text: answer.is_finished ? "No curves were recorded." : "The first epoch is on its way.", showarrow: false, x: 0.5, y: 0.5, xref: "paper", yref: "paper" };
  const own = {
    height: 320,
    showlegend: drawn.length > 1,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    xaxis: { title: { text: "epoch", standoff: 6 }, rangemode: "tozero", visible: drawn.length > 0, zeroline: false },
    yaxis: { rangemode: "tozero", visible: drawn.length > 0 },
    margin: { l: 8, r: 12, t: 8, b: 8 },
    annotations: drawn.length ? [] : [waiting],
    uirevision: choice.value,
  };
  Plotly.react(box, traces, layout(own), CONFIG);
}

async function ask() {
  try {
    const reply = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
    if (reply.ok && reply.headers.get("content-type")?.includes("json")) {
      answer = await reply.json();
      offer();
      draw();
    }
  } catch {
    // The server is away for a moment; the next question may reach it.
  }
  if (!answer?.is_finished) setTimeout(ask, EVERY_MS);
}

choice.addEventListener("change", draw);
onTheme(draw);
ask();
