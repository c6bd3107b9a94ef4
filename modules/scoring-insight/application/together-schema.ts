import { z } from 'zod';
import { COMPONENTS } from '../domain/components.js';
import type { Together } from '../domain/together.js';

const figure = z.number().nullable();
const count = z.int().nonnegative();
const component = z.enum(COMPONENTS);

const jointComponent = z.object({
  component,
  coefficient: figure.describe('log odds per standard deviation, beside the other components'),
  standardError: figure,
  low: figure.describe('95% limits (Wald)'),
  high: figure,
  p: figure,
  oddsRatioPerSd: figure,
  oddsRatioPerTenth: figure.describe('factor on the odds per 0.1 of the score'),
  mean: figure,
  standardDeviation: figure,
  vif: figure.describe('variance inflation: above 5 a warning, above 10 severe'),
  dominance: figure.describe('share of McFadden R2 (Shapley); the shares sum to it'),
  overlapsWith: component.nullable(),
  explanation: z.string().nullable(),
  reasons: z.array(
    z.enum([
      'constant_component',
      'alias_of_others',
      'part_of_alias',
      'vif_above_5',
      'vif_above_10',
      'overlaps',
      'odds_ratio_out_of_range',
    ]),
  ),
});

const calibration = z.object({
  n: count,
  nSuccessful: count,
  bands: z
    .array(
      z.object({
        from: z.number(),
        to: z.number(),
        meanScore: z.number(),
        n: count,
        successes: count,
        rate: z.number(),
        low: z.number(),
        high: z.number(),
      }),
    )
    .describe('success rate by band of the current score, with Wilson limits'),
  slope: figure,
  inTheLarge: figure,
  brier: figure,
  brierSkill: figure,
  spiegelhalterZ: figure,
  spiegelhalterP: figure,
  reasons: z.array(
    z.enum([
      'no_deals',
      'single_class',
      'too_few_deals_for_bands',
      'constant_score',
      'separation',
      'no_convergence',
      'no_spread',
    ]),
  ),
});

/** The joint model of the components as it is stored and shown. */
export const togetherSchema = z.object({
  n: count,
  nSuccessful: count,
  method: z.enum(['maximum_likelihood', 'firth']).nullable(),
  reason: z
    .enum([
      'no_deals',
      'single_class',
      'all_components_constant',
      'too_few_deals_for_components',
      'no_convergence',
    ])
    .nullable()
    .describe('why there is no model'),
  intercept: figure,
  interceptForPredictions: figure,
  likelihoodRatio: z
    .object({ chiSquare: z.number(), degreesOfFreedom: count, p: z.number() })
    .nullable()
    .describe('test against knowing the success rate alone'),
  mcFadden: figure,
  aliases: z.array(z.object({ component, of: z.array(component) })),
  components: z.array(jointComponent),
  calibration,
}) satisfies z.ZodType<Together>;
