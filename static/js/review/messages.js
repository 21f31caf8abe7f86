// What the page has to say to the analyst, beside the decisions.

import { make } from "./panels.js";

/** level: "error" stays until it is closed; "" goes by itself. The same sentence is not said twice at once. */
export function sayTrouble(text, level = "error") {
  for (const said of document.querySelectorAll("#toasts .toast")) if (said.firstElementChild.textContent === text) said.remove();
  const close = make("button", { type: "button", "aria-label": "Close" }, "×");
  const toast = make(`div.toast${level ? `.${level}` : ""}`, {}, make("p", {}, text), close);
  close.addEventListener("click", () => toast.remove());
  document.getElementById("toasts").append(toast);
  if (!level) setTimeout(() => toast.remove(), 5000);
}
