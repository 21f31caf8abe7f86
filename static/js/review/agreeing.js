// "Accept all that agree with this event": the list first, then one batch, then one undo.

import { leftOutWords } from "./batches.js";
import { newClientId } from "./decisions.js";
import { signed } from "./geometry.js";
import { make } from "./make.js";
import { fetchJson } from "./server.js";

/** part: elements by name. sendBatch(body): of `makeBatchSender`. item(): the pick on the screen. accepted(answer): the batch was taken; returns
 *  what takes it back, which takenBack(undoing) is told was done. settled(): resolves once the server has heard what was decided before. */
export function wireAgreeing({ part, sendBatch, item, accepted, takenBack, settled }) {
  let chosen = []; // flags
  let acceptance = null; // what is sent to accept them
  let undoing = null; // what is sent to take that back

  async function open() {
    const event = item()?.event;
    if (!event) return;
    forget();
    say("Judging the event's proposals …");
    render([]);
    part.agreeing.showModal();
    try {
      await settled();
      const found = await fetchJson(event.agreeing_url);
      chosen = found.agreeing.map(({ flag }) => flag);
      render([...found.agreeing.map((one) => ({ ...one, agrees: true })), ...found.others]);
      say(foundWords(event.ref, found));
    } catch (problem) {
      say(problem.message);
    }
    offer();
  }

  function render(rows) {
    part.agreeing_rows.replaceChildren(...rows.map((row) => make(
      "tr", {},
      make("th", { scope: "row" }, `${row.station} ${row.phase}`),
      make("td", {}, `${signed(row.now_s, 2)} s`),
      make("td", {}, `${signed(row.then_s, 2)} s`),
      make("td", {}, row.by),
      make("td", {}, row.agrees ? "✓ agrees" : "stays open"),
    )));
  }

  function offer() {
    part.agreeing_accept.hidden = undoing !== null;
    part.agreeing_accept.disabled = chosen.length === 0;
    part.agreeing_accept.textContent = `Accept ${chosen.length}`;
    part.agreeing_undo.hidden = undoing === null;
  }

  /** The same body is sent until it is answered: the server stores it once. Resolves to the answer, null where it was not stored. */
  async function send(body) {
    for (const button of [part.agreeing_accept, part.agreeing_undo]) button.disabled = true;
    const { kind, body: answer, words } = await sendBatch(body);
    part.agreeing_undo.disabled = false;
    if (kind === "stored") return answer;
    say(`Not saved: ${words}${kind === "refused" ? "" : " Press the button again."}`);
    offer();
    return null;
  }

  async function accept() {
    if (acceptance?.flags !== chosen) acceptance = { client_id: newClientId(), flags: chosen, criteria: { agrees_with_event: item()?.event?.ref ?? "" } };
    const answer = await send(acceptance);
    if (answer === null) return;
    undoing = accepted(answer);
    say(`${answer.n_decided} accepted.${leftOutWords(answer.left_out)}`);
    offer();
  }

  async function takeBack() {
    const answer = await send(undoing);
    if (answer === null) return;
    takenBack(undoing);
    forget();
    say(`${answer.n_decided} taken back; they wait in the queue again.`);
    offer();
  }

  function forget() {
    chosen = [];
    acceptance = null;
    undoing = null;
  }

  function say(words) {
    part.agreeing_words.textContent = words;
  }

  part.agreeing_open.addEventListener("click", open);
  part.agreeing_accept.addEventListener("click", accept);
  part.agreeing_undo.addEventListener("click", takeBack);
}

function foundWords(ref, { agreeing, others, n_not_judged: unknown, n_left_out: left, tolerance_s: tolerance }) {
  const words = [
    `${agreeing.length} of ${agreeing.length + others.length} open proposals of ${ref} agree: within ${tolerance.P} s (P) and ${tolerance.S} s (S) of where the other stations expect them, and no farther off than now.`,
  ];
  if (unknown > 0) words.push(`Of ${unknown} more the other stations say nothing.`);
  if (left > 0) words.push(`${left} must be looked at one by one.`);
  return words.join(" ");
}
