// The drop zone: opens an import with the first file, sends one file a request, a few at a time, then starts the import.
import { toast } from "../page/toasts.js";
import { filesOfDrop, filesOfInput } from "./dropped_files.js";
import { sendFile } from "./send_file.js";
import { bytesAsText, DONE, FAILED, SENDING, UploadQueue } from "./upload_queue.js";
import { uploadServer } from "./upload_server.js";

const AT_ONCE = 3;
const ROWS = 60;
const LOGGED_OUT = "Your session has ended. Log in again in another tab, then send the file again.";
const csrf = document.querySelector("meta[name=csrf-token]").content;
const box = document.querySelector("[data-uploader]");
const part = (name) => box.querySelector(`[data-${name}]`);
const zone = part("drop-zone");
const chunkBytes = Number(box.dataset.chunkBytes);
const queue = new UploadQueue();
const received = Number(box.dataset.received || 0);
let urls = box.dataset.fileUrl ? { file: box.dataset.fileUrl, chunk: box.dataset.chunkUrl, start: box.dataset.startUrl, preview: box.dataset.previewUrl, detail: box.dataset.detailUrl } : null;
let opening = null;
let sending = 0;
let drawn = false;

async function post(url) {
  const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf, Accept: "application/json" } });
  if (answer.redirected) throw new Error(LOGGED_OUT);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.message || `The server answered ${answer.status}.`), { code: body.code });
  return body;
}

async function take(files) {
  if (!files.length) return toast("There was no file in what you dropped.", "warning");
  queue.add(files);
  draw();
  try {
    opening ??= urls ? Promise.resolve({ urls }) : post(box.dataset.newUrl);
    urls = (await opening).urls;
  } catch (error) {
    opening = null;
    return toast(`The upload can't be opened. ${error.message}`, "error");
  }
  while (sending < AT_ONCE && sendNext());
}

function sendNext() {
  const item = queue.take();
  if (!item) return false;
  sending += 1;
  send(item).then(() => {
    sending -= 1;
    draw();
    sendNext();
  });
  draw();
  return true;
}

async function send(item) {
  try {
    const on = {
      progress: (bytes) => show(item, SENDING, "", bytes),
      waiting: (seconds) => show(item, SENDING, `The server can't be reached. It is tried again in ${seconds} s; what has arrived stays there.`),
    };
    await sendFile(item, uploadServer(urls, csrf, (one, bytes) => show(one, SENDING, "", bytes)), { on, pause, chunkBytes });
    show(item, DONE);
  } catch (error) {
    show(item, FAILED, error.message);
  }
}

function show(item, state, problem = "", sent = item.sent) {
  Object.assign(item, { state, problem, sent });
  draw();
}

/** So many seconds, or until the browser is back in the net. */
function pause(seconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    window.addEventListener("online", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

function draw() {
  if (drawn) return;
  drawn = true;
  requestAnimationFrame(() => {
    drawn = false;
    drawNow();
  });
}

function drawNow() {
  const [done, failed, all] = [queue.count(DONE), queue.count(FAILED), queue.items.length];
  const settled = queue.isSettled && sending === 0;
  part("upload-list").hidden = all === 0 && received === 0;
  const earlier = received ? `${received} received before, ` : "";
  part("upload-summary").textContent = `${earlier}${done} of ${all} files received, ${bytesAsText(queue.bytes)}${failed ? `, ${failed} failed` : ""}`;
  part("upload-progress").value = all ? queue.share : 1;
  const shown = queue.worthShowing(ROWS);
  part("upload-rows").replaceChildren(...shown.map(row));
  part("upload-hidden").hidden = all <= ROWS;
  part("upload-hidden").textContent = `${all - shown.length} more files are not listed.`;
  part("retry").hidden = !failed || !settled;
  const start = part("start");
  start.disabled = part("preview").disabled = !settled || done + received === 0;
  start.textContent = settled && done + received ? `Start the import of ${done + received} file${done + received === 1 ? "" : "s"}` : "Start the import";
}

function row(item) {
  const line = document.createElement("li");
  const name = document.createElement("span");
  name.textContent = name.title = item.name;
  const size = document.createElement("span");
  size.className = "number muted";
  size.textContent = bytesAsText(item.size);
  const bar = document.createElement("progress");
  bar.max = Math.max(1, item.size);
  bar.value = item.state === DONE ? bar.max : item.state === SENDING ? item.sent : 0;
  const state = document.createElement("span");
  state.className = `badge ${{ [DONE]: "good", [FAILED]: "bad", [SENDING]: "busy" }[item.state] || ""}`;
  state.textContent = item.state;
  line.append(name, size, bar, state);
  if (item.problem) {
    const problem = document.createElement("span");
    problem.className = "problem";
    problem.textContent = item.problem;
    line.append(problem);
  }
  return line;
}

for (const button of box.querySelectorAll("[data-choose]")) {
  const input = box.querySelector(`[data-input=${button.dataset.choose}]`);
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = filesOfInput(input);
    input.value = "";
    take(files);
  });
}
// The whole window takes a drop, or a file let go beside the zone would replace the page.
for (const name of ["dragenter", "dragover"]) {
  window.addEventListener(name, (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
}
window.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) zone.classList.remove("over");
});
window.addEventListener("drop", async (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  take(await filesOfDrop(event.dataTransfer));
});
part("retry").addEventListener("click", () => {
  queue.retry();
  while (sending < AT_ONCE && sendNext());
  draw();
});
part("preview").addEventListener("click", async () => {
  part("preview").disabled = true;
  try {
    await post(urls.preview);
    window.removeEventListener("beforeunload", warn);
    location.assign(`${urls.detail}?preview=new`);
  } catch (error) {
    part("preview").disabled = false;
    toast(error.message, "error");
  }
});
part("start").addEventListener("click", async () => {
  part("start").disabled = true;
  try {
    await post(urls.start);
    window.removeEventListener("beforeunload", warn);
    location.assign(urls.detail);
  } catch (error) {
    // The import's own page lists the tables that somebody has to describe first.
    if (error.code === "unconfirmed_tables") return location.assign(`${urls.detail}?tables=open`);
    part("start").disabled = false;
    toast(error.message, "error");
  }
});

function warn(event) {
  if (!queue.isSettled) event.preventDefault();
}
window.addEventListener("beforeunload", warn);
drawNow();
