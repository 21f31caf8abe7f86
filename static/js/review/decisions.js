// Decisions on their way to the server. Each is written down in the browser first and crossed out once the server has stored it; it may be
// sent any number of times, and the id made here lets the server store it once. No DOM in here: storage, sending and waiting are handed in.

const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];

/** storage: localStorage or its like. send(entry): resolves to {kind: "stored" | "conflict" | "refused" | "signed_out", body}, rejects when
 *  the server can't be reached. report(state): told after every change. wait(ms, callback): setTimeout or its like. */
export function makeOutbox({ storage, prefix, send, report, wait, now = () => Date.now() }) {
  let sending = false;
  let tries = 0;
  let counter = 0;
  let trouble = "";
  let savedAt = null;

  function keys() {
    const found = [];
    for (let index = 0; index < storage.length; index += 1) {
      const key = storage.key(index);
      if (key.startsWith(prefix)) found.push(key);
    }
    return found.sort();
  }

  function pending() {
    return keys().map((key) => JSON.parse(storage.getItem(key)));
  }

  function tell(outcome = null) {
    report({ waiting: keys().length, trouble, savedAt, outcome });
  }

  function add(entry) {
    counter += 1;
    // One key for each, in the order made: two tabs never overwrite each other's list.
    const key = `${prefix}${String(now()).padStart(15, "0")}-${String(counter).padStart(6, "0")}-${entry.client_id}`;
    storage.setItem(key, JSON.stringify(entry));
    tell();
    return flush();
  }

  async function flush() {
    if (sending) return;
    sending = true;
    try {
      for (let key = keys()[0]; key !== undefined; key = keys()[0]) {
        const entry = JSON.parse(storage.getItem(key));
        const answer = await send(entry);
        if (answer.kind === "signed_out") {
          trouble = "signed_out";
          tell();
          return;
        }
        storage.removeItem(key);
        tries = 0;
        trouble = "";
        if (answer.kind !== "refused") savedAt = now();
        tell({ entry, ...answer });
      }
    } catch {
      trouble = "unreachable";
      tell();
      wait(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)], flush);
      tries += 1;
    } finally {
      sending = false;
    }
  }

  return { add, flush, pending };
}

/** What an HTTP answer means for a decision. Only what the server has understood is crossed out. */
export function readAnswer(status, isJson, body) {
  if (isJson && (status === 201 || status === 200)) return { kind: "stored", body };
  if (isJson && status === 409 && body.code === "already_decided") return { kind: "conflict", body };
  if (status === 401 || (!isJson && status < 500)) return { kind: "signed_out", body: null };
  if (isJson && status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429) return { kind: "refused", body };
  throw new Error(`The server answered ${status}.`);
}

/** Own decisions of this session, newest last, so that undo goes back as far as the session and no further. */
export function makeUndoStack(storage, key) {
  const read = () => JSON.parse(storage.getItem(key) ?? "[]");
  const write = (stack) => storage.setItem(key, JSON.stringify(stack.slice(-500)));
  return {
    push: (entry) => write([...read(), entry]),
    pop() {
      const stack = read();
      const last = stack.pop() ?? null;
      write(stack);
      return last;
    },
    forget: (clientId) => write(read().filter((entry) => entry.client_id !== clientId)),
    size: () => read().length,
  };
}

/** A UUID of version 4. Without a secure context (plain HTTP in a local network) browsers have no randomUUID. */
export function newClientId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** What the page says of the decisions kept here; null while there is nothing to say. */
export function savedWords({ waiting, trouble, savedAt }) {
  const many = `${waiting} ${waiting === 1 ? "decision" : "decisions"}`;
  if (trouble === "unreachable") return `The server can't be reached. ${many} kept here, sent as soon as it can.`;
  if (trouble === "signed_out") return `You are signed out. ${many} kept here; sign in again in another tab, then come back.`;
  if (waiting > 0) return `saving ${many} …`;
  return savedAt === null ? null : `saved · ${new Date(savedAt).toLocaleTimeString("en-GB")}`;
}
