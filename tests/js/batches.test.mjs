import assert from "node:assert/strict";
import { test } from "node:test";

import { leftOutWords, makeBatchSender } from "../../static/js/review/batches.js";

function makeWorld(answer) {
  const world = { sent: [], signedOut: 0 };
  world.send = makeBatchSender({
    url: "/batches/",
    analyst: "ana",
    signedOut: () => { world.signedOut += 1; },
    async post(url, body) {
      world.sent.push([url, body]);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return world;
}

test("a batch says in whose name it is sent", async () => {
  const world = makeWorld({ status: 201, isJson: true, body: { n_decided: 2 } });
  const { kind, body } = await world.send({ client_id: "one", flags: [1, 2] });
  assert.deepEqual([kind, body.n_decided, world.signedOut], ["stored", 2, 0]);
  assert.deepEqual(world.sent, [["/batches/", { client_id: "one", flags: [1, 2], analyst: "ana" }]]);
});

test("signed in as somebody else, or signed out, it is not stored, and that is said", async () => {
  const another = makeWorld({ status: 401, isJson: true, body: { code: "signed_in_as_another", message: "Signed in as ben." } });
  assert.deepEqual(await another.send({}), { kind: "signed_out", body: { code: "signed_in_as_another", message: "Signed in as ben." }, words: "Signed in as ben." });
  const nobody = makeWorld({ status: 200, isJson: false, body: null });
  assert.match((await nobody.send({})).words, /You are signed out/);
  assert.deepEqual([another.signedOut, nobody.signedOut], [1, 1]);
});

test("what the server refuses, fails on or never hears comes back in words", async () => {
  const answers = [
    [{ status: 409, isJson: true, body: { code: "already_undone", message: "That batch was undone already." } }, "refused", "That batch was undone already."],
    [{ status: 500, isJson: false, body: null }, "failed", "The server answered 500."],
    [{ status: 503, isJson: false, body: null }, "unreachable", "The server answered 503."],
    [new TypeError("Failed to fetch"), "unreachable", "The server can't be reached."],
  ];
  for (const [answer, kind, words] of answers) {
    const said = await makeWorld(answer).send({});
    assert.deepEqual([said.kind, said.words], [kind, words]);
  }
});

test("what was left out is told with its reason", () => {
  assert.equal(leftOutWords([{ n: 2, words: "in conflict" }, { n: 1, words: "decided meanwhile" }]), " 2 left out: in conflict. 1 left out: decided meanwhile.");
  assert.equal(leftOutWords([]), "");
});
