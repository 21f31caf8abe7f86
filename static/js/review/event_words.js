// The event's figures as text: what a decision would change, and all stations as a table.

import { signed } from "./geometry.js";
import { make } from "./make.js";

const NAMES = { now: "now", proposal: "proposed", cursor: "cursor" };

/** changes: of `changesOf`. One column a place, one row a figure; what is not known is a dash. */
export function renderChanges(table, changes) {
  if (changes.length === 0) return table.replaceChildren();
  const head = make("tr", {}, make("td", {}), ...changes.map(({ name, phase }) => make("th", { scope: "col" }, phase === changes[0].phase ? NAMES[name] : `${NAMES[name]} ${phase}`)));
  const row = (title, explanation, of) => make("tr", {}, make("th", { scope: "row", title: explanation }, title), ...changes.map((change) => make("td", {}, of(change))));
  table.replaceChildren(
    head,
    row("travel time", "seconds late against the crustal model, corrected by the other stations' picks", ({ byModel }) => residual(byModel)),
    row("scatter", "root mean square of all residuals of this phase, with the pick there", ({ byModel }) => scatter(byModel)),
    row("Wadati", "seconds late against the line of S−P over P through the other stations", ({ byWadati }) => residual(byWadati)),
    row("scatter", "root mean square distance from the Wadati line, with the pick there", ({ byWadati }) => scatter(byWadati)),
  );
}

const residual = (fit) => (fit === null ? "–" : `${signed(fit.residualS, 2)} s`);
const scatter = (fit) => (fit === null ? "–" : `${fit.scatterS.toFixed(2)} s`);

/** vp/vs and how many stations say so, and what can't be said. */
export function fitWords(event) {
  const { wadati } = event;
  const line = wadati === null ? [] : [`vp/vs ${wadati.vp_vs.toFixed(2)} from ${wadati.n} stations`];
  return [...line, ...event.notes].join(" · ");
}

export function renderStations(table, event) {
  const seconds = (value) => (value === null || value === undefined ? "–" : value.toFixed(2));
  const head = make("tr", {}, ...["station", "km", "P (s)", "S (s)"].map((name) => make("th", { scope: "col" }, name)));
  const rows = event.stations.map((station) => {
    const first = (phase) => station.picks.find((pick) => pick.phase === phase);
    const time = (phase) => seconds(first(phase)?.at_s ?? first(phase)?.offset_s);
    const name = station.is_here ? `${station.station} (this)` : station.station;
    return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, station.distance_km?.toFixed(0) ?? "–"), make("td", {}, time("P")), make("td", {}, time("S")));
  });
  table.replaceChildren(head, ...rows);
}
