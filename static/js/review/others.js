// What others do meanwhile: heard of while the page is seen, and said of the pick on the screen.

import { isSettledElsewhere } from "./queue.js";

const ASK_MS = 15_000;

/** ask(): asks the server. isSeen(): whether anybody looks at this page; one that comes back into sight calls what this returns. */
export function listenToOthers({ ask, isSeen, every = setInterval }) {
  const listen = () => isSeen() && ask();
  every(listen, ASK_MS);
  return listen;
}

/** row: of the queue, or null. "" where nobody else has to do with it. */
export function othersWords(row) {
  if (row === null) return "";
  if (isSettledElsewhere(row)) return `${row.taken === "skipped" ? "Skipped" : "Decided"} meanwhile, by somebody else or in another tab of yours. Go past it.`;
  return row.held_by ? `${row.held_by} has this pick open, too. Go past it, or agree who decides.` : "";
}
