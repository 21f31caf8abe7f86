// The list of flags under review and the place in it. No DOM in here; every function returns a new queue.

/** rows: as the server sends them. after: cursor of the page that follows, "" where there is none. */
export function makeQueue(rows, after, index = 0) {
  return { rows, after, index: rows.length ? Math.min(index, rows.length - 1) : -1 };
}

export function current(queue) {
  return queue.rows[queue.index] ?? null;
}

/** Rows that come after the present one, for prefetching. */
export function upcoming(queue, count) {
  return queue.rows.slice(queue.index + 1, queue.index + 1 + count);
}

export function isWaiting(row) {
  return row.state === "open" && !row.taken;
}

/** The next row that still waits for a decision, else one past the end: then `current` is null. */
export function advance(queue) {
  for (let index = queue.index + 1; index < queue.rows.length; index += 1) {
    if (!queue.rows[index].taken) return { ...queue, index };
  }
  const left = queue.rows.findIndex((row) => !row.taken);
  if (left >= 0 && !queue.after) return { ...queue, index: left };
  return { ...queue, index: queue.rows.length };
}

export function goBack(queue) {
  return { ...queue, index: Math.max(0, Math.min(queue.index, queue.rows.length) - 1) };
}

export function goTo(queue, flag) {
  const index = queue.rows.findIndex((row) => row.flag === flag);
  return index < 0 ? queue : { ...queue, index };
}

/** Notes what was decided on a flag; null takes it back. */
export function mark(queue, flag, taken) {
  return { ...queue, rows: queue.rows.map((row) => (row.flag === flag ? { ...row, taken } : row)) };
}

/** A page that came later. Rows that are in the list already keep their place and their mark. */
export function append(queue, rows, after) {
  const known = new Set(queue.rows.map((row) => row.flag));
  return { ...queue, rows: [...queue.rows, ...rows.filter((row) => !known.has(row.flag))], after };
}

export function waiting(queue) {
  return queue.rows.filter((row) => !row.taken).length;
}

/** The rows to show: a few that were taken just before, then the present one and what follows, `size` in all. */
export function visible(queue, size, before = 3) {
  const last = Math.max(0, queue.rows.length - size);
  const start = Math.max(0, Math.min(queue.index - before, last));
  return queue.rows.slice(start, start + size);
}
