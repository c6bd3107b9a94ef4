import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { sampleVariance, sum } from 'simple-statistics';
import { placements } from './auc.js';
import { criticalZ } from './normal.js';

export interface PairedAuc {
  first: number;
  second: number;
  /** first - second. */
  difference: number;
  /** 95% limits of the difference; null where its error is unknown. */
  low: number | null;
  high: number | null;
  z: number | null;
  /** Two-sided; null where the difference has no variance. */
  p: number | null;
  /** Why there are no limits; null when there are. Without variance only a difference of 0 has some: itself. */
  reason: 'single_row_in_class' | 'no_variance' | null;
}

/**
 * Difference of the ROC areas of two scores on the same rows, by DeLong, DeLong and Clarke-Pearson (1988): the variance
 * V11 + V22 - 2 V12 of the rows' placements is that of their differences. Valid for scores that were not fitted to these rows.
 * @returns null when a class is empty
 */
export function pairedAuc(
  first: readonly number[],
  second: readonly number[],
  positive: readonly boolean[],
): PairedAuc | null {
  const a = placements(first, positive);
  const b = placements(second, positive);
  const [positives, negatives] = [a.ofPositives.length, a.ofNegatives.length];
  const pairs = positives * negatives;
  if (pairs === 0) return null;
  const [areaA, areaB] = [sum(a.ofPositives) / pairs, sum(b.ofPositives) / pairs];
  const difference = areaA - areaB;
  const none = { first: areaA, second: areaB, difference, low: null, high: null, z: null, p: null };
  if (positives < 2 || negatives < 2) return { ...none, reason: 'single_row_in_class' };
  // Placements are whole numbers and halves, so the variance is exactly 0 where they differ by the same in every row.
  const varianceOf = (x: number[], y: number[]): number => sampleVariance(x.map((of, row) => of - y[row]!));
  const variance =
    varianceOf(a.ofPositives, b.ofPositives) / (positives * negatives ** 2) +
    varianceOf(a.ofNegatives, b.ofNegatives) / (negatives * positives ** 2);
  // A sample in which the difference does not vary does not show how far it would elsewhere.
  if (variance === 0)
    return difference === 0 ? { ...none, low: 0, high: 0, reason: null } : { ...none, reason: 'no_variance' };
  const error = Math.sqrt(variance);
  const half = criticalZ(0.95) * error;
  const z = difference / error;
  const p = 2 * normalCdf(-Math.abs(z), 0, 1);
  return { ...none, low: difference - half, high: difference + half, z, p, reason: null };
}
