// How waveforms are looked at: filter, rotation, unit, and the spectrogram under them, which wants them unfiltered too.

import { wireFilters } from "./filters.js";
import { wireRotation } from "./rotation.js";
import { wireToggle } from "./toggle.js";
import { wireUnits } from "./units.js";

const RAW = { filter: "raw", isTurned: false, backAzimuth: null, isMotion: false };

/** changed(): something else was chosen. tell(sentence): why it was not. storage, keep: where choices are kept, and under which name. */
export function makeLooks({ part, waveforms, storage, keep, changed, tell }) {
  const filters = wireFilters({ group: part.filters, dialog: part.own_filter, storage, key: `${keep}filter`, changed });
  const rotation = wireRotation({ button: part.rotate, changed, tell });
  const units = wireUnits({ button: part.unit, storage, key: `${keep}unit`, changed, tell });
  const spectrogram = wireToggle({ button: part.spectrogram, storage, key: `${keep}spectrogram`, changed });

  /** An item as it is looked at now. */
  const of = (item) => ({ filter: filters.chosen(), ...rotation.of(item), isMotion: units.isMotion(item) });

  return {
    of,
    filter: filters.chosen,
    /** What has come of an item: as it is looked at, and for the spectrogram, null where none is shown. */
    packets(item) {
      if (!item.trace) return [[], null];
      return [waveforms.packets(item, of(item)), spectrogram.isOn() ? waveforms.packets(item, RAW) : null];
    },
    /** Fetches a window of all that is shown of an item. */
    load: (item, window) => Promise.all([of(item), ...(spectrogram.isOn() ? [RAW] : [])].map((look) => waveforms.load(item, look, window))),
    /** Tells on the buttons what there is for an item. */
    sayWhatThereIs(item) {
      rotation.say(item);
      units.say(item);
    },
    actions: { filter: filters.next, filter_direction: filters.turn, rotate: rotation.toggle, unit: units.toggle, spectrogram: spectrogram.toggle },
  };
}
