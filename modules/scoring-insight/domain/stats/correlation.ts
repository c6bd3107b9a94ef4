import tCdf from '@stdlib/stats-base-dists-t-cdf';
import { criticalZ } from './normal.js';
import type { PairSums } from './sums.js';

export type CorrelationReason =
  'fewer_than_two_rows' | 'constant_x' | 'constant_y' | 'fewer_than_four_rows' | 'perfect_correlation';

export interface Correlation {
  n: number;
  /** -1..1; null where a side is constant, never 0 in its place. */
  r: number | null;
  /** Confidence limits; null where the interval would have no width or no meaning. */
  low: number | null;
  high: number | null;
  /** Two-sided, against no correlation. */
  p: number | null;
  /** Why a figure is null; null when none is. */
  reason: CorrelationReason | null;
}

/**
 * Pearson's correlation with Fisher's interval (variance 1/(n - 3)) and the p-value of t = r sqrt((n - 2)/(1 - r^2)).
 * @param sums of whole numbers: both correlations are free of the units
 */
export function pearson(sums: PairSums, confidence = 0.95): Correlation {
  return correlate(sums, () => 1, confidence);
}

/**
 * Spearman's rank correlation with the interval of Bonett & Wright (2000): Fisher's scale, variance (1 + rho^2/2)/(n - 3).
 * @param ranks sums over mid-ranks times two, which are whole numbers; ties are right, unlike with sums of squared
 *   differences
 */
export function spearman(ranks: PairSums, confidence = 0.95): Correlation {
  return correlate(ranks, (r) => 1 + r ** 2 / 2, confidence);
}

function correlate(sums: PairSums, varianceFactor: (r: number) => number, confidence: number): Correlation {
  const { n } = sums;
  const size = BigInt(n);
  const none = { n, r: null, low: null, high: null, p: null };
  if (n < 2) return { ...none, reason: 'fewer_than_two_rows' };
  const ofX = size * sums.xx - sums.x ** 2n;
  const ofY = size * sums.yy - sums.y ** 2n;
  const ofBoth = size * sums.xy - sums.x * sums.y;
  if (ofX === 0n) return { ...none, reason: 'constant_x' };
  if (ofY === 0n) return { ...none, reason: 'constant_y' };

  // Whole numbers tell a perfect correlation from 0.9999999999999998, which would have a bogus interval.
  const unexplained = ofX * ofY - ofBoth ** 2n;
  if (unexplained === 0n) {
    return { ...none, r: ofBoth > 0n ? 1 : -1, p: n < 3 ? null : 0, reason: 'perfect_correlation' };
  }
  const r = Number(ofBoth) / Math.sqrt(Number(ofX) * Number(ofY));
  const t = Number(ofBoth) * Math.sqrt((n - 2) / Number(unexplained));
  const p = 2 * tCdf(-Math.abs(t), n - 2);
  if (n < 4) return { ...none, r, p, reason: 'fewer_than_four_rows' };
  const half = criticalZ(confidence) * Math.sqrt(varianceFactor(r) / (n - 3));
  const centre = Math.atanh(r);
  return { n, r, low: Math.tanh(centre - half), high: Math.tanh(centre + half), p, reason: null };
}
