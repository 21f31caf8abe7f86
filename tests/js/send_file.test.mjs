import assert from "node:assert/strict";
import { test } from "node:test";

import { asHex, crc32 } from "../../static/js/imports/crc32.js";
import { RefusedByServer, sendFile, Unreachable } from "../../static/js/imports/send_file.js";

const CONTENT = Uint8Array.from({ length: 25 }, (_, i) => i * 7);
const item = (content = CONTENT) => ({ name: "a.mseed", size: content.length, file: new Blob([content]) });

/** A server that keeps what it gets. fails: what goes wrong with the first, second … chunk. */
function server(fails = [], stored = []) {
  const state = () => ({ received_bytes: stored.length, crc32: asHex(crc32(Uint8Array.from(stored))), is_whole: stored.length === CONTENT.length });
  return {
    stored,
    offsets: [],
    wholes: 0,
    async whole() {
      this.wholes += 1;
      if (fails.shift()) throw new Unreachable();
    },
    async received() {
      return state();
    },
    async chunk(_, { offset, bytes, crc32: told }) {
      this.offsets.push(offset);
      assert.equal(told, asHex(crc32(bytes)));
      const failure = fails.shift();
      if (failure === "before") throw new Unreachable();
      if (failure === "refused") throw new RefusedByServer(400, { code: "no_room", message: "No room." });
      if (failure === "damaged") throw new RefusedByServer(400, { code: "chunk_damaged" });
      stored.push(...bytes);
      if (failure === "after") throw new Unreachable();
      return state();
    },
  };
}

function send(one, to) {
  const waits = [];
  const told = [];
  const options = {
    on: { progress: (bytes) => told.push(bytes), waiting: (seconds) => waits.push(seconds) },
    pause: async () => {},
    chunkBytes: 10,
  };
  return sendFile(one, to, options).then(() => ({ waits, told }));
}

test("the checksum is that of zip, and goes on from an earlier one", () => {
  const digits = new TextEncoder().encode("123456789");
  assert.equal(asHex(crc32(digits)), "cbf43926");
  assert.equal(crc32(digits.slice(4), crc32(digits.slice(0, 4))), 0xcbf43926);
  assert.equal(asHex(crc32(new Uint8Array())), "00000000");
});

test("a small file goes in one piece, and again after the connection broke", async () => {
  const to = server(["before"]);
  const { waits } = await send(item(CONTENT.slice(0, 10)), to);
  assert.equal(to.wholes, 2);
  assert.deepEqual(waits, [1]);
});

test("a large file goes in chunks that follow each other", async () => {
  const to = server();
  const { told } = await send(item(), to);
  assert.deepEqual(to.offsets, [0, 10, 20]);
  assert.deepEqual(told, [0, 10, 20, 25]);
  assert.deepEqual(to.stored, [...CONTENT]);
});

test("a chunk that was lost is sent again, and one whose answer was lost is not", async () => {
  const to = server(["", "before", "after"]);
  await send(item(), to);
  assert.deepEqual(to.offsets, [0, 10, 10, 20]);
  assert.deepEqual(to.stored, [...CONTENT]);
});

test("waits grow while nothing comes through, to half a minute", async () => {
  const { waits } = await send(item(), server(Array(7).fill("before")));
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30]);
});

test("a chunk that was damaged on its way is sent again", async () => {
  const to = server(["damaged"]);
  await send(item(), to);
  assert.deepEqual(to.offsets, [0, 0, 10, 20]);
});

test("what the server refuses is not tried again", async () => {
  const to = server(["refused"]);
  await assert.rejects(send(item(), to), /No room/);
  assert.deepEqual(to.offsets, [0]);
});

test("a file goes on where it was cut off, unless what is there is another's", async () => {
  const to = server([], [...CONTENT.slice(0, 13)]);
  await send(item(), to);
  assert.deepEqual(to.offsets, [13, 23]);
  await assert.rejects(send(item(), server([], [1, 2, 3])), /Another file/);
});

test("a file that can't be read any more says so", async () => {
  const gone = { name: "a", size: 25, file: { slice: () => ({ arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }) } };
  await assert.rejects(send(gone, server()), /Choose it again/);
});
