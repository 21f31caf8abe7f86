import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";

import { makeOutbox, newClientId, newEntry, readAnswer, savedWords } from "../../static/js/review/decisions.js";

globalThis.crypto ??= webcrypto; // which browsers have, and Node from version 20 on

/** Storage of a browser that forgets nothing when the page is left. */
function makeStorage() {
  const kept = new Map();
  return {
    get length() { return kept.size; },
    key: (index) => [...kept.keys()][index],
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
}

function makeWorld(answers, storage = makeStorage()) {
  const world = { storage, sent: [], reports: [], timers: [], clock: 1000 };
  world.outbox = makeOutbox({
    storage,
    prefix: "repick:",
    async send(entry) {
      world.sent.push(entry.client_id);
      const answer = answers.shift() ?? { kind: "stored", body: {} };
      if (answer instanceof Error) throw answer;
      return answer;
    },
    report: (state) => world.reports.push(state),
    wait: (ms, callback) => world.timers.push({ ms, callback }),
    now: () => (world.clock += 1),
  });
  return world;
}

const entry = (id, pick = id) => ({ client_id: id, kind: "accept", pick });
const undoing = (undoes, pick = undoes) => ({ client_id: `undo ${undoes}`, kind: "undo", undoes, pick });
const FAILED = { kind: "failed", body: null };

test("a decision is crossed out once it is stored", async () => {
  const world = makeWorld([]);
  await world.outbox.add(entry("one"));
  assert.deepEqual([world.sent, world.outbox.pending()], [["one"], []]);
  assert.ok(world.reports.at(-1).savedAt > 0);
});

test("who waits for what was decided before waits for what is on its way", async () => {
  let answer;
  const world = makeWorld([new Promise((resolve) => { answer = resolve; })]);
  world.outbox.add(entry("one"));
  let isSettled = false;
  const settled = world.outbox.flush().then(() => { isSettled = true; });
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.equal(isSettled, false);
  answer({ kind: "stored", body: {} });
  await settled;
  assert.deepEqual([world.sent, world.outbox.pending()], [["one"], []]);
});

test("without a server a decision is kept, said, and sent later under the same id", async () => {
  const world = makeWorld([new Error("offline"), new Error("offline")]);
  await world.outbox.add(entry("one"));
  assert.equal(world.reports.at(-1).trouble, "unreachable");
  assert.equal(world.outbox.pending().length, 1);
  await world.timers.shift().callback();
  await world.timers.shift().callback();
  assert.deepEqual(world.sent, ["one", "one", "one"]);
  assert.equal(world.outbox.pending().length, 0);
  assert.equal(world.reports.at(-1).trouble, "");
});

test("waiting grows longer while the server is away", async () => {
  const world = makeWorld(Array.from({ length: 8 }, () => new Error("offline")));
  await world.outbox.add(entry("one"));
  const waits = [];
  for (let round = 0; round < 7; round += 1) {
    const timer = world.timers.shift();
    waits.push(timer.ms);
    await timer.callback();
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 15000, 30000, 30000]);
});

test("decisions arrive in the order in which they were taken, an undo after what it undoes", async () => {
  const world = makeWorld([new Error("offline")]);
  await world.outbox.add(entry("first"));
  await Promise.all([world.outbox.add(entry("second")), world.outbox.add(entry("third"))]);
  assert.deepEqual(world.sent, ["first", "first", "second", "third"]);
});

test("one timer waits for the server, however many decisions are taken meanwhile", async () => {
  const world = makeWorld(Array.from({ length: 5 }, () => new Error("offline")));
  for (const id of ["one", "two", "three"]) await world.outbox.add(entry(id));
  await world.outbox.flush();
  assert.equal(world.timers.length, 1);
  await world.timers.shift().callback();
  assert.equal(world.timers.length, 1);
});

test("a decision that the server fails on holds up no other, and is kept, said and tried again", async () => {
  const world = makeWorld([FAILED, undefined, undefined, FAILED]);
  await world.outbox.add(entry("bad"));
  await world.outbox.add(entry("good"));
  await world.outbox.add(entry("better"));
  assert.deepEqual(world.sent, ["bad", "good", "better"]);
  assert.deepEqual([world.reports.at(-1).trouble, world.reports.at(-1).waiting], ["failed", 1]);
  await world.timers.shift().callback();
  await world.timers.shift().callback();
  assert.deepEqual(world.sent.slice(3), ["bad", "bad"]);
  assert.deepEqual([world.outbox.pending(), world.timers, world.reports.at(-1).trouble], [[], [], ""]);
});

test("an undo waits for what it undoes, and so does each later decision on the same pick", async () => {
  const world = makeWorld([FAILED, undefined]);
  await Promise.all([world.outbox.add(entry("first", 7)), world.outbox.add(undoing("first", 7)), world.outbox.add(entry("again", 7)), world.outbox.add(entry("other", 8))]);
  assert.deepEqual(world.sent, ["first", "other"]);
  await world.timers.shift().callback();
  assert.deepEqual(world.sent.slice(2), ["first", "undo first", "again"]);
});

