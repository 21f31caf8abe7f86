// The event of the pick on the screen: its other stations, fetched one after the other, and folded away by a key.

import { makeRecordSection, neighbourWindow } from "./record_section.js";

/** part: the elements of the page by name. storage, key: where it is kept whether the panel is folded. */
export function makeEventPanel({ part, waveforms, storage, key }) {
  const section = makeRecordSection({ canvas: part.section });
  let shown = { item: null, filter: "" };

  /** item: null for none. */
  async function show(item, filter) {
    const wanted = { item, filter };
    shown = wanted;
    const neighbours = item?.event?.neighbours ?? [];
    section.show(neighbours);
    if (part.event.hidden) return;
    for (const [row, neighbour] of neighbours.slice(0, section.rowsThatFit()).entries()) {
      try {
        const packet = await waveforms.loadNeighbour(neighbour, filter, neighbourWindow(neighbour));
        if (shown !== wanted) return;
        section.setPacket(row, packet);
      } catch {
        continue; // a neighbour that can't be drawn stays an empty row with its name
      }
    }
  }

  function toggle() {
    part.event.hidden = !part.event.hidden;
    part.event_toggle.setAttribute("aria-expanded", String(!part.event.hidden));
    storage.setItem(key, part.event.hidden ? "folded" : "");
    if (!part.event.hidden && shown.item !== null) requestAnimationFrame(() => show(shown.item, shown.filter));
  }

  if (storage.getItem(key) === "folded") toggle();
  return { show, toggle, themeChanged: section.themeChanged };
}
