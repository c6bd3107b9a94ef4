import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import { rootOfFalling } from './root.js';

/** Outcomes of one entity: whole numbers, 0 <= successes <= trials. */
export interface Counts {
  successes: number;
  trials: number;
}

/** A beta distribution over the rates of a cohort. */
export interface BetaPrior {
  alpha: number;
  beta: number;
}

export type BetaBinomialFit =
  | { status: 'fitted'; prior: BetaPrior; capped: boolean }
  | { status: 'withheld'; reason: 'fewer_than_10_entities' };

const MIN_ENTITIES = 10;
/** alpha + beta: how many outcomes the prior is worth. Without the cap an underdispersed cohort would drown its members. */
const MAX_STRENGTH = 100;
const MIN_STRENGTH = 0.01;

/**
 * Empirical Bayes prior of a cohort's rates: Beta(alpha, beta) by maximum marginal likelihood of the
 * beta-binomial, with alpha + beta held in [0.01, 100].
 *
 * With whole counts log B(k + a, n - k + b) - log B(a, b) is a sum of logarithms of a + i, b + i and a + b + i, so the
 * cohort is summarised by how many entities reach each i: exact without gamma functions, and a step costs O(largest
 * number of trials) whatever the size of the cohort. For a given strength the likelihood is concave in the mean; the
 * strength is where the derivative of that profile vanishes.
 *
 * @param cohort entities without trials are left out; below ten others the caller falls back to a wider cohort
 */
export function fitBetaBinomial(cohort: readonly Counts[]): BetaBinomialFit {
  const entities = cohort.filter((entity) => entity.trials > 0);
  if (entities.length < MIN_ENTITIES) return { status: 'withheld', reason: 'fewer_than_10_entities' };

  const successes = reaching(entities.map((entity) => entity.successes));
  const failures = reaching(entities.map((entity) => entity.trials - entity.successes));
  const trials = reaching(entities.map((entity) => entity.trials));
  const totalSuccesses = total(successes);
  const totalTrials = total(trials);
  // A cohort that only ever won still says nothing about certainty: keep half an outcome of doubt.
  const doubt = 0.5 / (totalTrials + 1);
  const bestMean = (strength: number): number => {
    const slope = (mean: number): number =>
      reciprocals(successes, strength * mean) - reciprocals(failures, strength * (1 - mean));
    return rootOfFalling(slope, doubt, 1 - doubt);
  };
  const slopeOfStrength = (strength: number): number => {
    const mean = bestMean(strength);
    return (
      mean * reciprocals(successes, strength * mean) +
      (1 - mean) * reciprocals(failures, strength * (1 - mean)) -
      reciprocals(trials, strength)
    );
  };

  // One trial each tells nothing about the spread between entities, and neither does a cohort without both outcomes:
  // the slope is then zero up to rounding, and the strongest prior allowed is the cautious choice.
  const spreadIsUnknown = trials.length < 2 || totalSuccesses === 0 || totalSuccesses === totalTrials;
  const capped = spreadIsUnknown || slopeOfStrength(MAX_STRENGTH) >= 0;
  const strength = capped
    ? MAX_STRENGTH
    : Math.exp(
        rootOfFalling(
          (log) => slopeOfStrength(Math.exp(log)),
          Math.log(MIN_STRENGTH),
          Math.log(MAX_STRENGTH),
        ),
      );
  const mean = bestMean(strength);
  return { status: 'fitted', prior: { alpha: strength * mean, beta: strength * (1 - mean) }, capped };
}

/** Mean of the posterior Beta(k + alpha, n - k + beta): the entity's rate pulled towards its cohort's. 0..1. */
export function posteriorMean(prior: BetaPrior, entity: Counts): number {
  return (entity.successes + prior.alpha) / (entity.trials + prior.alpha + prior.beta);
}

/** Quantile of that posterior, 0..1: with p = 0.05 the rate that the entity exceeds with a probability of 95%. */
export function posteriorQuantile(prior: BetaPrior, entity: Counts, p: number): number {
  const { successes, trials } = entity;
  return betaQuantile(p, successes + prior.alpha, trials - successes + prior.beta);
}

/** At index i: how many of the counts are greater than i. */
function reaching(counts: readonly number[]): number[] {
  const largest = counts.reduce((a, b) => Math.max(a, b), 0);
  const result = new Array<number>(largest).fill(0);
  for (const count of counts) if (count > 0) result[count - 1]! += 1;
  for (let i = largest - 2; i >= 0; i -= 1) result[i]! += result[i + 1]!;
  return result;
}

/** Sum of counts[i] / (start + i): the derivative of the sum of counts[i] log(start + i). */
function reciprocals(counts: readonly number[], start: number): number {
  let result = 0;
  for (let i = 0; i < counts.length; i += 1) result += counts[i]! / (start + i);
  return result;
}

function total(counts: readonly number[]): number {
  return counts.reduce((a, b) => a + b, 0);
}
