import chiSquareCdf from '@stdlib/stats-base-dists-chisquare-cdf';
import { gammaln } from 'simple-statistics';
import { rootOfFalling } from './root.js';

/** Standard deviations of the Poisson mixture that are added up: what is left out is below 1e-18. */
const REACH = 9;

/**
 * Distribution function of the noncentral chi-square distribution: a Poisson mixture, with mean ncp / 2, of central ones with
 * df + 2j degrees of freedom (Johnson, Kotz & Balakrishnan 1995, 29.2). The terms around the middle of the mixture count; they
 * are added from the largest j down, where P(x; k) = P(x; k + 2) + 2 f(x; k + 2) adds positive terms only.
 * @param ncp noncentrality, at least 0
 */
export function noncentralChiSquareCdf(x: number, df: number, ncp: number): number {
  if (x <= 0) return 0;
  if (ncp === 0) return chiSquareCdf(x, df);
  const mean = ncp / 2;
  const spread = REACH * Math.sqrt(mean + REACH);
  const first = Math.max(0, Math.floor(mean - spread));
  const last = Math.ceil(mean + spread);
  let central = chiSquareCdf(x, df + 2 * last);
  // As logarithms: with a small mean the weight, and far from x a step, is too small for a number, and would stay zero.
  let weight = last * Math.log(mean) - mean - gammaln(last + 1);
  let step = logStep(x, df + 2 * last);
  let sum = 0;
  for (let j = last; j >= first; j -= 1) {
    sum += central * Math.exp(weight);
    central += Math.exp(step);
    weight += Math.log(j) - Math.log(mean);
    step += Math.log((df / 2 + j - 1) / (x / 2));
  }
  return Math.min(1, sum);
}

/**
 * Confidence limits of the noncentrality behind an observed chi-square: the values at which it would lie at the edge of either
 * tail (Steiger 2004). The lower limit is 0 where even no association makes so large a value likely.
 * @returns null where no noncentrality at all makes so small a value likely: the limits are undefined
 */
export function noncentralityLimits(
  chiSquare: number,
  df: number,
  confidence: number,
): { low: number; high: number } | null {
  const tail = (1 - confidence) / 2;
  const limitAt = (probability: number): number => {
    const excess = (ncp: number): number => noncentralChiSquareCdf(chiSquare, df, ncp) - probability;
    let high = 2 * chiSquare + 10;
    while (excess(high) > 0) high *= 2;
    return rootOfFalling(excess, 0, high);
  };
  const central = chiSquareCdf(chiSquare, df);
  if (central <= tail) return null;
  return { low: central <= 1 - tail ? 0 : limitAt(1 - tail), high: limitAt(tail) };
}

/** Log of what Q(x; k) has more than Q(x; k - 2): (x / 2)^(k/2 - 1) exp(-x / 2) / gamma(k / 2). */
function logStep(x: number, k: number): number {
  return (k / 2 - 1) * Math.log(x / 2) - x / 2 - gammaln(k / 2);
}
