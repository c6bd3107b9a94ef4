import { sum } from 'simple-statistics';

/** One entity's figure. `variance` is that of the figure (its squared standard error), null where unknown. */
export interface Estimate {
  value: number;
  variance: number | null;
  /** How many observations it rests on, at least 1. */
  n: number;
}

/** How the true figures of a cohort are spread: normal, with the variance of a single observation around them. */
export interface NormalPrior {
  mean: number;
  /** Between entities. */
  variance: number;
  unitVariance: number;
}

export type NormalFit =
  | { status: 'fitted'; prior: NormalPrior }
  | { status: 'withheld'; reason: 'fewer_than_10_entities' | 'no_sampling_variance' };

const MIN_ENTITIES = 10;

/**
 * Empirical Bayes prior of a cohort's averages under the normal-normal model. The variance of one observation is pooled
 * over the cohort, so that a figure resting on a single one has a standard error too; the variance between entities is
 * DerSimonian and Laird's moment estimate (1986), at least 0; the mean is weighted by inverse variances.
 *
 * Figures that differ are never taken for exact: where all known variances are 0 (a median of equal values), the cohort
 * has no sampling variance to go by. Only figures that are all the same one have a prior without any.
 */
export function fitNormalNormal(cohort: readonly Estimate[]): NormalFit {
  if (cohort.length < MIN_ENTITIES) return { status: 'withheld', reason: 'fewer_than_10_entities' };
  const known = cohort.flatMap(({ variance, n }) => (variance === null ? [] : [{ variance, n }]));
  if (known.length === 0) return { status: 'withheld', reason: 'no_sampling_variance' };
  const unitVariance = sum(known.map(({ variance, n }) => n ** 2 * variance)) / sum(known.map(({ n }) => n));

  const values = cohort.map(({ value }) => value);
  if (unitVariance === 0) {
    const [mean = 0] = values;
    return values.every((value) => value === mean)
      ? { status: 'fitted', prior: { mean, variance: 0, unitVariance } }
      : { status: 'withheld', reason: 'no_sampling_variance' };
  }
  const variance = varianceBetween(cohort, values, unitVariance);
  const precise = cohort.map(({ n }) => 1 / (unitVariance / n + variance));
  return { status: 'fitted', prior: { mean: weightedMean(values, precise), variance, unitVariance } };
}

function varianceBetween(cohort: readonly Estimate[], values: number[], unitVariance: number): number {
  const weights = cohort.map(({ n }) => n / unitVariance);
  const centre = weightedMean(values, weights);
  const q = sum(values.map((value, i) => (weights[i] ?? 0) * (value - centre) ** 2));
  const total = sum(weights);
  const scale = total - sum(weights.map((weight) => weight ** 2)) / total;
  return Math.max(0, (q - (cohort.length - 1)) / scale);
}

function weightedMean(values: readonly number[], weights: readonly number[]): number {
  return sum(values.map((value, i) => value * (weights[i] ?? 0))) / sum([...weights]);
}

/**
 * The entity's figure drawn to the cohort's mean, B = s2 / (s2 + tau2) of the way, with its standard deviation; null for
 * one that differs from a cohort of equal figures without any spread, which says nothing about it.
 */
export function normalPosterior(
  prior: NormalPrior,
  { value, n }: Pick<Estimate, 'value' | 'n'>,
): { mean: number; sd: number } | null {
  const own = prior.unitVariance / n;
  if (own === 0) return value === prior.mean ? { mean: value, sd: 0 } : null;
  const pull = own / (own + prior.variance);
  return { mean: pull * prior.mean + (1 - pull) * value, sd: Math.sqrt((1 - pull) * own) };
}
