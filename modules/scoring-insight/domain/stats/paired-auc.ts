import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { mean, sampleCovariance } from 'simple-statistics';
import { criticalZ } from './normal.js';
import { midRanks } from './ranks.js';

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
  const a = placements(first, positive);
  const b = placements(second, positive);
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
function placements(
  scores: readonly number[],
  positive: readonly boolean[],
): { ofPositives: number[]; ofNegatives: number[] } | null {
  const above = scores.filter((_, row) => positive[row] === true);
  const below = scores.filter((_, row) => positive[row] !== true);
  if (above.length === 0 || below.length === 0) return null;
  const pooled = midRanks([...above, ...below]);
  const [amongAbove, amongBelow] = [midRanks(above), midRanks(below)];
  return {
    ofPositives: amongAbove.map((rank, i) => (pooled[i]! - rank) / below.length),
    ofNegatives: amongBelow.map((rank, j) => 1 - (pooled[above.length + j]! - rank) / above.length),
  };
}
