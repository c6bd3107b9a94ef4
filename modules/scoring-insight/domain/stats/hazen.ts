/**
 * Hazen percentile of a value: 100 (L + E/2) / n with L values below it and E equal to it.
 * Never 0 or 100 for a member, symmetric (higher and lower better mirror each other), mean 50 over the members.
 * @param ascending finite numbers, sorted ascending, not empty
 * @param lowerIsBetter counts the values above instead of those below
 */
export function hazenPercentile(ascending: readonly number[], value: number, lowerIsBetter = false): number {
  const below = firstIndex(ascending, (member) => member >= value);
  const notAbove = firstIndex(ascending, (member) => member > value);
  const equal = notAbove - below;
  const worse = lowerIsBetter ? ascending.length - notAbove : below;
  // Whole numbers up to one division: a percentile that is exactly 90 compares equal to a threshold of 90.
  return ((2 * worse + equal) * 50) / ascending.length;
}

/**
 * Share of the members that are at least as good as a value, in percent: 100 (G + E) / n. What "in the top q%" says is
 * true for every q from here on, and for none below; a Hazen percentile of 100 - q does not say as much.
 * @param ascending finite numbers, sorted ascending, the value among them
 */
export function topPercent(ascending: readonly number[], value: number, lowerIsBetter = false): number {
  const asGood = lowerIsBetter
    ? firstIndex(ascending, (member) => member > value)
    : ascending.length - firstIndex(ascending, (member) => member >= value);
  return (100 * asGood) / ascending.length;
}

/**
 * Quantile on Hazen's positions (type 5 of Hyndman & Fan; numpy `method="hazen"`): the inverse of
 * `hazenPercentile` between its jumps, so that the value at P75 has percentile 75. Type 7, the default of
 * most tools, would put it elsewhere than the percentile says.
 * @param ascending finite numbers, sorted ascending, not empty
 * @param p 0..1
 */
export function hazenQuantile(ascending: readonly number[], p: number): number {
  const last = ascending.length - 1;
  const position = Math.min(Math.max(ascending.length * p - 0.5, 0), last);
  const below = Math.floor(position);
  const low = ascending[below]!;
  const high = ascending[Math.min(below + 1, last)]!;
  return low + (position - below) * (high - low);
}

/** First index whose element satisfies a condition that, once true, stays true; the length when none does. */
function firstIndex(ascending: readonly number[], holds: (member: number) => boolean): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(ascending[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
