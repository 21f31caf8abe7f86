// The filter that waveforms are shown under: buttons for usual bands and for one's own, zero-phase or causal; kept from visit to visit.

const USUAL = "2-15";

/** group: the element with the buttons. dialog: where one's own band is typed in. storage, key: where it is kept. changed(): another was chosen. */
export function wireFilters({ group, dialog, storage, key, changed }) {
  const buttons = [...group.querySelectorAll("[data-filter]")];
  const direction = group.querySelector("[data-direction]");
  const own = buttons.find((button) => button.dataset.filter === "own");
  const form = dialog.querySelector("form");
  let ownBand = storage.getItem(`${key}-own`);
  let isCausal = storage.getItem(`${key}-causal`) === "yes";
  let chosen = names().includes(storage.getItem(key)) ? storage.getItem(key) : USUAL;

  /** What `F` goes through: one's own band once there is one. */
  function names() {
    return buttons.map((button) => button.dataset.filter).filter((name) => name !== "own" || ownBand !== null);
  }

  function sayChosen() {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.filter === chosen));
    own.textContent = ownBand === null ? "own …" : bandWords(ownBand);
    direction.textContent = isCausal ? "causal" : "zero-phase";
    direction.disabled = chosen === "raw";
    direction.title = isCausal ? "The filter runs forwards only: nothing leaks ahead of an onset, and all comes a little late" : "The filter runs both ways: no onset moves, and some energy leaks ahead of it";
  }

  function choose(name) {
    chosen = name;
    storage.setItem(key, name);
    sayChosen();
    changed();
  }

  function turn() {
    if (chosen === "raw") return;
    isCausal = !isCausal;
    storage.setItem(`${key}-causal`, isCausal ? "yes" : "");
    sayChosen();
    changed();
  }

  function ask() {
    const [low, high] = (ownBand ?? USUAL).split("-");
    form.elements.low.value = low;
    form.elements.high.value = high;
    dialog.showModal();
  }

  form.addEventListener("submit", (event) => {
    const [low, high] = [form.elements.low, form.elements.high];
    high.setCustomValidity(Number(high.value) > Number(low.value) ? "" : "The upper corner has to lie above the lower one.");
    if (!form.reportValidity()) {
      event.preventDefault();
      return;
    }
    ownBand = `${Number(low.value)}-${Number(high.value)}`;
    storage.setItem(`${key}-own`, ownBand);
    choose("own");
  });
  form.addEventListener("input", () => form.elements.high.setCustomValidity(""));

  for (const button of buttons) button.addEventListener("click", () => (button === own ? ask() : choose(button.dataset.filter)));
  direction.addEventListener("click", turn);
  form.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
  sayChosen();
  return {
    /** As the server names it: `raw`, `2-15` or `2-15-causal`. */
    chosen: () => filterName(chosen === "own" ? ownBand : chosen, isCausal),
    next: () => choose(names()[(names().indexOf(chosen) + 1) % names().length]),
    turn,
  };
}

export function filterName(band, isCausal) {
  return band === "raw" || !isCausal ? band : `${band}-causal`;
}

/** What is seen of a packet, and where a corner lies beyond what its rate holds: `2–15 Hz, zero-phase`. */
export function filterWords({ filter, passesHz, samplingRateHz }) {
  if (passesHz === null) return "raw";
  const [low, high] = passesHz;
  const direction = filter.endsWith("-causal") ? "causal" : "zero-phase";
  if (high !== null) return `${bandWords(`${low}-${high}`)}, ${direction}`;
  return `${low} Hz and above, ${direction}: ${samplingRateHz} Hz data end at ${samplingRateHz / 2} Hz, so ${filter.split("-")[1]} Hz cuts nothing`;
}

function bandWords(band) {
  return `${band.replace("-", "–")} Hz`;
}
