// Short messages in the corner. Errors stay until they are closed; the rest goes by itself.

const STAY_MS = 6000;

const box = () => document.getElementById("toasts");

function arm(toast) {
  toast.querySelector("button").addEventListener("click", () => toast.remove());
  if (!toast.classList.contains("error") && !toast.classList.contains("warning")) setTimeout(() => toast.remove(), STAY_MS);
}

/** Shows a message. kind: "success", "info", "warning" or "error". */
export function toast(message, kind = "info") {
  const item = document.createElement("div");
  item.className = `toast ${kind}`;
  const text = document.createElement("p");
  text.textContent = message;
  const close = document.createElement("button");
  close.type = "button";
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  item.append(text, close);
  box().append(item);
  arm(item);
}

/** Arms the messages that the server put on the page. */
export function armToasts() {
  for (const item of box().querySelectorAll(".toast")) arm(item);
}
