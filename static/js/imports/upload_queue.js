// What is known of the files of one upload: pure state, no DOM and no network.

export const WAITING = "waiting";
export const SENDING = "sending";
export const DONE = "received";
export const FAILED = "failed";

export class UploadQueue {
  constructor() {
    this.items = [];
    this.names = new Set();
  }

  /** Adds files ({name, size, file}); a name that is there already is not added twice. Returns how many were new. */
  add(files) {
    let added = 0;
    for (const { name, size, file } of files) {
      if (this.names.has(name)) continue;
      this.names.add(name);
      this.items.push({ name, size, file, state: WAITING, sent: 0, problem: "" });
      added += 1;
    }
    return added;
  }

  /** The next item to send, marked as being sent; null if none waits. */
  take() {
    const item = this.items.find((one) => one.state === WAITING);
    if (!item) return null;
    item.state = SENDING;
    item.sent = 0;
    item.problem = "";
    return item;
  }

  /** Failed files wait again. */
  retry() {
    for (const item of this.items) if (item.state === FAILED) item.state = WAITING;
  }

  count(state) {
    return this.items.reduce((n, item) => n + (item.state === state ? 1 : 0), 0);
  }

  /** Share of all bytes that has arrived, 0 to 1. Empty files count as one byte, so that they show as well. */
  get share() {
    let total = 0;
    let sent = 0;
    for (const item of this.items) {
      const size = Math.max(1, item.size);
      total += size;
      sent += item.state === DONE ? size : item.state === SENDING ? Math.min(item.sent, size) : 0;
    }
    return total ? sent / total : 0;
  }

  get bytes() {
    return this.items.reduce((n, item) => n + item.size, 0);
  }

  get isSettled() {
    return this.items.every((item) => item.state === DONE || item.state === FAILED);
  }

  /** The items worth a row on the page: failed first, then those being sent, waiting, received; at most `most`. */
  worthShowing(most) {
    const rank = { [FAILED]: 0, [SENDING]: 1, [WAITING]: 2, [DONE]: 3 };
    return [...this.items].sort((a, b) => rank[a.state] - rank[b.state]).slice(0, most);
  }
}

/** 1536 as "1.5 kB". */
export function bytesAsText(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
