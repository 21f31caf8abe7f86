import assert from "node:assert/strict";
import { test } from "node:test";

import { listenToOthers, othersWords } from "../../static/js/review/others.js";

test("the server is asked every 15 seconds, and not while nobody looks", () => {
  let isSeen = true;
  let asked = 0;
  let tick = null;
  const listen = listenToOthers({ ask: () => { asked += 1; }, isSeen: () => isSeen, every: (act, ms) => { tick = act; assert.equal(ms, 15_000); } });
  tick();
  isSeen = false;
  tick();
  isSeen = true;
  listen();
  assert.equal(asked, 2);
});

test("of the pick on the screen it is said who has it, and that it is settled", () => {
  assert.equal(othersWords(null), "");
  assert.equal(othersWords({ taken: "accept", held_by: "" }), "");
  assert.match(othersWords({ taken: null, held_by: "ben" }), /^ben has this pick open, too/);
  assert.match(othersWords({ taken: "decided", held_by: "ben" }), /^Decided meanwhile, by somebody else/);
  assert.match(othersWords({ taken: "skipped", held_by: "" }), /^Skipped meanwhile/);
});
