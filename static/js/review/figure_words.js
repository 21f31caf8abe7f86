// What the waveform panel shows, in words, for those who hear it instead. `figureWords` and `cursorWords` have no DOM in them.

import { utcWords } from "./clock.js";
import { digitsFor, uncertaintyWords } from "./cursor.js";
import { filterWords } from "./filters.js";
import { signed } from "./geometry.js";
import { rateWords } from "./strips.js";

const QUIET_MS = 400; // a cursor that runs is read out once it stands

/** One sentence about all that is drawn. view: in seconds on the trace. */
export function figureWords(item, view, packet = null, hasSpectrogram = false) {
  const { trace, label, proposal } = item;
  const components = packet?.components ?? trace.channels; // turned ones have other names
  const live = components.filter((one) => !one.dead).map((one) => one.channel);
  const dead = components.filter((one) => one.dead).map((one) => one.channel);
  const gaps = trace.channels.flatMap((channel) => channel.gaps).filter(([from, to]) => to > view.startS && from < view.endS).length;
  const fromLabel = (timeS) => signed(timeS - label.offset_s, 1);
  return [
    `Waveforms of ${live.join(", ") || "no live component"} at ${rateWords(trace.sampling_rate_hz)}`,
    [null, undefined, "counts"].includes(packet?.unit) ? "" : `in ${packet.unit}`,
    packet === null ? "" : filterWords(packet),
    dead.length ? `dead: ${dead.join(", ")}` : "",
    `from ${fromLabel(view.startS)} to ${fromLabel(view.endS)} s around the ${label.phase} of the catalog`,
    proposal?.offset_s == null ? "" : `${proposal.phase} ${proposal.action === "add" ? "missed" : "proposed"} at ${signed(proposal.shift_s, 2)} s`,
    proposal === null && item.posterior?.networks_s != null ? `the networks see it at ${signed(item.posterior.networks_s, 2)} s` : "",
    hasSpectrogram && live.length ? `spectrogram of ${live[0]}` : "",
    gaps ? `${gaps} ${gaps === 1 ? "gap" : "gaps"} in view` : "",
  ].filter(Boolean).join("; ");
}

export function cursorWords(item, cursor, stepS) {
  const utc = utcWords(item.trace, cursor.offset_s, digitsFor(stepS));
  const place = `Cursor at ${signed(cursor.offset_s - item.label.offset_s, digitsFor(stepS))} s from the catalog pick${utc && `, ${utc} UTC`}`;
  return cursor.uncertainty_s === null ? place : `${place}, uncertainty ${uncertaintyWords(cursor.uncertainty_s)}`;
}

/** say(words): after the last of a row of changes. */
export function makeSpeaker(say) {
  let timer = 0;
  return (words) => {
    clearTimeout(timer);
    timer = setTimeout(() => say(words()), QUIET_MS);
  };
}
