// What the page has to say to the analyst, beside the decisions.

import { make } from "./make.js";

export const ON_SCREEN = "on the screen"; // about the pick there: gone with it
const SHOWN_MS = 5000;

/** level: "error" stays until it is closed; "" goes by itself. The same sentence is not said twice at once, nor is anything else said before
 *  of what it is about. about: for `unsay`. */
export function sayTrouble(text, level = "error", about = "") {
  for (const said of toasts()) if (said.firstElementChild.textContent === text) said.remove();
  if (about) unsay(about);
  const close = make("button", { type: "button", "aria-label": "Close" }, "×");
  const toast = make(`div.toast${level ? `.${level}` : ""}`, { "data-about": about || null }, make("p", {}, text), close);
  close.addEventListener("click", () => toast.remove());
  document.getElementById("toasts").append(toast);
  if (!level) setTimeout(() => toast.remove(), SHOWN_MS);
}

/** Takes away what was said about something: it is not so any more. */
export function unsay(about) {
  for (const said of toasts()) if (said.dataset.about === about) said.remove();
}

export function closeMessages() {
  for (const said of toasts()) said.remove();
}

function toasts() {
  return document.querySelectorAll("#toasts .toast");
}
