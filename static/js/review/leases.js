// Says to the server which picks are open here, so that others' queues leave them out. Nothing on the screen waits for it.

import { newClientId } from "./decisions.js";

const RENEW_MS = 60_000;
const AFTER_LEAVING_MS = 1000; // by then the server knows that another page was left

/** send({page, flags}, isLeaving): resolves to who holds those that somebody else has open, by flag. page: an id of this page, which another tab
 *  of the same analyst does not have. wanted(): flags that are open here or come next. */
export function makeLeases({ send, wanted, held, every = setInterval, wait = setTimeout, now = () => Date.now() }) {
  const page = newClientId();
  let last = { key: "", at: -Infinity };

  async function renew() {
    const flags = wanted();
    const key = flags.join();
    if (key === last.key && now() - last.at < RENEW_MS / 2) return;
    last = { key, at: now() };
    try {
      held(flags, await send({ page, flags }, false));
    } catch {
      last = { key: "", at: -Infinity }; // said again with the next pick
    }
  }

  every(renew, RENEW_MS);
  return {
    renew,
    /** Another tab was closed. What both had open was noted under that one. */
    sayAgain() {
      wait(() => {
        last = { key: "", at: -Infinity };
        return renew();
      }, AFTER_LEAVING_MS);
    },
    leave() {
      last = { key: "", at: -Infinity };
      send({ page, flags: [] }, true).catch(() => {});
    },
  };
}
