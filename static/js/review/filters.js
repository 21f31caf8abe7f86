// The filter that waveforms are shown under: a row of buttons, kept from visit to visit.

const USUAL = "2-15";

/** group: the element with the buttons. storage, key: where the choice is kept. changed(): another was chosen. */
export function wireFilters({ group, storage, key, changed }) {
  const buttons = [...group.querySelectorAll("[data-filter]")];
  const names = buttons.map((button) => button.dataset.filter);
  let chosen = names.includes(storage.getItem(key)) ? storage.getItem(key) : USUAL;

  function sayChosen() {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.filter === chosen));
  }

  function choose(name) {
    chosen = name;
    storage.setItem(key, name);
    sayChosen();
    changed();
  }

  for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.filter));
  sayChosen();
  return { chosen: () => chosen, next: () => choose(names[(names.indexOf(chosen) + 1) % names.length]) };
}
