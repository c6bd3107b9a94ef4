import { z } from 'zod';

const figure = z.number().nullable();
const count = z.int().nonnegative();
const sentence = z.string().describe('the answer in words: an association, never an effect');
const gain = z.object({ from: count, to: count, gain: z.number(), low: z.number(), high: z.number() });
const elasticity = z.object({
  elasticity: z.number().describe('percent of the match rate per 1% more peers'),
  standardError: z.number(),
  low: z.number(),
  high: z.number(),
  p: z.number(),
});

const learning = z.object({
  verdict: z.enum(['still_learning', 'levelled_off', 'no_gain_seen', 'too_little_data']),
  reasons: z.array(
    z.enum(['too_few_outcomes', 'single_class', 'gain_above_zero', 'gain_contains_zero', 'gain_below_zero']),
  ),
  outcomes: count,
  repeats: count,
  tested: count.nullable(),
  learntFrom: count.nullable(),
  aucUntaught: figure.describe('of the unweighted sum of the scores on the same deals'),
  steps: z
    .array(z.object({ n: count, auc: z.number(), low: figure, high: figure }))
    .describe('limits are null where fewer outcomes are learnt from than deals are tested'),
  wholeGain: gain.nullable().describe('from the unweighted sum of the scores, which learns from none'),
  lastGain: gain.nullable(),
  curve: z
    .object({ ceiling: z.number(), reach: z.number(), rate: z.number() })
    .nullable()
    .describe('AUC = ceiling - reach n^-rate'),
  curveReason: z.enum(['too_few_steps', 'flat']).nullable().describe('why there is no curve'),
  nextHundred: figure.describe('what 100 more outcomes would add to the AUC by the curve'),
  sampledFrom: count.nullable(),
  sentence,
});

const density = z.object({
  verdict: z.enum([
    'more_with_density',
    'fewer_with_density',
    'no_association',
    'withheld',
    'too_little_data',
  ]),
  reasons: z.array(
    z.enum([
      'too_few_segments',
      'too_few_months',
      'too_few_partnerships',
      'too_little_variation',
      'no_variation',
      'no_convergence',
      'placebo_predicts',
      'placebo_too_wide',
      'placebo_undefined',
      'doubling_out_of_range',
      'interval_above_zero',
      'interval_contains_zero',
      'interval_below_zero',
    ]),
  ),
  segments: count,
  months: count,
  begun: count,
  estimate: elasticity.nullable(),
  doubling: z
    .object({ ratio: z.number(), low: z.number(), high: z.number() })
    .nullable()
    .describe('match rate with twice the peers over that now; null without an estimate or out of range'),
  placebo: elasticity
    .extend({ monthsAhead: count, rows: count })
    .nullable()
    .describe('of the peers of months later, which cannot act on today'),
  sentence,
});

const cohorts = z.object({
  cohorts: z.array(
    z.object({
      cohort: z.string(),
      entities: count,
      rates: z.array(
        z
          .object({ age: count, matched: count, rate: z.number(), low: z.number(), high: z.number() })
          .nullable(),
      ),
      medianDays: figure,
      unmatchedShare: z.number(),
    }),
  ),
  trends: z.array(
    z.object({
      age: count,
      cohorts: count,
      trend: z.object({ z: z.number(), p: z.number(), slope: z.number() }).nullable(),
      verdict: z.enum(['newer_match_more', 'newer_match_less', 'no_trend', 'too_little_data']),
      reason: z.enum(['too_few_cohorts']).nullable(),
    }),
  ),
  sentence,
});

/** The report on network effects as it is stored and shown. */
export const networkEffectsSchema = z.object({
  asOf: z.iso.datetime({ offset: true }),
  method: z.string(),
  codeVersion: z.string(),
  window: z.object({ from: z.string().nullable(), to: z.string().nullable() }),
  seed: count,
  n: z.object({
    outcomes: count,
    entitiesJoined: count.describe('in the last 12 quarters and the current one'),
    partnerships: count.describe('begun in the last two years'),
  }),
  warnings: z.array(
    z.enum([
      'no_partnerships',
      'few_outcomes',
      'density_withheld',
      'few_segments',
      'few_cohorts',
      'learnt_from_sample',
    ]),
  ),
  scope: z.string(),
  learning,
  density,
  cohorts,
  concentration: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      partnerships: count,
      entities: count,
      hhi: figure,
      equalEntities: figure,
      topTenShare: figure,
    }),
  ),
});
