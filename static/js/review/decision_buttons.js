// The buttons that decide. They keep their places and words while a pick is loading; only then none can be pressed.

const ACCEPT_WORDS = { remove: "Accept: no arrival", add: "Accept: add it" };

/** part: the elements of the page by name. item: what is on the screen, or null. canDecide: on that item. canUndo: something. */
export function renderButtons(part, { item, canDecide, canUndo }) {
  const proposal = item?.proposal;
  part.accept.disabled = !canDecide || !proposal;
  part.accept.firstElementChild.textContent = ACCEPT_WORDS[proposal?.action] ?? "Accept";
  for (const name of ["reject", "remove", "next"]) part[name].disabled = !canDecide;
  part.move.disabled = !canDecide || !item.trace;
  part.undo.disabled = !canUndo;
}
