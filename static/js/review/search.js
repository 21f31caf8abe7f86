// The search field of the queue: a station or an event narrows it, nothing takes that back, a pick comes onto the screen.

const NEITHER = { station: "", event: "" };

/** field: the input. ask(text): resolves to {filter, row}, rejects with a sentence. narrowTo(filter): of the queue. showRow(row): of a pick.
 *  tell(words): says what was not found. */
export function wireSearch({ field, ask, narrowTo, showRow, tell }) {
  async function search() {
    const text = field.value.trim();
    try {
      const { filter, row } = text === "" ? { filter: NEITHER, row: null } : await ask(text);
      if (field.value.trim() !== text) return; // typed on meanwhile
      if (row === null) narrowTo(filter);
      else showRow(row);
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