test("a decision that always fails is tried ever less often, whatever else is stored", async () => {
  const answers = [];
  const world = makeWorld(answers);
  const waits = [];
  answers.push(FAILED);
  await world.outbox.add(entry("bad"));
  for (const id of ["one", "two", "three"]) {
    await world.outbox.add(entry(id));
    const timer = world.timers.shift();
    waits.push(timer.ms);
    answers.push(FAILED);
    await timer.callback();
  }
  assert.deepEqual(waits, [1000, 2000, 4000]);
  assert.deepEqual(world.sent.filter((id) => id === "bad").length, 4);
});

test("a decision that another tab has crossed out meanwhile is not sent", async () => {
  const world = makeWorld([new Error("offline")]);
  await world.outbox.add(entry("one"));
  for (const key of [...Array(world.storage.length).keys()].map(world.storage.key)) world.storage.removeItem(key);
  await world.timers.shift().callback();
  assert.deepEqual([world.sent, world.reports.at(-1).trouble], [["one"], ""]);
});

test("decisions survive that the page is closed", async () => {
  const before = makeWorld([new Error("offline")]);
  await before.outbox.add(entry("one"));
  const after = makeWorld([], before.storage);
  await after.outbox.flush();
  assert.deepEqual(after.sent, ["one"]);
});

test("a refused decision is not sent for ever, and is said", async () => {
  const world = makeWorld([{ kind: "refused", body: { message: "Outside the trace." } }]);
  await world.outbox.add(entry("one"));
  assert.equal(world.outbox.pending().length, 0);
  assert.equal(world.reports.findLast(({ outcome }) => outcome !== null).outcome.body.message, "Outside the trace.");
});

test("signed out, a decision is kept until somebody signs in", async () => {
  const world = makeWorld([{ kind: "signed_out", body: null }]);
  await world.outbox.add(entry("one"));
  assert.equal(world.outbox.pending().length, 1);
  assert.equal(world.reports.at(-1).trouble, "signed_out");
  await world.outbox.flush();
  assert.equal(world.outbox.pending().length, 0);
});

test("only what the server has understood counts as an answer", () => {
  assert.equal(readAnswer(201, true, {}).kind, "stored");
  assert.equal(readAnswer(409, true, { code: "already_decided" }).kind, "conflict");
  assert.equal(readAnswer(409, true, { code: "already_undone" }).kind, "refused");
  assert.equal(readAnswer(400, true, {}).kind, "refused");
  assert.equal(readAnswer(200, false, null).kind, "signed_out");
  assert.equal(readAnswer(403, false, null).kind, "signed_out");
  assert.equal(readAnswer(500, true, {}).kind, "failed");
  assert.equal(readAnswer(502, false, null).kind, "failed");
  assert.deepEqual(readAnswer(401, true, { code: "signed_in_as_another" }), { kind: "signed_out", body: { code: "signed_in_as_another" } });
  assert.throws(() => readAnswer(503, false, null));
  assert.throws(() => readAnswer(429, true, {}));
});

test("a decision says what was before the analyst", () => {
  const item = { pick: 3, flag: 4, last_decision: 9, p: 0.9, pick_state: { revision: 2 }, proposal: null };
  const { client_id, ...made } = newEntry("move", item, { threshold: 0.5, filter: "raw", run: 1 }, { trace_offset_s: 10.5 });
  const shown = { last_decision: 9, p: 0.9, threshold: 0.5, filter: "raw", run: 1, proposal: false };
  assert.deepEqual(made, { kind: "move", pick: 3, flag: 4, seen_revision: 2, shown, trace_offset_s: 10.5 });
});

test("ids made without a secure context are UUIDs of version 4, each another", () => {
  const own = crypto.randomUUID;
  crypto.randomUUID = undefined;
  try {
    const ids = Array.from({ length: 100 }, newClientId);
    assert.equal(new Set(ids).size, 100);
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  } finally {
    crypto.randomUUID = own;
  }
});

test("the page says what is kept here, and why it is not sent", () => {
  assert.equal(savedWords({ waiting: 0, trouble: "", savedAt: null }), null);
  assert.equal(savedWords({ waiting: 1, trouble: "", savedAt: null }), "saving 1 decision …");
  assert.match(savedWords({ waiting: 2, trouble: "unreachable", savedAt: 1 }), /can't be reached. 2 decisions kept here/);
  assert.match(savedWords({ waiting: 2, trouble: "signed_out", savedAt: 1 }), /signed out/);
  assert.match(savedWords({ waiting: 1, trouble: "failed", savedAt: 1 }), /The server fails on 1 decision, kept here and tried again/);
});

test("an undo stays behind what it undoes though the clock was set back between the two", async () => {
  const world = makeWorld([new Error("offline"), new Error("offline")]);
  await world.outbox.add(entry("one"));
  world.clock = 10;
  await world.outbox.add(undoing("one"));
  await world.outbox.flush();
  assert.deepEqual(world.sent.slice(-2), ["one", "undo one"]);
});
