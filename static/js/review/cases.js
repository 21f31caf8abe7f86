// The waveforms of the adjudication page, each with the times that are to be settled on.

import { make } from "./make.js";
import { paintSample } from "./sample.js";

const samples = JSON.parse(document.getElementById("samples").textContent);

function paintAll() {
  for (const canvas of document.querySelectorAll("[data-sample]")) {
    paintSample(canvas, samples[canvas.dataset.sample]).catch(() => canvas.replaceWith(make("p.small.muted", {}, "No waveform could be read.")));
  }
}

paintAll();
document.addEventListener("repick:theme", paintAll);
