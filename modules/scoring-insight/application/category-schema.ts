import { z } from 'zod';
import { CATEGORICAL_PREDICTORS } from '../domain/categories.js';

const figure = z.number().nullable();
const count = z.int().nonnegative();

/** Whether success goes with the categories of one declared column. */
export const categorySchema = z.object({
  predictor: z.enum(CATEGORICAL_PREDICTORS),
  n: count,
  levels: z
    .array(
      z.object({
        value: z
          .string()
          .describe('a predictor of the partners: the pair of their values, e.g. "fashion + sports"'),
        pooled: count.describe('categories pooled in this one for want of deals, 0 for one of its own'),
        n: count,
        successes: count,
        rate: z.number(),
        low: z.number(),
        high: z.number(),
      }),
    )
    .describe('the largest first; limits: Wilson, 95 %'),
  chiSquare: figure.describe('test of independence, with the correction of Yates on 2 x 2'),
  df: count.nullable(),
  p: figure,
  cramersV: figure.describe('of the chi-square without correction'),
  cramersVCorrected: figure.describe("bias-corrected: the population's V"),
  low: figure.describe("of the population's V, 95 %"),
  high: figure,
  dyadic: z
    .object({ designEffect: figure, effectiveN: figure, low: figure, high: figure, p: figure })
    .describe('the same when deals that share an entity are not taken for independent'),
  pAdjusted: figure.describe('Benjamini-Hochberg over all tests of the report, of dyadic.p'),
  verdict: z.enum(['predicts', 'no_evidence', 'too_few_deals']),
  reasons: z.array(z.string()),
});
