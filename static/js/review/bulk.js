// Accepting many timing proposals at once: the choice, what it would do, and doing it.

import { leftOutWords } from "./batches.js";
import { newClientId } from "./decisions.js";
import { signed } from "./geometry.js";
import { make } from "./make.js";
import { paintSample } from "./sample.js";
import { fetchJson } from "./server.js";
import { mostShift } from "./station_offsets.js";

/** The figures of a preview in words. */
export function previewWords({ flags, n_more: more, shifts, median_shift_s: median }) {
  if (flags.length === 0) return "No open timing proposal fits.";
  const range = `shifts ${signed(shifts[0].from_s, 2)} … ${signed(shifts.at(-1).to_s, 2)} s, median ${signed(median, 2)} s`;
  return `${flags.length} ${flags.length === 1 ? "proposal" : "proposals"}: ${range}${more > 0 ? `. ${more} more fit; take them in a second batch` : ""}.`;
}

/** address(): the present queue's parameters. item(): the pick on the screen. threshold(): of the queue. sendBatch(body): of `makeBatchSender`.
 *  accepted({client_id}, words): it is done; words: what was. settled(): resolves once the server has heard what was decided before. */
export function wireBulk({ part, urls, address, item, threshold, sendBatch, accepted, settled }) {
  const dialog = part.bulk;
  let preview = null;
  let clientId = "";
  let turn = 0;
  let timer = 0;
  let station = ""; // whose group offset may be chosen

  function query() {
    const wanted = new URLSearchParams(address());
    if (part.bulk_scope.value === "group") {
      wanted.set("kind", "group_offset");
      wanted.set("station", station);
    }
    wanted.set("least_p", part.bulk_p.value);
    wanted.set("most_interval_s", part.bulk_interval.value);
    wanted.set("most_shift_s", part.bulk_shift.value);
    return wanted.toString();
  }

  async function look() {
    turn += 1;
    const mine = turn;
    take(null, "Looking …");
    try {
      await settled();
      const found = await fetchJson(`${urls.batch_preview}?${query()}`);
      if (mine === turn) take(found, previewWords(found));
    } catch (problem) {
      if (mine === turn) take(null, problem.message);
    }
  }

  function take(found, words) {
    preview = found;
    clientId = newClientId(); // one for each preview: pressed twice, or sent again, it is taken once
    const n = found?.flags.length ?? 0;
    part.bulk_words.textContent = words;
    part.bulk_accept.disabled = n === 0;
    part.bulk_accept.textContent = n === 0 ? "Accept" : `Accept ${n}`;
    part.bulk_left.replaceChildren(...(found?.left_out ?? []).map(({ n: many, words: why }) => make("li", {}, `${many} left out: ${why}`)));
    paintShifts(found?.shifts ?? []);
    part.bulk_sample.replaceChildren(...(found?.sample ?? []).map(sampleOf));
  }

  function paintShifts(shifts) {
    const most = Math.max(1, ...shifts.map(({ n }) => n));
    const ends = shifts.length ? [shifts[0].from_s, shifts.at(-1).to_s] : [];
    part.bulk_ends.replaceChildren(...ends.map((end) => make("span", {}, `${signed(end, 2)} s`)));
    part.bulk_shifts.replaceChildren(
      ...shifts.map(({ from_s, to_s, n }) => {
        const bar = make("span", { title: `${signed(from_s, 2)} … ${signed(to_s, 2)} s: ${n}` });
        bar.style.height = `${n === 0 ? 0 : Math.max(6, (100 * n) / most)}%`;
        return bar;
      }),
    );
  }

  function sampleOf(one) {
    const words = `${one.station} ${one.phase} ${signed(one.shift_s, 2)} s`;
    const canvas = make("canvas", { role: "img", "aria-label": `Waveform of ${words}` });
    const marks = [{ timeS: one.label_s, isCatalog: true }, { timeS: one.proposed_s }];
    paintSample(canvas, { waveformUrl: one.waveform_url, durationS: one.duration_s, marks }).catch(() => canvas.replaceWith(make("p.small.muted", {}, "no waveform")));
    return make("figure", {}, canvas, make("figcaption.small", {}, words));
  }

  async function accept() {
    part.bulk_accept.disabled = true;
    const criteria = { least_p: Number(part.bulk_p.value), most_interval_s: Number(part.bulk_interval.value), queue: query() };
    const { kind, body, words } = await sendBatch({ client_id: clientId, flags: preview.flags, criteria });
    if (kind === "stored") {
      dialog.close();
      accepted(body, `${body.n_decided} accepted.${leftOutWords(body.left_out)}`);
    } else {
      part.bulk_words.textContent = `Not accepted: ${words} Pressed again, it is taken once.`;
      part.bulk_accept.disabled = false;
    }
  }

  for (const field of [part.bulk_p, part.bulk_interval, part.bulk_shift, part.bulk_scope]) {
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, 200);
    });
  }
  part.bulk_accept.addEventListener("click", accept);

  function open(ofStation) {
    station = ofStation;
    part.bulk_group.disabled = !station;
    part.bulk_group.textContent = `the group offset of ${station || "the station on the screen"}`;
    part.bulk_scope.value = station ? "group" : "queue";
    dialog.showModal();
    look();
  }

  return {
    open: () => open(item()?.kind === "group_offset" ? item().station : ""),
    /** All that the queue holds of a station that is late as a whole. What was asked for before is asked for again the next time. */
    openStation({ station: wanted, late_s: late }) {
      const before = [part.bulk_p, part.bulk_shift].map((field) => [field, field.value]);
      dialog.addEventListener("close", () => before.forEach(([field, value]) => { field.value = value; }), { once: true });
      part.bulk_p.value = threshold().toFixed(2);
      part.bulk_shift.value = mostShift(late);
      open(wanted);
    },
  };
}
