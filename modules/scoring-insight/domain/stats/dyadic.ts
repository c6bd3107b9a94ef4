import { type AucSums, deLongVariance } from './auc.js';

/**
 * Sums of products over clusters of deals. Of each cluster: w, the placements of its deals added up; p and n, its
 * successful and other deals. The placement of a deal is twice the number of deals of the other class on its wrong side,
 * ties one half: of the failures below a success, of the successes above a failure.
 */
export interface ClusterSums {
  ww: bigint;
  wp: bigint;
  wn: bigint;
  pp: bigint;
  pn: bigint;
  nn: bigint;
}

/**
 * Variance of the ROC area where deals share entities: the dyadic cluster-robust sandwich of Aronow, Samii & Assenova
 * (2015) on the influence of each deal on the area, psi = (V10 - A)/n1 of a success and (V01 - A)/n0 of a failure.
 *
 * V = sum over ordered pairs of deals that share an entity of psi psi'. Adding up per entity counts two deals of the same
 * pair of entities twice, so those are subtracted once. Without sharing V is sum psi^2; it is scaled by the factor,
 * about n/(n - 1) per class, that turns that sum into DeLong's variance, which it then equals.
 *
 * @returns null where DeLong's variance is undefined or zero; can be negative in small samples, where the deals of an
 *   entity tend to opposite sides
 */
export function dyadicVariance(sums: AucSums, byEntity: ClusterSums, byPair: ClusterSums): number | null {
  const deLong = deLongVariance(sums);
  if (deLong === null || deLong === 0) return null;
  const [n1, n0] = [BigInt(sums.positives), BigInt(sums.negatives)];
  const u = sums.doubledU;
  // Whole numbers up to here: the terms cancel, and floating point would keep the wrong digits.
  const squares = (c: ClusterSums): bigint =>
    c.ww * n1 ** 2n * n0 ** 2n -
    2n * u * n1 * n0 * (c.wp * n0 + c.wn * n1) +
    u ** 2n * (c.pp * n0 ** 2n + 2n * c.pn * n1 * n0 + c.nn * n1 ** 2n);
  const ownSquares: ClusterSums = {
    ww: sums.placementSquares.positives + sums.placementSquares.negatives,
    wp: u,
    wn: u,
    pp: n1,
    pn: 0n,
    nn: n0,
  };
  return deLong * (Number(squares(byEntity) - squares(byPair)) / Number(squares(ownSquares)));
}
