// The queue that is open: its pages by cursor, its rows beside the waveforms, and how far the analysts are with it.

import { isNarrowed, queueAddress } from "./narrowing.js";
import { SHOWN_IN_QUEUE, renderProgress, renderQueue } from "./panels.js";
import { makeCache } from "./prefetch.js";
import * as queues from "./queue.js";
import { fetchJson } from "./server.js";

/** state: {queue, progress, threshold} of the screen, kept up to date. start, part: the page's own data and elements. choose(flag): a row was clicked. */
export function makeOpenQueue({ state, start, part, choose }) {
  const progressParts = { done: part.done, bar: part.bar, errors: part.errors, today: part.today, left: part.left };
  let pages = makePages();

  /** Another filter makes others: what still comes of the old ones is nobody's. */
  function makePages() {
    return makeCache((after) => fetchJson(`${start.urls.queue}?${address(after === null ? {} : { after })}`), 2);
  }

  /** The parameters of the present queue. */
  function address(more) {
    return queueAddress(start.filter, state.threshold, start.workspace_threshold, more);
  }

  async function loadMore() {
    const { queue } = state;
    const asked = pages;
    const page = await asked.get(queue.after);
    if (asked !== pages || state.queue.after !== queue.after) return;
    state.queue = queues.append(state.queue, page.items, page.next_after);
    takeProgress(page.progress);
  }

  async function refreshProgress() {
    const asked = pages;
    const page = await fetchJson(`${start.urls.queue}?${address()}`);
    if (asked === pages) takeProgress(page.progress);
  }

  function takeProgress(progress) {
    state.progress = progress;
    renderProgress(progressParts, progress, state.threshold, isNarrowed(start.filter));
  }

  return {
    address,
    loadMore,
    refreshProgress,
    takeProgress,
    render: () => renderQueue(part.list, queues.visible(state.queue, SHOWN_IN_QUEUE), queues.current(state.queue)?.flag ?? null, choose),
    /** From its beginning. taken: decisions on their way to the server. */
    reopen(taken) {
      history.replaceState(null, "", address() ? `?${address()}` : location.pathname);
      pages = makePages();
      state.queue = queues.markAll(queues.unfetched(), taken);
    },
  };
}
