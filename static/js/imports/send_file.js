// Sending one file: small ones whole, large ones in chunks that go on where a lost connection cut them off. No DOM; the network is handed in.
import { asHex, crc32 } from "./crc32.js";

const LONGEST_WAIT_S = 30;
const OTHER_FILE = "Another file of that name and size is here, whole or in part. Rename one of them, or leave out what came of it on the import's page.";

/** The server could not be reached, or could not answer just now: to be tried again. */
export class Unreachable extends Error {}

/** The server said no: its status, and the JSON error that it gave. */
export class RefusedByServer extends Error {
  constructor(status, body) {
    super(body?.message || `The server answered ${status}.`);
    this.status = status;
    this.code = body?.code;
  }
}

/**
 * Sends item ({name, size, file}) and resolves once it is stored whole; rejects with what the server refused it for.
 * server: {whole(item), received(item), chunk(item, {offset, bytes, crc32})}, each rejecting with Unreachable or RefusedByServer.
 * on: {progress(bytes that are there), waiting(seconds until it is tried again)}. pause(seconds): resolves when it is time to try again.
 */
export async function sendFile(item, server, { on, pause, chunkBytes }) {
  let failures = 0;
  for (;;) {
    try {
      if (item.size <= chunkBytes) return await server.whole(item);
      return await sendRest(item, server, chunkBytes, on.progress, () => (failures = 0));
    } catch (error) {
      // Someone else sends it too, or a chunk was damaged on its way: the server is asked anew where to go on.
      const goOn = error instanceof RefusedByServer && ["wrong_offset", "chunk_damaged", "upload_cut_off"].includes(error.code);
      if (!goOn && !(error instanceof Unreachable)) throw error;
      const seconds = Math.min(2 ** failures, LONGEST_WAIT_S);
      failures += 1;
      on.waiting(seconds);
      await pause(seconds);
    }
  }
}

async function sendRest(item, server, chunkBytes, progress, arrived) {
  let here = await server.received(item);
  if (here.received_bytes && asHex(await checksum(item, here.received_bytes, chunkBytes)) !== here.crc32) {
    throw new Error(OTHER_FILE);
  }
  while (!here.is_whole) {
    const offset = here.received_bytes;
    progress(offset);
    const bytes = await bytesOf(item, offset, Math.min(offset + chunkBytes, item.size));
    here = await server.chunk(item, { offset, bytes, crc32: asHex(crc32(bytes)) });
    arrived();
  }
  progress(item.size);
  return here;
}

/** Checksum of the file's first `end` bytes, read piece by piece. */
async function checksum(item, end, chunkBytes) {
  let value = 0;
  for (let offset = 0; offset < end; offset += chunkBytes) value = crc32(await bytesOf(item, offset, Math.min(offset + chunkBytes, end)), value);
  return value;
}

async function bytesOf(item, start, end) {
  try {
    return new Uint8Array(await item.file.slice(start, end).arrayBuffer());
  } catch {
    throw new Error("The file can't be read any more; it was moved or changed meanwhile. Choose it again.");
  }
}
