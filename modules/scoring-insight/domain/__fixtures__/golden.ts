import { readFileSync } from 'node:fs';
import { z } from 'zod';

const pair = z.tuple([z.number(), z.number()]);

const goldenSchema = z.object({
  names: z.array(z.string()),
  X: z.array(z.array(z.number())),
  success_score: z.array(z.number()),
  is_successful: z.array(z.number()),
  univariate: z.record(
    z.string(),
    z.object({
      auc: z.object({ auc: z.number(), se_delong: z.number(), ci_wald: pair, ci_logit: pair }),
      spearman_score: pair,
      spearman_ci_bonett_wright: pair,
      cliffs_delta: z.number(),
    }),
  ),
  logit_std: z.object({ beta: z.array(z.number()), llf: z.number() }),
  ridge_lambda1_unpenalised_intercept: z.array(z.number()),
  calibration_equal_weight_score: z.object({ slope_model: pair }),
  logloss: z.number(),
  wilson: z.record(z.string(), pair),
  eb_betabinom_mle: z.object({
    kn: z.array(pair),
    alpha: z.number(),
    beta: z.number(),
    posterior: z.array(z.object({ mean: z.number() })),
  }),
  percentiles: z.object({ x: z.array(z.number()), hazen_midrank: z.array(z.number()) }),
});

/**
 * 80 invented deals with six scores each, and what scipy 1.17, statsmodels 0.15 and scikit-learn 1.9 compute from them.
 * Closed forms are expected within 1e-9, results of optimisers within 1e-6.
 */
export const golden = goldenSchema.parse(
  JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')),
);

export const goldenLabels = golden.is_successful.map((label) => label === 1);

export function goldenColumn(name: string): number[] {
  const column = golden.names.indexOf(name);
  return golden.X.map((row) => row[column]!);
}
