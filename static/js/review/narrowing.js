// Which flags the queue holds: filter and threshold, as fields of the page and as an address.

import { fetchJson, postJson } from "./server.js";
import { sayTrouble } from "./messages.js";
import { wireThreshold } from "./threshold.js";

const NARROWS = ["kind", "phase", "network", "station", "event", "analyst", "snr", "distance", "month", "run"];

/** Whether the queue is less than all open flags above the threshold. */
export function isNarrowed(filter) {
  return NARROWS.some((name) => filter[name]) || filter.state !== "open";
}

/** The parameters of a filter, without what is the page's default. more: further ones. */
export function queueAddress(filter, threshold, workspaceThreshold, more = {}) {
  const { threshold: _, ...texts } = filter;
  const wanted = new URLSearchParams(Object.entries(texts).filter(([name, value]) => value && !(name === "state" && value === "open")));
  if (threshold !== workspaceThreshold) wanted.set("threshold", threshold.toFixed(2));
  for (const [name, value] of Object.entries(more)) wanted.set(name, value);
  return wanted.toString();
}

/**
 * Wires the panel that narrows the queue. start: the page's own data; its filter and workspace_threshold are kept up to date.
 * chooseThreshold(value): for this queue. reload(): fetches the queue again, and says itself what fails. Returns {toggle(open), narrowTo(filter)}.
 */
export function wireNarrowing({ part, start, chooseThreshold, reload }) {
  const threshold = wireThreshold({
    slider: part.slider,
    value: part.slider_value,
    words: part.slider_words,
    saveButton: part.slider_save,
    load: () => fetchJson(start.urls.thresholds),
    choose(value) {
      chooseThreshold(value);
      reload();
    },
    async save(value) {
      try {
        const { status, body } = await postJson(start.urls.save_threshold, { threshold: value });
        if (status !== 200) throw new Error(body?.message ?? "The server did not take it.");
        start.workspace_threshold = body.threshold;
        chooseThreshold(body.threshold);
        await reload();
        sayTrouble(`The workspace's threshold is P ≥ ${body.threshold.toFixed(2)} now.`, "");
      } catch (problem) {
        sayTrouble(`The threshold was not saved: ${problem.message}`);
      }
    },
  });
  for (const field of part.narrow.querySelectorAll("select, input[name]")) {
    field.addEventListener("change", () => {
      start.filter[field.name] = field.value.trim();
      reload();
    });
  }
  part.narrow.addEventListener("submit", (event) => event.preventDefault());
  return {
    /** Some of the filters, as if they had been set in the panel. */
    narrowTo(filter) {
      for (const [name, value] of Object.entries(filter)) {
        start.filter[name] = value;
        part.narrow.elements[name].value = value;
      }
      reload();
    },
    toggle(open) {
      part.narrow.hidden = !open;
      part.narrow_toggle.setAttribute("aria-expanded", String(open));
      if (open) {
        threshold.open().catch((problem) => sayTrouble(problem.message));
        part.slider.focus();
      } else if (part.narrow.contains(document.activeElement)) {
        part.narrow_toggle.focus();
      }
    },
  };
}
