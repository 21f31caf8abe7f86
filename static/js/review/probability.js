/** P with two decimals, cut and not rounded: thresholds are hundredths, and 0.896 must not read as if it had reached 0.90. */
export function hundredths(p) {
  return (Math.floor(100 * p + 1e-9) / 100).toFixed(2);
}
