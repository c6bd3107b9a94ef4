import { sampleVariance, sum } from 'simple-statistics';
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

/**
 * Area under the ROC curve with its confidence interval, in O(n log n).
 *
 * Variance: DeLong, DeLong & Clarke-Pearson (1988) through mid-ranks (Sun & Xu 2014). Interval: on the logit
 * scale. At an area of 0 or 1, without variance (all scores tied) or with a single row in a class DeLong's
 * interval has no width, so Newcombe's method 5 (2006) takes its place.
 *
 * @param scores finite numbers
 * @param positive the class of each row, same length
 * @returns null when a class is empty: the area is undefined
 */
export function rocAuc(
  scores: readonly number[],
  positive: readonly boolean[],
  confidence = 0.95,
): RocAuc | null {
  const ofPositives = scores.filter((_, row) => positive[row] === true);
  const ofNegatives = scores.filter((_, row) => positive[row] !== true);
  const positives = ofPositives.length;
  const negatives = ofNegatives.length;
  if (positives === 0 || negatives === 0) return null;

  const pooled = midRanks([...ofPositives, ...ofNegatives]);
  const pooledPositives = pooled.slice(0, positives);
  const pooledNegatives = pooled.slice(positives);
  // Rank sums are exact, so the area reaches 0 and 1 exactly and needs no clamp.
  const auc = (sum(pooledPositives) - (positives * (positives + 1)) / 2) / (positives * negatives);
  const variance = deLongVariance(ofPositives, ofNegatives, pooledPositives, pooledNegatives);

  if (auc === 0 || auc === 1 || variance === null || variance === 0) {
    const limits = newcombeInterval(auc, positives, negatives, confidence);
    return { auc, variance, ...limits, interval: 'newcombe_5', positives, negatives };
  }
  const logit = Math.log(auc / (1 - auc));
  const half = (criticalZ(confidence) * Math.sqrt(variance)) / (auc * (1 - auc));
  const [low, high] = [expit(logit - half), expit(logit + half)];
  return { auc, variance, low, high, interval: 'delong_logit', positives, negatives };
}

/** S10/n1 + S01/n0, the sample variances of the placements of each class among the other. */
function deLongVariance(
  ofPositives: number[],
  ofNegatives: number[],
  pooledPositives: number[],
  pooledNegatives: number[],
): number | null {
  const positives = ofPositives.length;
  const negatives = ofNegatives.length;
  if (positives < 2 || negatives < 2) return null;
  const amongPositives = midRanks(ofPositives);
  const amongNegatives = midRanks(ofNegatives);
  const placementsOfPositives = pooledPositives.map((rank, i) => (rank - amongPositives[i]!) / negatives);
  const placementsOfNegatives = pooledNegatives.map((rank, j) => 1 - (rank - amongNegatives[j]!) / positives);
  return (
    sampleVariance(placementsOfPositives) / positives + sampleVariance(placementsOfNegatives) / negatives
  );
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
