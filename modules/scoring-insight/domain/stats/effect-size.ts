import { criticalZ } from './normal.js';
import { type GroupSums, meanOf, scatter } from './sums.js';

export interface HedgesG {
  /** Difference of the means in pooled standard deviations, corrected for small samples. */
  g: number | null;
  low: number | null;
  high: number | null;
  reason: 'fewer_than_two_per_group' | 'constant' | null;
}

/**
 * Hedges' g = J (mean1 - mean2) / s_pooled with the exact J of `smallSampleCorrection`. Its interval is the large-sample
 * one of Hedges & Olkin (1985): variance (n1 + n2)/(n1 n2) + g^2 / (2 (n1 + n2)).
 */
export function hedgesG(first: GroupSums, second: GroupSums, confidence = 0.95): HedgesG {
  const none = { g: null, low: null, high: null };
  const [mean1, mean2] = [meanOf(first), meanOf(second)];
  if (first.n < 2 || second.n < 2 || mean1 === null || mean2 === null)
    return { ...none, reason: 'fewer_than_two_per_group' };
  const df = first.n + second.n - 2;
  const pooled = (Number(scatter(first)) / first.n + Number(scatter(second)) / second.n) / df;
  if (pooled === 0) return { ...none, reason: 'constant' };
  const g = (smallSampleCorrection(df) * (mean1 - mean2)) / Math.sqrt(pooled);
  const total = first.n + second.n;
  const half = criticalZ(confidence) * Math.sqrt(total / first.n / second.n + g ** 2 / (2 * total));
  return { g, low: g - half, high: g + half, reason: null };
}

/**
 * J = Gamma(df/2) / (sqrt(df/2) Gamma((df - 1)/2)), about 1 - 3/(4 df - 1).
 * A whole df needs no Gamma function: Gamma(x + 1) = x Gamma(x) leads down to Gamma(1) / Gamma(1/2) or the inverse,
 * and unlike differences of its logarithm the product loses no digits for large df.
 * @param df whole number, at least 2
 */
export function smallSampleCorrection(df: number): number {
  let ratio = df % 2 === 0 ? 1 / Math.sqrt(Math.PI) : Math.sqrt(Math.PI) / 2;
  for (let step = df % 2 === 0 ? 2 : 3; step < df; step += 2) ratio *= step / (step - 1);
  return ratio / Math.sqrt(df / 2);
}
