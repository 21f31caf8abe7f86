// When an Earth model lets the phases arrive: asked for after the waveform is on the screen, kept by item, drawn as dotted lines.

import { paintLine, paintText, textWidth } from "./drawing.js";
import { makeCache } from "./prefetch.js";

const OFF = "off";

/**
 * models: their names. fetchArrivals(flag, model): the server's answer. shown: the element that names the model. changed(): another was
 * chosen. tell(sentence): why there are none, once another was chosen.
 */
export function makeTheory({ models, fetchArrivals, shown, storage, key, changed, tell }) {
  const answers = makeCache((name) => fetchArrivals(...name.split(" ")), 200);
  const names = [...models, OFF];
  let model = names.includes(storage.getItem(key)) ? storage.getItem(key) : names[0];
  let wasChosen = false;

  function say(whyNone = "") {
    shown.textContent = whyNone ? `${model} (none)` : model;
    shown.title = whyNone && `None: ${whyNone}`;
    if (whyNone && wasChosen) tell(`No theoretical arrivals of ${model}: ${whyNone}.`);
    wasChosen = false;
  }

  say();
  return {
    next() {
      model = names[(names.indexOf(model) + 1) % names.length];
      storage.setItem(key, model);
      say();
      wasChosen = true;
      changed();
    },
    /** [{name, offset_s}] of an item; none where the model is off or says nothing. */
    async of(item) {
      if (model === OFF) return [];
      if (!item.trace || item.event === null) {
        say(item.trace ? "the pick belongs to no event" : "there is no waveform");
        return [];
      }
      const asked = model;
      const { arrivals, why_none: whyNone } = await answers.get(`${item.flag} ${asked}`);
      if (asked !== model) return this.of(item); // another was chosen meanwhile
      say(whyNone);
      return arrivals;
    },
  };
}

/** Lines through the strips with their names at the bottom; a name that would cover another is left out. */
export function paintArrivals(context, { arrivals, view, palette, box }) {
  let taken = -Infinity;
  for (const { name, offset_s: timeS } of arrivals) {
    const x = paintLine(context, { view, timeS, box, colour: palette.muted, width: 1, dash: [1, 4] });
    if (x === null || x < taken) continue;
    paintText(context, name, { x: x + 4, y: box.top + box.height - 9, colour: palette.muted, font: "small", ground: palette.page });
    taken = x + 8 + textWidth(context, name);
  }
}
