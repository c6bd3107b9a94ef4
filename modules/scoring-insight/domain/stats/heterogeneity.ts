import { sum } from 'simple-statistics';
import { chiSquareTail } from './chi-square.js';

/** One group's estimate on a scale where it is about normal. `variance` is positive. */
export interface Estimate {
  value: number;
  variance: number;
}

export interface Heterogeneity {
  /** Inverse-variance mean of the estimates (one common effect) and its variance. */
  mean: number;
  variance: number;
  /** Cochran's Q: chi-square with `df` degrees of freedom when all groups have the same effect. */
  q: number;
  df: number;
  p: number;
  /** max(0, (Q - df) / Q): the share of the estimates' spread beyond chance (Higgins and Thompson 2002). */
  iSquared: number;
}

/**
 * Whether independent groups have the same effect: Cochran's Q (1954) with weights 1/variance.
 * @returns null for fewer than two groups
 */
export function heterogeneity(estimates: readonly Estimate[]): Heterogeneity | null {
  if (estimates.length < 2) return null;
  const weights = estimates.map(({ variance }) => 1 / variance);
  const total = sum(weights);
  const mean = sum(estimates.map(({ value }, at) => weights[at]! * value)) / total;
  const q = sum(estimates.map(({ value }, at) => weights[at]! * (value - mean) ** 2));
  const df = estimates.length - 1;
  return {
    mean,
    variance: 1 / total,
    q,
    df,
    p: chiSquareTail(q, df),
    iSquared: q > df ? (q - df) / q : 0,
  };
}
