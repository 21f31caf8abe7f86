// Where a comment on a pick is written.

/** Returns ask(row): opens the dialog, and resolves to the text, or to null where there is none. */
export function wireComment({ dialog, field, about }) {
  field.addEventListener("keydown", (event) => {
    const isEnd = event.key === "Escape" || (event.key === "Enter" && !event.shiftKey);
    if (!isEnd || event.isComposing) return;
    event.preventDefault(); // a browser closes a dialog a moment after Escape; the next key may come before that
    dialog.close(event.key === "Enter" ? "save" : "");
  });
  return (row) =>
    new Promise((resolve) => {
      about.textContent = `${row.station}, ${row.phase || "no phase"}`;
      field.value = "";
      dialog.returnValue = "";
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "save" && field.value.trim() ? field.value.trim() : null), { once: true });
      dialog.showModal();
    });
}
