import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { mean } from 'simple-statistics';
import { fitIntercept, fitLogistic } from './stats/logistic.js';
import { wilsonInterval } from './stats/wilson.js';

export type CalibrationReason =
  | 'no_deals'
  | 'single_class'
  | 'too_few_deals_for_bands'
  /** All deals have the same score, or as good as that. */
  | 'constant_score'
  /** The score tells the classes apart without error, so its slope is infinite. */
  | 'separation'
  /** The search for the slope did not end. */
  | 'no_convergence'
  /** Every score is one half (or certain): the test has no variance. */
  | 'no_spread';

/** Deals of neighbouring scores. Deals of equal score are never in two bands. */
export interface ScoreBand {
  from: number;
  to: number;
  meanScore: number;
  n: number;
  successes: number;
  rate: number;
  /** Wilson, 95%. */
  low: number;
  high: number;
}

/** How a score in 0..1, read as the probability of success, compares with what happened. Null: see `reasons`. */
export interface Calibration {
  n: number;
  nSuccessful: number;
  bands: ScoreBand[];
  /** Coefficient of logit(score) in a logistic regression of success on it: 1 is ideal, below 1 is too extreme. */
  slope: number | null;
  /** Log odds by which the score is too low (positive) or too high (negative) on average: 0 is ideal. */
  inTheLarge: number | null;
  /** Mean of (score - outcome)^2. */
  brier: number | null;
  /** 1 - Brier / that of the overall success rate: above 0 is better than knowing the rate alone. */
  brierSkill: number | null;
  /** Spiegelhalter's test of calibration; p two-sided. */
  spiegelhalterZ: number | null;
  spiegelhalterP: number | null;
  reasons: CalibrationReason[];
}

export const MIN_DEALS_PER_BAND = 10;
const MAX_BANDS = 10;
/** Scores of 0 and 1 have no log odds. */
const CLIP = 1e-6;

/**
 * Calibration of a score against outcomes. An affinity score is a ranking index and not a probability: the bands are what
 * people read; slope, intercept and Brier score say how far it is from being one.
 *
 * Calibration slope and intercept: Cox (1958); test: Spiegelhalter (1986).
 * @param scores 0..1
 */
export function assessCalibration(scores: readonly number[], labels: readonly boolean[]): Calibration {
  const n = scores.length;
  const nSuccessful = labels.filter(Boolean).length;
  const empty: Calibration = {
    n,
    nSuccessful,
    bands: [],
    slope: null,
    inTheLarge: null,
    brier: null,
    brierSkill: null,
    spiegelhalterZ: null,
    spiegelhalterP: null,
    reasons: [],
  };
  if (n === 0) return { ...empty, reasons: ['no_deals'] };
  const reasons: CalibrationReason[] = n < MIN_DEALS_PER_BAND ? ['too_few_deals_for_bands'] : [];
  const brier = mean(scores.map((score, i) => (score - (labels[i] ? 1 : 0)) ** 2));
  const { z, p } = spiegelhalter(scores, labels);
  if (z === null) reasons.push('no_spread');
  const common = { ...empty, bands: bandsOf(scores, labels), brier, spiegelhalterZ: z, spiegelhalterP: p };
  if (nSuccessful === 0 || nSuccessful === n) return { ...common, reasons: [...reasons, 'single_class'] };

  const rate = nSuccessful / n;
  const logits = scores.map((score) => {
    const kept = Math.min(Math.max(score, CLIP), 1 - CLIP);
    return Math.log(kept / (1 - kept));
  });
  const isConstant = logits.every((logit) => logit === logits[0]);
  const fit = fitLogistic({ x: logits.map((logit) => [logit]), y: labels });
  if (isConstant) reasons.push('constant_score');
  else if (fit.status === 'failed') reasons.push(fit.reason === 'collinear' ? 'constant_score' : fit.reason);
  return {
    ...common,
    slope: fit.status === 'fitted' && !isConstant ? fit.coefficients[1]! : null,
    inTheLarge: fitIntercept(logits, labels),
    brierSkill: 1 - brier / (rate * (1 - rate)),
    reasons,
  };
}

/** Quantile bands of at least MIN_DEALS_PER_BAND deals; none below that many deals. */
function bandsOf(scores: readonly number[], labels: readonly boolean[]): ScoreBand[] {
  const order = scores
    .map((score, i) => ({ score, success: labels[i] === true }))
    .sort((a, b) => a.score - b.score);
  const size = Math.max(MIN_DEALS_PER_BAND, Math.ceil(order.length / MAX_BANDS));
  const groups: (typeof order)[] = [];
  let start = 0;
  while (order.length - start >= MIN_DEALS_PER_BAND) {
    let end = Math.min(start + size, order.length);
    while (end < order.length && order[end]!.score === order[end - 1]!.score) end += 1;
    if (order.length - end < MIN_DEALS_PER_BAND) end = order.length;
    groups.push(order.slice(start, end));
    start = end;
  }
  return groups.flatMap((group) => {
    const successes = group.filter(({ success }) => success).length;
    const interval = wilsonInterval(successes, group.length);
    if (interval === null) return [];
    return [
      {
        from: group[0]!.score,
        to: group.at(-1)!.score,
        meanScore: mean(group.map(({ score }) => score)),
        n: group.length,
        successes,
        rate: successes / group.length,
        ...interval,
      },
    ];
  });
}

function spiegelhalter(
  scores: readonly number[],
  labels: readonly boolean[],
): { z: number | null; p: number | null } {
  let excess = 0;
  let variance = 0;
  scores.forEach((score, i) => {
    excess += ((labels[i] ? 1 : 0) - score) * (1 - 2 * score);
    variance += (1 - 2 * score) ** 2 * score * (1 - score);
  });
  if (!(variance > 0)) return { z: null, p: null };
  const z = excess / Math.sqrt(variance);
  return { z, p: 2 * normalCdf(-Math.abs(z), 0, 1) };
}
