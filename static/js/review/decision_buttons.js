// The buttons that decide. They keep their places and words while a pick is loading; only then none can be pressed.

const ACCEPT_WORDS = { remove: "Accept: no arrival", add: "Accept: add it" };

/** item: as for `renderButtons`. The surplus one of two picks of one arrival is removed, and yet there is an arrival. */
export function acceptWords(item) {
  const action = item?.proposal?.action;
  if (action === "remove" && item.kind === "duplicate") return "Accept: remove it";
  return ACCEPT_WORDS[action] ?? "Accept";
}

/** part: the elements of the page by name. item: what is on the screen, or null. canDecide: on that item. canUndo: something. */
export function renderButtons(part, { item, canDecide, canUndo }) {
  const proposal = item?.proposal;
  part.accept.disabled = !canDecide || !proposal;
  part.accept.firstElementChild.textContent = acceptWords(item);
  part.reject.firstElementChild.textContent = item?.withheld ? "Keep" : "Reject";
  for (const name of ["reject", "remove", "next"]) part[name].disabled = !canDecide;
  part.move.disabled = !canDecide || !item.trace;
  part.undo.disabled = !canUndo;
}
