import { z } from 'zod';
import { COMPONENTS } from '../domain/components.js';
import type { PredictivenessReport } from '../domain/predictiveness.js';

const figure = z.number().nullable();
const count = z.int().nonnegative();

const componentFields = {
  n: count,
  auc: figure,
  aucLow: figure,
  aucHigh: figure,
  spearman: figure,
  spearmanLow: figure,
  spearmanHigh: figure,
  verdict: z.enum(['predicts', 'predicts_inversely', 'no_evidence', 'too_few_deals']),
  reasons: z.array(z.string()),
};

const weights = z.object({
  semantic: z.number(),
  goal_alignment: z.number(),
  cultural_momentum: z.number(),
  historical: z.number(),
  authenticity: z.number(),
});

/** What the analysis says about the weights of the affinity score. */
const weightAdvice = z.object({
  current: weights,
  /** Version of the active model, null while weights.yaml holds. */
  currentVersion: z.int().nullable(),
  suggested: weights.nullable(),
  /** Version that carries the suggestion, null when there is none. */
  suggestedVersion: z.int().nullable(),
  /** Why nothing is suggested; null when something is. */
  reason: z.string().nullable(),
  evidence: z.record(z.string(), z.unknown()),
});

/** The predictiveness report as it is stored and shown: the analysis, and what follows from it for the weights. */
export const insightReportSchema = z.object({
  asOf: z.string(),
  method: z.string(),
  window: z.object({
    from: z.string().nullable(),
    to: z.string(),
    scoreMaxAgeDays: count,
    maturityDays: count,
  }),
  n: count,
  nSuccessful: count,
  nScore: count,
  excluded: z.object({
    open: count,
    deleted: count,
    no_score_before: count,
    score_too_old: count,
    not_matured: count,
    no_success_score: count,
  }),
  warnings: z.array(z.string()),
  components: z.array(z.object({ component: z.enum(COMPONENTS), ...componentFields })),
  confidence: z.object({ component: z.literal('confidence'), ...componentFields }),
  weights: weightAdvice,
});

export type InsightReport = z.infer<typeof insightReportSchema>;
export type WeightAdvice = InsightReport['weights'];

export function reportOf(predictiveness: PredictivenessReport, advice: WeightAdvice): InsightReport {
  return { ...predictiveness, weights: advice };
}
