// The list of flags under review and the place in it. No DOM in here; every function returns a new queue.

import { STAYS } from "./decisions.js";

const ELSEWHERE = ["decided", "skipped"]; // states of a flag that is not open any more; what is decided here is marked by the decision's kind

/** rows: as the server sends them. after: cursor of the page that follows, "" where there is none, null where that is the first. */
export function makeQueue(rows, after) {
  return { rows, after, index: rows.length ? 0 : -1, marks: {} };
}

/** A queue of which no page is there yet. */
export function unfetched() {
  return makeQueue([], null);
}

/** Whether a page is still to be fetched. */
export function hasMore(queue) {
  return queue.after !== "";
}

export function current(queue) {
  return queue.rows[queue.index] ?? null;
}

/** Rows that come after the present one, for prefetching. */
export function upcoming(queue, count) {
  return queue.rows.slice(queue.index + 1, queue.index + 1 + count);
}

/** Whether a row is open and was not decided on here. */
export function isWaiting(row) {
  return row.state === "open" && !row.taken;
}

/** Whether a row was not decided on here, and nobody else has it open. */
function isFree(row) {
  return !row.taken && !row.held_by;
}

/** The next row that still waits for a decision, else one past the end: then `current` is null. What others have open comes last. */
export function advance(queue) {
  for (let index = queue.index + 1; index < queue.rows.length; index += 1) {
    if (isFree(queue.rows[index])) return { ...queue, index };
  }
  if (hasMore(queue)) return { ...queue, index: queue.rows.length };
  const free = queue.rows.findIndex(isFree);
  const left = free >= 0 ? free : queue.rows.findIndex((row) => !row.taken);
  return { ...queue, index: left >= 0 ? left : queue.rows.length };
}

/** Whether it was settled by somebody else, or on another page of this analyst, while it was in this list. */
export function isSettledElsewhere(row) {
  return ELSEWHERE.includes(row.taken);
}

/** Flags that were not decided on here: those to ask the server of, from a little before the present one on. */
export function notDecidedHere(queue, count) {
  const near = queue.rows.slice(Math.max(0, queue.index - count / 2));
  return near.filter((row) => !row.taken || isSettledElsewhere(row)).slice(0, count).map(({ flag }) => flag);
}

/** Notes the states that flags have by now: what is settled elsewhere waits no more, and what is open again does. states: by flag. */
export function hear(queue, states) {
  const rows = queue.rows.map((row) => {
    const state = states[row.flag] ?? row.state;
    if (state === row.state || (row.taken && !isSettledElsewhere(row))) return row;
    return { ...row, state, taken: state === "open" ? null : state };
  });
  return withRows(queue, rows);
}

/** The same queue where all its rows are the same: then nothing is painted anew under somebody's pointer. */
function withRows(queue, rows) {
  return rows.every((row, index) => row === queue.rows[index]) ? queue : { ...queue, rows };
}

/** Notes who has some of these flags open; the others of them are free. held: names by flag. */
export function hold(queue, flags, held) {
  const asked = new Set(flags);
  return withRows(queue, queue.rows.map((row) => (asked.has(row.flag) && (row.held_by ?? "") !== (held[row.flag] ?? "") ? { ...row, held_by: held[row.flag] ?? "" } : row)));
}

/** Stays at a row that was not taken; from any other place, goes on to the next. */
export function onward(queue) {
  const row = current(queue);
  return row !== null && !row.taken ? queue : advance(queue);
}

export function goBack(queue) {
  return { ...queue, index: Math.max(0, Math.min(queue.index, queue.rows.length) - 1) };
}

export function goTo(queue, flag) {
  const index = queue.rows.findIndex((row) => row.flag === flag);
  return index < 0 ? queue : { ...queue, index };
}

/** Notes what was decided on a flag, for its row in a later page too; null takes it back. */
export function mark(queue, flag, taken) {
  return { ...queue, rows: queue.rows.map((row) => (row.flag === flag ? { ...row, taken, refused: false } : row)), marks: { ...queue.marks, [flag]: taken } };
}

/** Notes that the decision on a flag was refused: its row is open again, and comes next. */
export function offerNext(queue, flag) {
  const opened = mark(queue, flag, null);
  const from = opened.rows.findIndex((row) => row.flag === flag);
  if (from < 0) return opened;
  const refused = { ...opened.rows[from], refused: true };
  if (from === opened.index) return { ...opened, rows: opened.rows.map((row) => (row.flag === flag ? refused : row)) };
  const others = opened.rows.filter((row) => row.flag !== flag);
  const index = from < opened.index ? opened.index - 1 : opened.index;
  return { ...opened, index, rows: [...others.slice(0, index + 1), refused, ...others.slice(index + 1)] };
}

/** Goes to the row of what was taken back; one that the list does not hold comes in at the present place. */
export function bringBack(queue, row) {
  const isKnown = queue.rows.some(({ flag }) => flag === row.flag);
  const at = Math.max(0, queue.index);
  const rows = isKnown ? queue.rows.map((one) => (one.flag === row.flag ? { ...one, state: row.state } : one)) : [...queue.rows.slice(0, at), row, ...queue.rows.slice(at)];
  return goTo({ ...queue, rows }, row.flag);
}

/** Notes entries of the outbox, which the server may not know yet. What leaves the flag as it was leaves the row as it is. */
export function markAll(queue, entries) {
  return entries.filter(({ kind, undone }) => !STAYS.includes(kind) && !STAYS.includes(undone)).reduce((marked, { flag, kind }) => mark(marked, flag, kind === "undo" ? null : kind), queue);
}

/** A page that came later. Rows that are in the list already keep their place and their mark. */
export function append(queue, rows, after) {
  const known = new Set(queue.rows.map((row) => row.flag));
  const fresh = rows.filter((row) => !known.has(row.flag)).map((row) => (row.flag in queue.marks ? { ...row, taken: queue.marks[row.flag] } : row));
  return { ...queue, rows: [...queue.rows, ...fresh], after };
}

/** The rows to show: a few that were taken just before, then the present one and what follows, `size` in all. */
export function visible(queue, size, before = 3) {
  const last = Math.max(0, queue.rows.length - size);
  const start = Math.max(0, Math.min(queue.index - before, last));
  return queue.rows.slice(start, start + size);
}
