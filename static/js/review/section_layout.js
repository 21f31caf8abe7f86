// Where each station of a record section is drawn: by rows, aligned on P, or at its distance. No DOM in here.

import { moveoutAt } from "./event_change.js";

export const ROW = 46;
const BEFORE_S = 2;
const AFTER_S = 8;
const MOST_AFTER_S = 60;

/** Stations as rows of the section: {…station, zeroS}, zeroS being the place on the station's own time axis that all are aligned on. */
export function alignedRows(event) {
  return event.stations.map((station) => ({ ...station, zeroS: station.duration_s === null ? null : alignment(station, event.moveout) }));
}

/** The station's P; without one the P that is expected there, else its first pick. */
function alignment(station, moveout) {
  const picked = station.picks.find((pick) => pick.phase === "P");
  if (picked) return picked.offset_s;
  const expectedS = moveoutAt(moveout, "P", station.distance_km);
  return expectedS === null || station.start_s === null ? station.picks[0].offset_s : expectedS - station.start_s;
}

/** Stations as rows at their distance: zeroS is where the event's own clock begins. Those without distance have no place. */
export function distanceRows(event) {
  return event.stations.filter((station) => station.distance_km !== null).map((station) => ({ ...station, zeroS: station.start_s === null ? null : -station.start_s }));
}

/** Whether there is a common clock and at least two distances to draw by. */
export function hasDistances(event) {
  return event.counts_from !== null && distanceRows(event).length > 1;
}

/** The first view, in seconds from zeroS: from before P until all picks are seen. */
export function firstSectionView(rows, byDistance) {
  const times = rows.flatMap((row) => (row.zeroS === null ? [] : row.picks.map((pick) => pick.offset_s - row.zeroS)));
  if (byDistance && times.length > 0) return { startS: Math.min(...times) - BEFORE_S, endS: Math.max(...times) + 4 };
  return { startS: -BEFORE_S, endS: Math.min(MOST_AFTER_S, Math.max(AFTER_S, ...times.map((time) => time * 1.15))) };
}

/** Top and height of each row. height: of what is seen. Rows aligned on P are scrolled, rows by distance all fit. */
export function placeRows(rows, { byDistance, height, scrolled }) {
  if (!byDistance) return rows.map((row, index) => ({ row, top: index * ROW - scrolled, height: ROW }));
  const distances = rows.map((row) => row.distance_km);
  const [near, far] = [Math.min(...distances), Math.max(...distances)];
  const tall = Math.max(18, Math.min(ROW, (1.6 * height) / Math.max(rows.length, 1)));
  const room = Math.max(height - tall - 18, 1);
  return rows.map((row) => ({ row, top: (far > near ? (row.distance_km - near) / (far - near) : 0.5) * room, height: tall }));
}

/** The placed rows that are at least partly seen. */
export function seenRows(placed, height) {
  return placed.filter((one) => one.top < height && one.top + one.height > 0);
}

/** The window that a row's trace is fetched for, on its own time axis: whole seconds, so that a small pan asks for nothing new. */
export function rowWindow(row, view) {
  const margin = Math.max(2, (view.endS - view.startS) / 4);
  const startS = Math.max(0, Math.floor(row.zeroS + view.startS - margin));
  return { startS, endS: Math.max(startS + 1, Math.min(Math.ceil(row.duration_s), Math.ceil(row.zeroS + view.endS + margin))) };
}

/** A view factor times as wide around its middle, or around a place in it. */
export function zoomed(view, factor, aroundS = (view.startS + view.endS) / 2) {
  const span = Math.min(Math.max((view.endS - view.startS) * factor, 0.2), 3600);
  const share = (aroundS - view.startS) / (view.endS - view.startS);
  return { startS: aroundS - share * span, endS: aroundS + (1 - share) * span };
}
