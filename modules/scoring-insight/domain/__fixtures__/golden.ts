import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { OutcomeRow } from '../components.js';

const pair = z.tuple([z.number(), z.number()]);
const quadruple = z.tuple([z.number(), z.number(), z.number(), z.number()]);

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
      pearson_score: quadruple,
      point_biserial: quadruple,
      welch: z.object({ t: z.number(), df: z.number(), p: z.number(), ci: pair }),
      mwu_asymp_cc: z.object({ U: z.number(), p: z.number() }),
      hedges_g_exactJ: z.number(),
      spearman_ci_bonett_wright: pair,
      cliffs_delta: z.number(),
    }),
  ),
  bh_adjusted_mwu: z.array(z.number()),
  logit_std: z.object({
    beta: z.array(z.number()),
    se: z.array(z.number()),
    p: z.array(z.number()),
    llf: z.number(),
    llnull: z.number(),
    mcfadden: z.number(),
    lr: z.number(),
    lr_p: z.number(),
  }),
  ridge_lambda1_unpenalised_intercept: z.array(z.number()),
  calibration_equal_weight_score: z.object({ slope_model: pair, intercept_in_the_large: z.number() }),
  firth: z.object({ beta: z.array(z.number()), se: z.array(z.number()) }),
  firth_separated: z.object({
    x: z.array(z.number()),
    y: z.array(z.number()),
    beta: z.array(z.number()),
    se: z.array(z.number()),
  }),
  vif: z.array(z.number()),
  general_dominance_mcfadden: z.array(z.number()),
  brier: z.number(),
  spiegelhalter_z: z.number(),
  delong_paired: z.object({ auc1: z.number(), auc2: z.number(), z: z.number(), p: z.number() }),
  logloss: z.number(),
  wilson: z.record(z.string(), pair),
  eb_betabinom_mle: z.object({
    kn: z.array(pair),
    alpha: z.number(),
    beta: z.number(),
    posterior: z.array(z.object({ mean: z.number(), q05: z.number() })),
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

/** The deals, each between two entities of its own. */
export const goldenRows: OutcomeRow[] = golden.X.map((x, i) => ({
  entity1Id: `a${i}`,
  entity2Id: `b${i}`,
  success: goldenLabels[i]!,
  successScore: golden.success_score[i]!,
  scores: {
    semantic: x[0]!,
    goal_alignment: x[1]!,
    cultural_momentum: x[2]!,
    historical: x[3]!,
    authenticity: x[4]!,
  },
  confidence: x[5]!,
}));

export function goldenColumn(name: string): number[] {
  const column = golden.names.indexOf(name);
  return golden.X.map((row) => row[column]!);
}
