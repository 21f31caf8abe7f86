// Batches on their way to the server. They are not kept here: whoever takes one waits for the answer, and sends the same again where none came.

import { readAnswer } from "./decisions.js";
import { postJson } from "./server.js";

const SIGNED_OUT = "You are signed out. Sign in again in another tab.";

/** signedOut(): told where nobody, or somebody else, is signed in by now. Of what this returns see `send`. */
export function makeBatchSender({ url, analyst, signedOut, post = postJson }) {
  /** body: client_id and what the batch asks for. Resolves to {kind: as of `readAnswer`, or "unreachable", body, words: why it was not stored}. */
  async function send(body) {
    let answer;
    try {
      const { status, isJson, body: said } = await post(url, { ...body, analyst });
      answer = { ...readAnswer(status, isJson, said), words: said?.message ?? `The server answered ${status}.` };
    } catch (problem) {
      return { kind: "unreachable", body: null, words: problem instanceof TypeError ? "The server can't be reached." : problem.message };
    }
    if (answer.kind !== "signed_out") return answer;
    signedOut();
    return { ...answer, words: answer.body?.message ?? SIGNED_OUT };
  }

  return send;
}

/** How many were left out, and why: a sentence each. */
export function leftOutWords(leftOut, verb = "left out") {
  return leftOut.map(({ n, words }) => ` ${n} ${verb}: ${words}.`).join("");
}
