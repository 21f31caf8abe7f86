// The event of the pick on the screen, fetched after its waveform is painted, and folded away by a key: record section, Wadati line, and what
// a decision would change.

import { changesOf, placesOf, wadatiPoints } from "./event_change.js";
import { fitWords, renderChanges, renderStations } from "./event_words.js";
import { makeRecordSection } from "./record_section.js";
import { hasDistances, rowWindow } from "./section_layout.js";
import { makeWadatiPlot } from "./wadati_plot.js";

/** part: the elements of the page by name. fetchEvent(url): rejects with a sentence. storage, key: where it is kept what is folded and how it
 *  is drawn. cursorS(): seconds on the trace, or null. */
export function makeEventPanel({ part, waveforms, fetchEvent, storage, key, cursorS }) {
  const plot = makeWadatiPlot({ canvas: part.wadati });
  const section = makeRecordSection({ canvas: part.section, scroller: part.section_scroll, spacer: part.section_spacer, needs });
  let shown = { item: null, filter: "", event: null, hasFailed: false };
  let byDistance = storage.getItem(`${key}:by-distance`) === "yes";

  /** item: null for none. */
  async function show(item, filter) {
    const wanted = { item, filter, event: item !== null && shown.item?.flag === item.flag && shown.item?.last_decision === item.last_decision ? shown.event : null, hasFailed: false };
    shown = wanted;
    draw();
    if (part.event.hidden || !item?.event || wanted.event !== null) return;
    try {
      wanted.event = await fetchEvent(item.event.url);
    } catch (problem) {
      wanted.hasFailed = true;
      if (shown !== wanted) return;
      part.event_fit.hidden = false;
      part.event_words.textContent = `The event could not be loaded: ${problem.message}`;
      return;
    }
    if (shown === wanted) draw();
  }

  function draw() {
    const { item, event } = shown;
    section.show(event, byDistance);
    part.event_fit.hidden = event === null;
    part.by_distance.disabled = event === null || !hasDistances(event);
    part.by_distance.setAttribute("aria-pressed", String(byDistance));
    part.event_words.textContent = event === null ? "" : fitWords(event);
    if (item?.event) {
      const count = event === null ? "" : `${event.stations.length} ${event.stations.length === 1 ? "station" : "stations"}`;
      part.event_title.textContent = [`Event ${item.event.ref}`, item.event.magnitude, count].filter(Boolean).join(" · ");
    }
    if (event !== null) renderStations(part.event_stations, event);
    cursorMoved();
  }

  /** What the decision would change, told again for another place of the cursor. */
  function cursorMoved() {
    const { item, event } = shown;
    const places = item === null ? [] : placesOf(item, cursorS());
    section.setMarks(places);
    plot.show(event, event === null ? [] : wadatiPoints(event, places));
    renderChanges(part.event_changes, event === null ? [] : changesOf(event, places));
  }

  /** Asks again for an event that could not be loaded. */
  function retry() {
    if (shown.hasFailed) show(shown.item, shown.filter);
  }

  async function needs(rows, view) {
    const wanted = shown;
    for (const row of rows) {
      try {
        const packet = await waveforms.loadNeighbour(row, wanted.filter, rowWindow(row, view));
        if (shown !== wanted) return;
        section.setPacket(row, packet);
      } catch {
        continue; // a station that can't be drawn stays an empty row with its name
      }
    }
  }

  function toggle() {
    part.event.hidden = !part.event.hidden;
    part.event_toggle.setAttribute("aria-expanded", String(!part.event.hidden));
    storage.setItem(key, part.event.hidden ? "folded" : "");
    if (!part.event.hidden && shown.item !== null) requestAnimationFrame(() => show(shown.item, shown.filter));
  }

  part.by_distance.addEventListener("click", () => {
    byDistance = !byDistance;
    storage.setItem(`${key}:by-distance`, byDistance ? "yes" : "");
    draw();
  });
  part.section_closer.addEventListener("click", () => section.zoom(0.7));
  part.section_wider.addEventListener("click", () => section.zoom(1 / 0.7));
  if (storage.getItem(key) === "folded") toggle();
  return {
    show,
    retry,
    toggle,
    cursorMoved,
    themeChanged() {
      section.themeChanged();
      plot.themeChanged();
    },
  };
}
