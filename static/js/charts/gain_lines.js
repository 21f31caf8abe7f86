// From what a page holds of a run's gain to points of figures: pure, without DOM or Plotly.

const FEW = 10; // labels, of which a share says little
const percent = (share) => `${Math.round(100 * share)}\u00a0%`;

/** Lines of precision against recall, {kind, x, y, text} each. planted: rows of threshold, recall, precision.
 *  verdicts: rows of threshold, recall, precision, low, high, n. */
export function precisionLines({ planted, verdicts }) {
  const of = (kind, rows, y, words) => ({ kind, x: rows.map((row) => row[1]), y: rows.map((row) => row[y]), text: rows.map(words) });
  const lines = [];
  if (planted.length) {
    lines.push(of("planted", planted, 2, ([p, recall, precision]) => `P ≥ ${p.toFixed(2)}: ${percent(recall)} found, ${percent(precision)} of those flagged wrong`));
  }
  if (verdicts.length) {
    const line = of("verdicts", verdicts, 2, ([p, , precision, low, high, n]) => `P ≥ ${p.toFixed(2)}: ${n} decided, ${percent(precision)} wrong (${percent(low)} to ${percent(high)})`);
    lines.push({ ...line, ...band(verdicts) });
  }
  return lines;
}

/** The outline of the interval around a curve: out along its upper edge and back along the lower. */
function band(rows) {
  const back = [...rows].reverse();
  return { bandX: [...rows, ...back].map((row) => row[1]), bandY: [...rows.map((row) => row[4]), ...back.map((row) => row[3])] };
}

/** Points of a reliability diagram with the lengths of their error bars. rows: predicted, observed, low, high, n. */
export function reliabilityPoints(rows) {
  return {
    x: rows.map((row) => row[0]),
    y: rows.map((row) => row[1]),
    above: rows.map(([, observed, , high]) => Math.max(0, high - observed)),
    below: rows.map(([, observed, low]) => Math.max(0, observed - low)),
    symbols: rows.map((row) => (row[4] < FEW ? "diamond-open" : "diamond")),
    text: rows.map(([predicted, observed, low, high, n]) => `${n} labels, mean P ${predicted.toFixed(2)}: ${percent(observed)} wrong (${percent(low)} to ${percent(high)})`),
  };
}
