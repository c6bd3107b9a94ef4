import { Decimal } from 'decimal.js';
import { quantileSorted } from 'simple-statistics';
import { chanceOf } from './forecast-model.js';
import { countQuantile, poissonBinomial } from './stats/poisson-binomial.js';
import { SeededRandom } from './stats/seeded-random.js';

/** A deal with a chance. */
export interface Prospect {
  /** Log odds of success. */
  logOdds: number;
  /** Reporting currency, a decimal; null without an exchange rate. */
  value: string | null;
}

/** What a pipeline will bring: the eventual outcome of the deals in it, whenever that comes. */
export interface PipelineValue {
  deals: number;
  /** Deals without an exchange rate: they count, and bring nothing here. */
  withoutRate: number;
  /** Sum of values, of chance times value; decimals. Null without a deal that has a value. */
  value: string | null;
  expectedValue: string | null;
  /** Limits of the interval. */
  valueLow: string | null;
  valueHigh: string | null;
  /** Successes: the expected number, and the quantiles of the Poisson binomial that bound 80 % and halve it. */
  expectedSuccesses: number | null;
  successesLow: number | null;
  successesMedian: number | null;
  successesHigh: number | null;
  replicates: number;
  /** Why figures are null. */
  reason: 'no_open_deals' | 'no_chances' | 'no_values' | null;
}

/** Share of outcomes that the intervals are to hold. */
export const COVERAGE = 0.8;
const TAIL = (1 - COVERAGE) / 2;
/** Every stream of random numbers of a forecast begins with it. */
export const SEED = 20_260_101;
const REPLICATES = 1_000;
const FEWEST_REPLICATES = 200;
/** Nobody is surer than this, and the odds stay finite. */
const MOST_LOG_ODDS = 35;
/** Draws that a simulation may cost: above it the replicates become fewer. */
const MAX_DRAWS = 2_000_000;

/**
 * The value of a pipeline with its interval. The expectation is exact in decimals; the count of successes is exact for
 * independent deals; the interval of the value is simulated with a shock that all deals share, and so wider.
 * @param shock standard deviation of the shared shock, in log odds
 */
export function valuePipeline(prospects: readonly Prospect[], shock: number): PipelineValue {
  const priced = prospects.flatMap(({ logOdds, value }) =>
    value === null ? [] : [{ logOdds, value: new Decimal(value) }],
  );
  const chances = prospects.map(({ logOdds }) => chanceOf(logOdds));
  const pmf = poissonBinomial(chances);
  const money = (sum: Decimal): string => sum.toFixed(2, Decimal.ROUND_HALF_UP);
  const sumOf = (values: readonly Decimal[]): Decimal =>
    values.reduce((sum, each) => sum.plus(each), new Decimal(0));
  const count = {
    deals: prospects.length,
    withoutRate: prospects.length - priced.length,
    expectedSuccesses: prospects.length === 0 ? null : chances.reduce((sum, chance) => sum + chance, 0),
    successesLow: prospects.length === 0 ? null : countQuantile(pmf, TAIL),
    successesMedian: prospects.length === 0 ? null : countQuantile(pmf, 0.5),
    successesHigh: prospects.length === 0 ? null : countQuantile(pmf, 1 - TAIL),
  };
  if (priced.length === 0) {
    const reason = prospects.length === 0 ? 'no_open_deals' : 'no_values';
    return {
      ...count,
      value: null,
      expectedValue: null,
      valueLow: null,
      valueHigh: null,
      replicates: 0,
      reason,
    };
  }
  const replicates = replicatesFor(priced.length);
  const { low, high } = valueInterval(
    priced.map(({ logOdds, value }) => ({ logOdds, value: value.toNumber() })),
    shock,
    { replicates, seed: SEED },
  );
  return {
    ...count,
    value: money(sumOf(priced.map(({ value }) => value))),
    expectedValue: money(sumOf(priced.map(({ logOdds, value }) => value.times(chanceOf(logOdds))))),
    valueLow: money(new Decimal(low)),
    valueHigh: money(new Decimal(high)),
    replicates,
    reason: null,
  };
}

function replicatesFor(deals: number): number {
  return Math.max(FEWEST_REPLICATES, Math.min(REPLICATES, Math.floor(MAX_DRAWS / deals)));
}

/**
 * The 80 % interval of the summed value of the successes, by simulation. In each replicate one normal shock moves the log
 * odds of all deals alike: deals of a pipeline close within the same months and share what happens in them.
 * @param deals values at least 0
 */
export function valueInterval(
  deals: readonly { logOdds: number; value: number }[],
  shock: number,
  { replicates, seed }: { replicates: number; seed: number },
): { low: number; high: number } {
  const random = new SeededRandom(seed);
  const draws = new Float64Array(deals.length);
  const odds = Float64Array.from(deals, ({ logOdds }) =>
    Math.exp(Math.min(MOST_LOG_ODDS, Math.max(-MOST_LOG_ODDS, logOdds))),
  );
  const values = Float64Array.from(deals, ({ value }) => value);
  const sums = new Float64Array(replicates);
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const moved = Math.exp(shock * random.normal());
    random.fill(draws);
    let sum = 0;
    for (let i = 0; i < odds.length; i += 1) {
      const shifted = odds[i]! * moved;
      // u < p, without a division: u (1 + odds) < odds.
      if (draws[i]! * (1 + shifted) < shifted) sum += values[i]!;
    }
    sums[replicate] = sum;
  }
  const sorted = Array.from(sums.sort());
  return { low: quantileSorted(sorted, TAIL), high: quantileSorted(sorted, 1 - TAIL) };
}

/** A pipeline of the past: what was expected of it, what came, and how far independent deals would stray. */
export interface PipelineMiss {
  expected: number;
  actual: number;
  /** Sum of value^2 p (1 - p). */
  variance: number;
  /** Sum of value p (1 - p): how far a shock of one log odds would move the expectation. */
  reach: number;
}

/** Assumed below MIN_MISSES pipelines of the past. */
export const ASSUMED_SHOCK = 0.25;
const MIN_MISSES = 4;
const MAX_SHOCK = 2;

/**
 * Standard deviation of the shared shock by the method of moments: what the misses of past pipelines exceed the spread of
 * independent deals by, over what a shock of one would have moved. Between 0 and MAX_SHOCK.
 */
export function fitShock(misses: readonly PipelineMiss[]): { shock: number; isAssumed: boolean } {
  const telling = misses.filter(({ reach }) => reach > 0);
  if (telling.length < MIN_MISSES) return { shock: ASSUMED_SHOCK, isAssumed: true };
  let excess = 0;
  let reach = 0;
  for (const miss of telling) {
    excess += (miss.actual - miss.expected) ** 2 - miss.variance;
    reach += miss.reach ** 2;
  }
  return { shock: Math.min(MAX_SHOCK, Math.sqrt(Math.max(0, excess / reach))), isAssumed: false };
}
