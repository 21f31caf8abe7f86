// Decisions on their way to the server. Each is written down in the browser first and crossed out once the server has stored it; it may be
// sent any number of times, and the id made here lets the server store it once. No DOM in here: storage, sending and waiting are handed in.

export const STAYS = ["add", "describe", "comment"]; // after these the pick stays on the screen, and in the queue
const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const BUSY = [408, 425, 429, 503]; // the server takes nothing just now, whatever is sent

/** storage: localStorage or its like. send(entry): resolves to {kind: "stored" | "conflict" | "refused" | "failed" | "signed_out", body},
 *  rejects when the server can't be reached. report(state): told after every change. wait(ms, callback): setTimeout or its like. */
export function makeOutbox({ storage, prefix, send, report, wait, now = () => Date.now() }) {
  const failing = new Set(); // picks on which the server has failed to store a decision: what follows on them waits for it
  let sending = null; // until all that can be sent has been answered
  let isTimed = false;
  let tries = 0;
  let counter = 0;
  let trouble = "";
  let savedAt = null;

  const keys = () => keysOf(storage, prefix);

  /** null: another tab has sent it meanwhile. */
  const read = (key) => JSON.parse(storage.getItem(key));

  function pending() {
    return keys().map(read).filter((entry) => entry !== null);
  }

  function tell(outcome = null) {
    const kept = trouble === "failed" ? pending().filter(({ pick }) => failing.has(pick)) : keys();
    report({ waiting: kept.length, trouble, savedAt, outcome });
  }

  function add(entry) {
    counter += 1;
    // One key for each, in the order made, whatever is done to the clock meanwhile: two tabs never overwrite each other's list.
    const newest = Number(keys().at(-1)?.slice(prefix.length, prefix.length + 15) ?? 0);
    const key = `${prefix}${String(Math.max(now(), newest + 1)).padStart(15, "0")}-${String(counter).padStart(6, "0")}-${entry.client_id}`;
    storage.setItem(key, JSON.stringify(entry));
    tell();
    return deliver();
  }

  /** Tries everything now, what the server failed on too. */
  function flush() {
    if (sending === null) failing.clear();
    return deliver();
  }

  /** Resolves once nothing more can be sent now, whoever began to send. */
  function deliver() {
    sending ??= deliverEach();
    return sending;
  }

  async function deliverEach() {
    try {
      trouble = await sendEach();
    } finally {
      sending = null;
    }
    tell();
    if (trouble === "") tries = 0;
    else if (trouble !== "signed_out") tryLater();
  }

  /** What keeps decisions here: "" where nothing does. */
  async function sendEach() {
    for (let key = nextKey(); key !== undefined; key = nextKey()) {
      const entry = read(key);
      let answer;
      try {
        answer = await send(entry);
      } catch {
        return "unreachable";
      }
      if (answer.kind === "signed_out") return "signed_out";
      if (answer.kind === "failed") {
        failing.add(entry.pick);
        continue;
      }
      storage.removeItem(key);
      trouble = failing.size > 0 ? "failed" : "";
      if (answer.kind !== "refused") savedAt = now();
      tell({ entry, ...answer });
    }
    return keys().length > 0 ? "failed" : "";
  }

  /** Of each pick in the order made: an undo never overtakes what it undoes. */
  function nextKey() {
    return keys().find((key) => {
      const entry = read(key);
      return entry !== null && !failing.has(entry.pick);
    });
  }

  /** One timer at a time, set ever later until all is stored. */
  function tryLater() {
    if (isTimed) return;
    isTimed = true;
    wait(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)], () => {
      isTimed = false;
      return flush();
    });
    tries += 1;
  }

  return { add, flush, pending };
}

/** The keys of a storage that begin with a prefix, in order. */
export function keysOf(storage, prefix) {
  return Array.from({ length: storage.length }, (_, index) => storage.key(index)).filter((key) => key.startsWith(prefix)).sort();
}

/** What an HTTP answer means for a decision. Only what the server has understood is crossed out. */
export function readAnswer(status, isJson, body) {
  if (BUSY.includes(status)) throw new Error(`The server answered ${status}.`);
  if (isJson && (status === 201 || status === 200)) return { kind: "stored", body };
  if (isJson && status === 409 && body.code === "already_decided") return { kind: "conflict", body };
  if (status >= 500) return { kind: "failed", body: null };
  if (status === 401 || !isJson) return { kind: "signed_out", body: isJson ? body : null };
  if (status >= 400) return { kind: "refused", body };
  throw new Error(`The server answered ${status}.`);
}

/** A decision on the pick that is on the screen, with what the analyst had before them. more: what its kind asks for. */
export function newEntry(kind, item, { threshold, filter, run }, more = {}) {
  const { pick, flag, last_decision, p } = item;
  return {
    client_id: newClientId(),
    kind,
    pick,
    flag,
    seen_revision: item.pick_state.revision,
    shown: { last_decision, p, threshold, filter, run, proposal: Boolean(item.proposal) },
    ...more,
  };
}

/** Takes back one of the undo stack. */
export function newUndo({ client_id: undoes, pick, flag, kind: undone }) {
  return { client_id: newClientId(), kind: "undo", undoes, pick, flag, undone };
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
  if (trouble === "failed") return `The server fails on ${many}, kept here and tried again. Tell its admin if this stays.`;
  if (trouble === "signed_out") return `You are signed out. ${many} kept here, sent once you have signed in.`;
  if (waiting > 0) return `saving ${many} …`;
  return savedAt === null ? null : `saved · ${new Date(savedAt).toLocaleTimeString("en-GB")}`;
}
