// What a decision would change in the event: this pick against where the other stations expect it. No DOM in here.

/** The places that a pick has or may be given: [{name, phase, offsetS}], seconds on its trace. cursorS: null for none. */
export function placesOf(item, cursorS) {
  const { pick_state: now, proposal } = item;
  const places = [];
  if (!now.is_removed && now.offset_s !== null) places.push({ name: "now", phase: now.phase, offsetS: now.offset_s });
  if (proposal !== null && proposal.action !== "remove") places.push({ name: "proposal", phase: proposal.phase, offsetS: proposal.offset_s ?? now.offset_s });
  if (cursorS !== null) places.push({ name: "cursor", phase: now.phase, offsetS: cursorS });
  return places.filter(({ offsetS, phase }) => offsetS !== null && (phase === "P" || phase === "S"));
}

/** Residual and scatter of each place by each fit: [{name, phase, byModel, byWadati}], each {residualS, scatterS, n} or null. */
export function changesOf(event, places) {
  if (event.trace_start_s === null) return [];
  return places.map((place) => {
    const timeS = event.trace_start_s + place.offsetS;
    const expected = event.expected[place.phase];
    return { ...place, byModel: against(expected.by_model, timeS), byWadati: against(expected.by_wadati, timeS) };
  });
}

/** expected: {time_s, per_s, n, squares} of the other stations. scatterS: root mean square of all misfits with this one. */
function against(expected, timeS) {
  if (expected === null) return null;
  const residualS = timeS - expected.time_s;
  const misfitS = expected.per_s * residualS;
  return { residualS, scatterS: Math.sqrt((expected.squares + misfitS * misfitS) / (expected.n + 1)), n: expected.n };
}

/** This station's points of S−P against P, one for each place: [{name, pS, lagS}]. Without the other phase there is none. */
export function wadatiPoints(event, places) {
  const here = event.arrivals.find((one) => one.is_here);
  if (here === undefined || event.trace_start_s === null) return [];
  return places.flatMap(({ name, phase, offsetS }) => {
    const timeS = event.trace_start_s + offsetS;
    const [pS, sS] = phase === "P" ? [timeS, here.s_s] : [here.p_s, timeS];
    return pS === null || sS === null ? [] : [{ name, pS, lagS: sS - pS }];
  });
}

/** Time of a phase at a distance on the moveout, null beyond it. */
export function moveoutAt(moveout, phase, distanceKm) {
  if (moveout === null || distanceKm === null) return null;
  const distances = moveout.distance_km;
  const after = distances.findIndex((one) => one >= distanceKm);
  if (after < 0) return null;
  if (after === 0) return moveout[phase][0];
  const share = (distanceKm - distances[after - 1]) / (distances[after] - distances[after - 1]);
  return moveout[phase][after - 1] + share * (moveout[phase][after] - moveout[phase][after - 1]);
}
