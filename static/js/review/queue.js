// The list of flags under review and the place in it. No DOM in here; every function returns a new queue.

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

/** The next row that still waits for a decision, else one past the end: then `current` is null. */
export function advance(queue) {
  for (let index = queue.index + 1; index < queue.rows.length; index += 1) {
    if (!queue.rows[index].taken) return { ...queue, index };
  }
  const left = queue.rows.findIndex((row) => !row.taken);
  if (left >= 0 && !hasMore(queue)) return { ...queue, index: left };
  return { ...queue, index: queue.rows.length };
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
  return { ...queue, rows: queue.rows.map((row) => (row.flag === flag ? { ...row, taken } : row)), marks: { ...queue.marks, [flag]: taken } };
}

/** Notes entries of the outbox, which the server may not know yet. A pick that was added leaves the flag as it was. */
export function markAll(queue, entries) {
  return entries.filter(({ kind }) => kind !== "add").reduce((marked, { flag, kind }) => mark(marked, flag, kind === "undo" ? null : kind), queue);
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
