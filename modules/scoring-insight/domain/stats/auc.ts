import { sum } from 'simple-statistics';
import { criticalZ } from './normal.js';
import { midRanks } from './ranks.js';
import { rootOfFalling } from './root.js';

export interface RocAuc {
  /** P(score of a positive > score of a negative) + half of P(equal); 0..1, never flipped to the better side. */
  auc: number;
  /** DeLong variance of `auc`; null with fewer than two rows in a class. */
  variance: number | null;
  /** Confidence limits, 0..1. */
  low: number;
  high: number;
  /** `newcombe_5` where the DeLong variance is zero or undefined and its interval would be a single point. */
  interval: 'delong_logit' | 'newcombe_5';
  positives: number;
  negatives: number;
}

/** What the area and its variance come from: whole numbers. */
export interface AucSums {
  positives: number;
  negatives: number;
  /** Twice the number of pairs (positive, negative) in which the positive scores higher, ties one half. */
  doubledU: bigint;
  /** Squares of twice the number of negatives below each positive and of positives above each negative, ties one half. */
  placementSquares: { positives: bigint; negatives: bigint };
}

/**
 * Area under the ROC curve with its confidence interval.
 *
 * Variance: DeLong, DeLong & Clarke-Pearson (1988). Interval: on the logit scale. At an area of 0 or 1, without variance
 * (all scores tied) or with a single row in a class DeLong's interval has no width, so Newcombe's method 5 (2006) takes
 * its place.
 *
 * @returns null when a class is empty: the area is undefined
 */
export function aucOf(sums: AucSums, confidence = 0.95): RocAuc | null {
  const { positives, negatives, doubledU } = sums;
  if (positives === 0 || negatives === 0) return null;
  // Whole numbers, so the area reaches 0 and 1 exactly and needs no clamp.
  const auc = Number(doubledU) / (2 * positives * negatives);
  const variance = deLongVariance(sums);
  if (auc === 0 || auc === 1 || variance === null || variance === 0) {
    const limits = newcombeInterval(auc, positives, negatives, confidence);
    return { auc, variance, ...limits, interval: 'newcombe_5', positives, negatives };
  }
  const limits = logitInterval(auc, variance, confidence);
  return { auc, variance, ...limits, interval: 'delong_logit', positives, negatives };
}

/**
 * `aucOf` rows, in O(n log n) through mid-ranks (Sun & Xu 2014).
 * @param scores finite numbers
 * @param positive the class of each row, same length
 */
export function rocAuc(
  scores: readonly number[],
  positive: readonly boolean[],
  confidence = 0.95,
): RocAuc | null {
  const { ofPositives, ofNegatives } = placements(scores, positive);
  const below = ofPositives.map((placement) => 2 * placement);
  const above = ofNegatives.map((placement) => 2 * placement);
  return aucOf(
    {
      positives: below.length,
      negatives: above.length,
      doubledU: BigInt(sum(below)),
      placementSquares: { positives: sumOfSquares(below), negatives: sumOfSquares(above) },
    },
    confidence,
  );
}

/**
 * Of each positive the negatives that score lower, of each negative the positives that score higher, ties one half; both
 * in the order of the rows.
 */
export function placements(
  scores: readonly number[],
  positive: readonly boolean[],
): { ofPositives: number[]; ofNegatives: number[] } {
  const above = scores.filter((_, row) => positive[row] === true);
  const below = scores.filter((_, row) => positive[row] !== true);
  const pooled = midRanks([...above, ...below]);
  const [amongAbove, amongBelow] = [midRanks(above), midRanks(below)];
  return {
    ofPositives: amongAbove.map((rank, i) => pooled[i]! - rank),
    ofNegatives: amongBelow.map((rank, j) => above.length - pooled[above.length + j]! + rank),
  };
}

/** Limits of an area on the logit scale, which stay inside 0..1. `auc` is neither 0 nor 1. */
export function logitInterval(
  auc: number,
  variance: number,
  confidence: number,
): { low: number; high: number } {
  const logit = Math.log(auc / (1 - auc));
  const half = (criticalZ(confidence) * Math.sqrt(variance)) / (auc * (1 - auc));
  return { low: expit(logit - half), high: expit(logit + half) };
}

/** S10/n1 + S01/n0, the sample variances of the placements of each class among the other; null below two rows in a class. */
export function deLongVariance(sums: AucSums): number | null {
  const { positives, negatives, doubledU, placementSquares } = sums;
  if (positives < 2 || negatives < 2) return null;
  const spread = (n: number, squares: bigint, others: number): number =>
    Number(BigInt(n) * squares - doubledU ** 2n) / n / (n - 1) / n / (4 * others ** 2);
  return (
    spread(positives, placementSquares.positives, negatives) +
    spread(negatives, placementSquares.negatives, positives)
  );
}

function sumOfSquares(values: readonly number[]): bigint {
  return values.reduce((total, value) => total + BigInt(value) ** 2n, 0n);
}

/** Newcombe (2006) method 5: the values t with |auc - t| <= z sqrt(V(t)), V from Hanley & McNeil with N* = n/2 - 1. */
function newcombeInterval(
  auc: number,
  positives: number,
  negatives: number,
  confidence: number,
): { low: number; high: number } {
  const z = criticalZ(confidence);
  const n = (positives + negatives) / 2 - 1;
  const margin = (t: number): number =>
    z *
    Math.sqrt((t * (1 - t) * (1 + (n * (1 - t)) / (2 - t) + (n * t) / (1 + t))) / (positives * negatives));
  return {
    low: auc === 0 ? 0 : rootOfFalling((t) => auc - t - margin(t), 0, auc),
    // Mirrored, because the search wants a function that falls from positive to negative.
    high: auc === 1 ? 1 : 1 - rootOfFalling((u) => 1 - u - auc - margin(1 - u), 0, 1 - auc),
  };
}

function expit(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
