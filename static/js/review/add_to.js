// Which event an arrival that is added belongs to: the pick's own, a second earthquake, or another that is known. As suggested for each pick anew.

const THIS = "this";
const SECOND = "second"; // one that was added on this trace within a minute, or else a new one
const NEW = "new";

/** What there is to choose for an item, as [value, words]. events: others that are known nearby. */
export function choicesOf(item, events = []) {
  return [
    [THIS, item.event === null ? "no event" : "this event"],
    [SECOND, "a second earthquake"],
    [NEW, "an earthquake of its own"],
    ...events.map(({ event, words }) => [String(event), words]),
  ];
}

/** Where nothing else is chosen: a missed arrival that no label explains is taken for a second earthquake's. */
export function suggested(item) {
  return item.proposal?.action === "add" ? SECOND : THIS;
}

/** select: the element. fetchNearby(flag): other events. said(sentence): what was chosen by its key. */
export function wireAddTo({ select, fetchNearby, said }) {
  let shown = null; // the flag of the item that is on the screen

  function fill(item, events) {
    const chosen = select.value;
    select.replaceChildren(...choicesOf(item, events).map(([value, words]) => new Option(words, value)));
    select.value = chosen;
  }

  return {
    show(item) {
      if (item.flag === shown) return;
      shown = item.flag;
      fill(item, []);
      select.value = suggested(item);
    },
    /** Other events, for those who look longer. */
    async load(item) {
      const { events } = await fetchNearby(item.flag);
      if (item.flag === shown) fill(item, events);
    },
    next() {
      select.selectedIndex = (select.selectedIndex + 1) % Math.max(select.options.length, 1);
      said(`What is added is of ${select.selectedOptions[0]?.text ?? "no event"}`);
    },
    chosen: () => select.value,
  };
}
