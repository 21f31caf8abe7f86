// From rows of a share to what figures say of them: pure, without DOM or Plotly.

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}\u00a0%`;

/** What stands beside the pointer. */
export const words = (row) =>
  `${row.label}: ${row.flagged.toLocaleString("en")} of ${row.n.toLocaleString("en")} picks, ${percent(row.share)} (${percent(row.low)} to ${percent(row.high)})`;

/** The same of the labels that are wrong. */
export const wrongWords = ({ label, wrong }) =>
  `${label}: ${percent(wrong.share)} of labels wrong (${percent(wrong.low)} to ${percent(wrong.high)}), from ${wrong.n.toLocaleString("en")} judged blind`;

/** Lengths of error bars to both sides of the shares. */
export const errorBars = (rows) => ({
  array: rows.map((row) => Math.max(0, row.high - row.share)),
  arrayminus: rows.map((row) => Math.max(0, row.share - row.low)),
});

/** Diameters in pixels: the area grows with the share, and the largest share is largest. */
export function diameters(rows, { smallest = 7, largest = 24 } = {}) {
  const most = Math.max(...rows.map((row) => row.share), 0.01);
  return rows.map((row) => smallest + (largest - smallest) * Math.sqrt(row.share / most));
}

/** How many kilometres of longitude lie in one of latitude, at the middle of the stations: the ratio for axes of equal distance. */
export function aspect(rows) {
  const latitudes = rows.map((row) => row.latitude);
  const middle = (Math.min(...latitudes) + Math.max(...latitudes)) / 2;
  return 1 / Math.max(0.05, Math.cos((middle * Math.PI) / 180));
}
