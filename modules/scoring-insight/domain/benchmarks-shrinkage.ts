import type { Cohort, PanelMember } from './cohorts.js';
import type { MetricDefinition } from './metrics.js';
import {
  type BetaBinomialFit,
  fitBetaBinomial,
  posteriorMean,
  posteriorQuantile,
} from './stats/beta-binomial.js';
import { criticalZ } from './stats/normal.js';
import { type Estimate, fitNormalNormal, normalPosterior } from './stats/normal-eb.js';

/** What an entity's figure rests on. */
export interface Evidence extends PanelMember {
  /** How many outcomes, signed deals, ... the figure rests on. */
  n: number;
  /** Of a rate the successes, of an average count the events: a whole number. Unused for medians. */
  count?: number;
  /** 95% interval of the figure. */
  interval?: { low: number; high: number } | null;
}

export interface Shrunken {
  /** The figure drawn towards those of its cohort by as much as its evidence is thin. */
  value: number;
  /** The true figure is better than this with a probability of 95%. */
  bound: () => number;
}

export type Shrink = (entity: Evidence) => Shrunken | null;

/** Of one entity at a time: 5% is left to the worse side. */
const DOUBT = 0.05;

/**
 * Empirical Bayes within a cohort. Rates: beta-binomial; where the cohort cannot tell how far its members lie apart (the
 * fit runs into its cap), the prior of the next wider published cohort that can. Medians and average counts: normal-normal
 * on the scale of log(1 + x), where amounts are less skewed and their spread depends less on their size; a monotone
 * scale keeps medians and their intervals what they are. The variance of a figure is taken from its interval (Price and
 * Bonett 2001).
 * @returns null for an entity without a value, and for all where no figure of the cohort has an interval, or none has
 * one of any width while the figures differ
 */
export function shrinkageOf(cohort: Cohort<Evidence>, definition: MetricDefinition): Shrink {
  return definition.kind === 'rate' ? shrinkRates(cohort) : shrinkAmounts(cohort, definition);
}

function shrinkRates(cohort: Cohort<Evidence>): Shrink {
  const prior = betaPriorOf(cohort);
  // A quantile takes a tenth of a millisecond, and many entities have the same few outcomes.
  const bounds = new Map<string, number>();
  return ({ value, n, count }) => {
    if (prior === null || value === null || count === undefined) return null;
    const counts = { successes: count, trials: n };
    const key = `${count}/${n}`;
    return {
      value: posteriorMean(prior, counts),
      bound: () => {
        const bound = bounds.get(key) ?? posteriorQuantile(prior, counts, DOUBT);
        bounds.set(key, bound);
        return bound;
      },
    };
  };
}

function betaPriorOf(cohort: Cohort<Evidence>) {
  const own = fitRates(cohort);
  if (own.status === 'withheld') return null;
  for (let wider = own.capped ? cohort.parent : null; wider !== null; wider = wider.parent) {
    const fit = fitRates(wider);
    if (fit.status === 'fitted' && !fit.capped) return fit.prior;
  }
  return own.prior;
}

function fitRates({ panel }: Cohort<Evidence>): BetaBinomialFit {
  return fitBetaBinomial(panel.map(({ n, count }) => ({ successes: count ?? 0, trials: n })));
}

function shrinkAmounts({ panel }: Cohort<Evidence>, { lowerIsBetter }: MetricDefinition): Shrink {
  const fit = fitNormalNormal(panel.flatMap((member) => estimateOf(member) ?? []));
  const z = criticalZ(1 - 2 * DOUBT);
  return (entity) => {
    const estimate = estimateOf(entity);
    if (fit.status === 'withheld' || estimate === null) return null;
    const posterior = normalPosterior(fit.prior, estimate);
    if (posterior === null) return null;
    const { mean, sd } = posterior;
    // Back on the scale of the amounts, none of which is negative.
    const amount = (x: number): number => Math.max(0, Math.expm1(x));
    return { value: amount(mean), bound: () => amount(lowerIsBetter ? mean + z * sd : mean - z * sd) };
  };
}

function estimateOf({ value, n, interval }: Evidence): Estimate | null {
  if (value === null || n === 0) return null;
  const width = interval ? scaled(interval.high) - scaled(interval.low) : null;
  return {
    value: scaled(value),
    variance: width === null ? null : (width / (2 * criticalZ(0.95))) ** 2,
    n,
  };
}

/** Amounts below zero count as zero: a deal can be signed the evening before its record was made (-1 days). */
function scaled(amount: number): number {
  return Math.log1p(Math.max(0, amount));
}
