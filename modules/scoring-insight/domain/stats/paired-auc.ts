import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { mean, sampleCovariance } from 'simple-statistics';
import { placements } from './auc.js';
import { criticalZ } from './normal.js';

export interface PairedAuc {
  first: number;
  second: number;
  /** first - second. */
  difference: number;
  /** 95% limits of the difference; null with fewer than two rows in a class. */
  low: number | null;
  high: number | null;
  z: number | null;
  /** Two-sided; null where the difference has no variance. */
  p: number | null;
}

/**
 * Difference of the ROC areas of two scores on the same rows, by DeLong, DeLong and Clarke-Pearson (1988): the variance
 * is V11 + V22 - 2 V12 of the rows' placements. Valid for scores that were not fitted to these rows.
 * @returns null when a class is empty
 */
export function pairedAuc(
  first: readonly number[],
  second: readonly number[],
  positive: readonly boolean[],
): PairedAuc | null {
  const a = shares(first, positive);
  const b = shares(second, positive);
  if (a === null || b === null) return null;
  const [areaA, areaB] = [mean(a.ofPositives), mean(b.ofPositives)];
  const difference = areaA - areaB;
  const none = { first: areaA, second: areaB, difference, low: null, high: null, z: null, p: null };
  const [positives, negatives] = [a.ofPositives.length, a.ofNegatives.length];
  if (positives < 2 || negatives < 2) return none;
  const varianceOf = (x: number[], y: number[]): number =>
    sampleCovariance(x, x) + sampleCovariance(y, y) - 2 * sampleCovariance(x, y);
  const variance =
    varianceOf(a.ofPositives, b.ofPositives) / positives +
    varianceOf(a.ofNegatives, b.ofNegatives) / negatives;
  // Rounding leaves a variance of 1e-17 where the two scores order the rows alike.
  const error = variance > 1e-15 ? Math.sqrt(variance) : 0;
  const half = criticalZ(0.95) * error;
  const limits = { ...none, low: difference - half, high: difference + half };
  if (error === 0) return limits;
  const z = difference / error;
  return { ...limits, z, p: 2 * normalCdf(-Math.abs(z), 0, 1) };
}

/** Per row the share of the other class that it is ordered rightly with, ties one half. */
function shares(
  scores: readonly number[],
  positive: readonly boolean[],
): { ofPositives: number[]; ofNegatives: number[] } | null {
  const { ofPositives, ofNegatives } = placements(scores, positive);
  if (ofPositives.length === 0 || ofNegatives.length === 0) return null;
  return {
    ofPositives: ofPositives.map((placement) => placement / ofNegatives.length),
    ofNegatives: ofNegatives.map((placement) => placement / ofPositives.length),
  };
}
