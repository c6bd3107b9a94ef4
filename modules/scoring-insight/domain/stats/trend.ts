import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { median } from 'simple-statistics';

export interface TrendPoint {
  /** Position in time, e.g. months since some month; strictly ascending. Gaps are allowed. */
  x: number;
  y: number;
}

export interface MonotoneTrend {
  /** Mann-Kendall's standardised statistic with its continuity correction; 0 where all values are equal. */
  z: number;
  /** Two-sided, of z. */
  p: number;
  /** Theil and Sen: median of the slopes between all pairs of points, in y per x. */
  slope: number;
}

/** Fewer points and the normal approximation of Mann-Kendall's test is not to be trusted. */
export const MIN_TREND_POINTS = 8;

/**
 * Whether a series rises or falls: Mann (1945) and Kendall's test with the variance corrected for ties, and the slope of
 * Theil (1950) and Sen (1968). Both look at signs and medians only: one odd month moves neither far. O(n^2).
 * @returns null below eight points
 */
export function monotoneTrend(points: readonly TrendPoint[]): MonotoneTrend | null {
  const n = points.length;
  if (n < MIN_TREND_POINTS) return null;
  const slopes: number[] = [];
  let s = 0;
  for (const [i, later] of points.entries())
    for (const earlier of points.slice(0, i)) {
      s += Math.sign(later.y - earlier.y);
      slopes.push((later.y - earlier.y) / (later.x - earlier.x));
    }
  const ties = new Map<number, number>();
  for (const { y } of points) ties.set(y, (ties.get(y) ?? 0) + 1);
  const term = (t: number): number => t * (t - 1) * (2 * t + 5);
  const variance = [...ties.values()].reduce((rest, t) => rest - term(t), term(n)) / 18;
  const z = variance === 0 || s === 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance);
  return { z, p: 2 * normalCdf(-Math.abs(z), 0, 1), slope: median(slopes) };
}
