/**
 * General dominance (Azen and Traxel 2009): the Shapley value of a measure of fit. Per predictor the gain in fit from
 * adding it, averaged within each size of the set it joins and then over the sizes. The shares sum to the fit of all
 * predictors less that of none.
 * @param fitOf fit of the model with these predictors (indexes, ascending); called once per subset, 2^predictors times
 * @returns one share per predictor; null when a subset has no fit
 */
export function generalDominance(
  predictors: number,
  fitOf: (subset: readonly number[]) => number | null,
): number[] | null {
  const all = Array.from({ length: predictors }, (_, j) => j);
  const fits: number[] = [];
  for (let set = 0; set < 2 ** predictors; set += 1) {
    const fit = fitOf(all.filter((j) => (set >> j) & 1));
    if (fit === null) return null;
    fits.push(fit);
  }
  return all.map((j) => {
    const gains = new Array<number>(predictors).fill(0);
    const counts = new Array<number>(predictors).fill(0);
    fits.forEach((fit, set) => {
      if ((set >> j) & 1) return;
      const size = all.filter((k) => (set >> k) & 1).length;
      gains[size]! += fits[set | (1 << j)]! - fit;
      counts[size]! += 1;
    });
    return gains.reduce((sum, gain, size) => sum + gain / counts[size]!, 0) / predictors;
  });
}
