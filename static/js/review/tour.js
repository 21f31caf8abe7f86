// The first visit: a few cards that point at the parts of the screen. Shown to each analyst in a browser until it was walked or closed, again from the list of keys.

const GAP = 14;

/**
 * dialog: holds one [data-step] each for a part, which its data-points-at selects. button: shows it again. storage, key: where it is kept
 * that it was seen.
 */
export function wireTour({ dialog, button, storage, key }) {
  const steps = [...dialog.querySelectorAll("[data-step]")];
  const [back, next] = ["back", "next"].map((name) => dialog.querySelector(`[data-tour=${name}]`));
  let at = 0;

  const target = () => document.querySelector(steps[at].dataset.pointsAt);

  function show(index) {
    target().classList.remove("is-pointed-at");
    at = index;
    steps.forEach((step, place) => { step.hidden = place !== at; });
    dialog.setAttribute("aria-labelledby", steps[at].querySelector("h2").id);
    back.hidden = at === 0;
    next.textContent = at === steps.length - 1 ? "Start reviewing" : "Next";
    target().classList.add("is-pointed-at");
    place();
    next.focus();
  }

  /** Beside what it points at, on the side with more room, and never beyond the window. */
  function place() {
    const there = target().getBoundingClientRect();
    const { width, height } = dialog.getBoundingClientRect();
    const left = innerWidth - there.right > there.left ? there.right + GAP : there.left - GAP - width;
    dialog.style.left = `${Math.min(Math.max(left, GAP), innerWidth - width - GAP)}px`;
    dialog.style.top = `${Math.min(Math.max(there.top + GAP, GAP), innerHeight - height - GAP)}px`;
  }

  function start() {
    dialog.showModal(); // no key decides meanwhile
    show(0);
  }

  back.addEventListener("click", () => show(at - 1));
  next.addEventListener("click", () => (at === steps.length - 1 ? dialog.close() : show(at + 1)));
  dialog.querySelector("[data-tour=stop]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    storage.setItem(key, "seen"); // now, so that who reloads the page halfway gets it again
    target().classList.remove("is-pointed-at");
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight" && at < steps.length - 1) show(at + 1);
    if (event.key === "ArrowLeft" && at > 0) show(at - 1);
  });
  window.addEventListener("resize", () => dialog.open && place());
  button.addEventListener("click", () => {
    button.closest("dialog").close();
    start();
  });
  if (storage.getItem(key) === null) start();
}
