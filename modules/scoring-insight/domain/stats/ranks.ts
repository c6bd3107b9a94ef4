/**
 * Mid-ranks: 1-based ranks in the order of the input; tied values share the mean of the ranks they span.
 * O(n log n). The ranks are whole or half numbers, hence exact in floating point.
 * @param values finite numbers
 */
export function midRanks(values: readonly number[]): number[] {
  const ascending = Float64Array.from(values).sort();
  const rankOf = new Map<number, number>();
  let start = 0;
  while (start < ascending.length) {
    const value = ascending[start]!;
    let end = start + 1;
    while (end < ascending.length && ascending[end] === value) end += 1;
    // Ranks start+1 .. end, so their mean is (start + 1 + end) / 2.
    rankOf.set(value, (start + 1 + end) / 2);
    start = end;
  }
  return values.map((value) => rankOf.get(value)!);
}
