/**
 * Mid-ranks: 1-based ranks in the order of the input; tied values share the mean of the ranks they span.
 * O(n log n). The ranks are whole or half numbers, hence exact in floating point.
 * @param values finite numbers
 */
export function midRanks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const ranks = new Array<number>(values.length);
  let start = 0;
  while (start < order.length) {
    let end = start + 1;
    while (end < order.length && order[end]!.value === order[start]!.value) end += 1;
    // Ranks start+1 .. end, so their mean is (start + 1 + end) / 2.
    const rank = (start + 1 + end) / 2;
    for (let at = start; at < end; at += 1) ranks[order[at]!.index] = rank;
    start = end;
  }
  return ranks;
}
