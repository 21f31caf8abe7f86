// What every page has: toasts, menus that close, questions before what can't be taken back, errors of HTMX requests.
import { armToasts, toast } from "./toasts.js";

armToasts();

document.addEventListener("click", (click) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(click.target)) menu.open = false;
});
document.addEventListener("keydown", (key) => {
  if (key.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// <form data-confirm="What will happen" data-confirm-button="Withdraw">
document.addEventListener("submit", (submit) => {
  const form = submit.target;
  if (!form.dataset.confirm || form.dataset.confirmed) return;
  submit.preventDefault();
  const dialog = document.getElementById("confirm");
  dialog.querySelector("p").textContent = form.dataset.confirm;
  const button = dialog.querySelector("button[value=yes]");
  button.textContent = form.dataset.confirmButton || "Go on";
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes") return;
    form.dataset.confirmed = "yes";
    form.requestSubmit(submit.submitter);
  };
  dialog.showModal();
});

// <select data-submit-on-change> sends its form.
document.addEventListener("change", (change) => {
  if (change.target.matches("[data-submit-on-change]")) change.target.form.requestSubmit();
});

document.body.addEventListener("htmx:responseError", (event) => {
  const polled = event.detail.elt.hasAttribute("data-polls");
  if (!polled) toast(`The server answered ${event.detail.xhr.status}. Load the page again; if that doesn't help, tell your administrator.`, "error");
});
document.body.addEventListener("htmx:sendError", (event) => {
  if (!event.detail.elt.hasAttribute("data-polls")) toast("The server can't be reached. Check your connection and try again.", "error");
});
