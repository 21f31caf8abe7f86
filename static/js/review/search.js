// The search field of the queue: a station or an event narrows it, nothing takes that back, a pick comes onto the screen.

const NEITHER = { station: "", event: "" };

/** field: the input. ask(text): resolves to {filter, row, also}, rejects with a sentence. narrowTo(filter): of the queue. showRow(row): of a pick.
 *  tell(words, level): says what was not found, or what else has that name. */
export function wireSearch({ field, ask, narrowTo, showRow, tell }) {
  async function search() {
    const text = field.value.trim();
    try {
      const { filter, row, also } = text === "" ? { filter: NEITHER, row: null, also: "" } : await ask(text);
      if (field.value.trim() !== text) return; // typed on meanwhile
      if (row === null) narrowTo(filter);
      else showRow(row);
      if (also) tell(also, "note");
      field.blur(); // the keys are the screen's again
    } catch (problem) {
      tell(problem.message);
      field.select();
    }
  }

  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  return {
    focus() {
      field.focus();
      field.select();
    },
  };
}
