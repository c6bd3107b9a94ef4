import { sampleCorrelation } from 'simple-statistics';
import { criticalZ } from './normal.js';
import { midRanks } from './ranks.js';

export type Spearman =
  | { status: 'ok'; rho: number; low: number; high: number }
  /** `low` and `high` are null at rho = 1 or -1 (no width) and below four rows (undefined). */
  | { status: 'no_interval'; rho: number; low: null; high: null }
  | { status: 'undefined'; reason: 'fewer_than_two_rows' | 'constant' };

/**
 * Spearman's rank correlation: Pearson's correlation of mid-ranks, hence right with ties.
 * Interval: Fisher's z with the variance (1 + rho^2 / 2) / (n - 3) of Bonett & Wright (2000).
 * @param x finite numbers
 * @param y finite numbers, same length
 */
export function spearman(x: readonly number[], y: readonly number[], confidence = 0.95): Spearman {
  const n = x.length;
  if (n < 2) return { status: 'undefined', reason: 'fewer_than_two_rows' };
  const ranksOfX = midRanks(x);
  const ranksOfY = midRanks(y);
  if (isConstant(ranksOfX) || isConstant(ranksOfY)) return { status: 'undefined', reason: 'constant' };

  // Equal or mirrored ranks are found exactly: rounding could give 0.9999999999999998 and a bogus interval.
  if (ranksOfX.every((rank, i) => rank === ranksOfY[i])) return withoutInterval(1);
  if (ranksOfX.every((rank, i) => rank === n + 1 - ranksOfY[i]!)) return withoutInterval(-1);

  const rho = sampleCorrelation(ranksOfX, ranksOfY);
  if (n < 4) return withoutInterval(rho);
  const half = criticalZ(confidence) * Math.sqrt((1 + rho ** 2 / 2) / (n - 3));
  return {
    status: 'ok',
    rho,
    low: Math.tanh(Math.atanh(rho) - half),
    high: Math.tanh(Math.atanh(rho) + half),
  };
}

function withoutInterval(rho: number): Spearman {
  return { status: 'no_interval', rho, low: null, high: null };
}

function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}
