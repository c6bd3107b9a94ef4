/** Probabilities below this are taken for zero while convolving; n of them sum to less than n times that. */
const NEGLIGIBLE = 1e-25;

/**
 * The distribution of the number of successes of independent trials of unequal chances, by convolving one trial after the
 * other (Barlow and Heidtmann 1984). Exact but for tails below 1e-25, which keeps the cost at O(n sqrt(n)) for many trials.
 * @param chances 0..1
 * @returns at index k the probability of k successes, n + 1 long; [1] without trials
 */
export function poissonBinomial(chances: readonly number[]): Float64Array {
  const pmf = new Float64Array(chances.length + 1);
  pmf[0] = 1;
  let low = 0;
  let high = 0;
  for (const chance of chances) {
    high += 1;
    for (let k = high; k > low; k -= 1) pmf[k] = pmf[k]! * (1 - chance) + pmf[k - 1]! * chance;
    pmf[low] = pmf[low]! * (1 - chance);
    for (; low < high && pmf[low]! < NEGLIGIBLE; low += 1) pmf[low] = 0;
    for (; high > low && pmf[high]! < NEGLIGIBLE; high -= 1) pmf[high] = 0;
  }
  return pmf;
}

/** The least k with P(at most k) >= share. */
export function countQuantile(pmf: Float64Array, share: number): number {
  let sum = 0;
  for (let k = 0; k < pmf.length; k += 1) {
    sum += pmf[k]!;
    // Sums of a hundred terms miss a share such as 0.5 by an ulp or two.
    if (sum >= share - 1e-12) return k;
  }
  return pmf.length - 1;
}
