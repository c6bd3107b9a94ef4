import tCdf from '@stdlib/stats-base-dists-t-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { type GroupSums, meanOf, varianceOf } from './sums.js';

export interface WelchTest {
  /** Mean of the first group minus mean of the second, with its confidence limits, in units of the values. */
  difference: number | null;
  low: number | null;
  high: number | null;
  t: number | null;
  /** Welch-Satterthwaite, not a whole number. */
  df: number | null;
  /** Two-sided. */
  p: number | null;
  reason: 'fewer_than_two_per_group' | 'constant' | null;
}

/**
 * Welch's t test: do two groups differ in their mean, whatever their variances?
 * @param unit what one step of the whole numbers in the sums is worth
 */
export function welchTest(first: GroupSums, second: GroupSums, unit = 1, confidence = 0.95): WelchTest {
  const none = { difference: null, low: null, high: null, t: null, df: null, p: null };
  const [variance1, variance2] = [varianceOf(first), varianceOf(second)];
  const [mean1, mean2] = [meanOf(first), meanOf(second)];
  if (variance1 === null || variance2 === null || mean1 === null || mean2 === null)
    return { ...none, reason: 'fewer_than_two_per_group' };

  const difference = (mean1 - mean2) * unit;
  const [part1, part2] = [variance1 / first.n, variance2 / second.n];
  if (part1 + part2 === 0) return { ...none, difference, reason: 'constant' };
  const t = (mean1 - mean2) / Math.sqrt(part1 + part2);
  const df = (part1 + part2) ** 2 / (part1 ** 2 / (first.n - 1) + part2 ** 2 / (second.n - 1));
  const half = tQuantile((1 + confidence) / 2, df) * Math.sqrt(part1 + part2) * unit;
  return {
    difference,
    low: difference - half,
    high: difference + half,
    t,
    df,
    p: 2 * tCdf(-Math.abs(t), df),
    reason: null,
  };
}
