// The queue that is open: its pages by cursor, its rows beside the waveforms, and how far the analysts are with it.

import { isNarrowed, queueAddress } from "./narrowing.js";
import { SHOWN_IN_QUEUE, renderProgress, renderQueue } from "./panels.js";
import { makeCache } from "./prefetch.js";
import * as queues from "./queue.js";
import { fetchJson } from "./server.js";

const MOST_ASKED = 60;

/**
 * state: {queue, progress, threshold} of the screen, kept up to date. start, part: the page's own data and elements. choose(flag): a row was
 * clicked. pending(): the decisions on their way to the server. heard(flags): others have these, or left them, or settled them.
 */
export function makeOpenQueue({ state, start, part, choose, pending, heard }) {
  const progressParts = { done: part.done, bar: part.bar, errors: part.errors, today: part.today, left: part.left };
  let pages = makePages();
  let nAsked = 0;

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

  /** How far all are, and what others did with the picks of this list. Of what is still on its way there the server knows nothing. */
  async function hear() {
    nAsked += 1;
    const [asked, turn, isAllSent] = [pages, nAsked, pending().length === 0];
    const flags = withoutPending(queues.notDecidedHere(state.queue, MOST_ASKED));
    let found;
    try {
      found = await fetchJson(`${start.urls.progress}?${address({ flags: flags.join() })}`);
    } catch {
      return; // asked again in a while
    }
    if (asked !== pages || turn !== nAsked) return;
    if (isAllSent && pending().length === 0) takeProgress(found.progress);
    const { queue } = state;
    const told = Object.fromEntries(withoutPending(flags).map((flag) => [flag, found.states[flag]]));
    state.queue = queues.hold(queues.hear(queue, told), flags, found.held);
    if (state.queue !== queue) heard(state.queue.rows.filter((row, index) => row !== queue.rows[index]).map(({ flag }) => flag));
  }

  function withoutPending(flags) {
    const own = new Set(pending().map(({ flag }) => flag));
    return flags.filter((flag) => !own.has(flag));
  }

  function takeProgress(progress) {
    state.progress = progress;
    renderProgress(progressParts, progress, state.threshold, isNarrowed(start.filter));
  }

  return {
    address,
    loadMore,
    hear,
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
