import assert from "node:assert/strict";
import { test } from "node:test";

import { makeLeases } from "../../static/js/review/leases.js";

function leases({ flags, answer = {} }) {
  const sent = [];
  const pages = [];
  const told = [];
  const clock = { ms: 0 };
  const made = makeLeases({
    send: async ({ page, flags: asked }, isLeaving) => {
      pages.push(page);
      sent.push([asked, isLeaving]);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    wanted: () => flags,
    held: (asked, held) => told.push([asked, held]),
    every: () => {},
    now: () => clock.ms,
  });
  return { made, sent, pages, told, clock };
}

test("what is open is said once, and again after a while", async () => {
  const { made, sent, told, clock } = leases({ flags: [1, 2], answer: { 2: "ben" } });
  await made.renew();
  await made.renew();
  assert.deepEqual(sent, [[[1, 2], false]]);
  assert.deepEqual(told, [[[1, 2], { 2: "ben" }]]);
  clock.ms = 60_000;
  await made.renew();
  assert.equal(sent.length, 2);
});

test("without an answer it is said again with the next pick", async () => {
  const { made, sent, told } = leases({ flags: [1], answer: new Error("gone") });
  await made.renew();
  await made.renew();
  assert.deepEqual([sent.length, told.length], [2, 0]);
});

test("leaving gives everything back", () => {
  const { made, sent } = leases({ flags: [1] });
  made.leave();
  assert.deepEqual(sent, [[[], true]]);
});

test("a page says the same id always, and another page another one", async () => {
  const [one, other] = [leases({ flags: [1] }), leases({ flags: [1] })];
  await one.made.renew();
  one.made.leave();
  await other.made.renew();
  assert.equal(one.pages[0], one.pages[1]);
  assert.notEqual(one.pages[0], other.pages[0]);
});
