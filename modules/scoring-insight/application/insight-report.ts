import { z } from 'zod';
import { COMPONENTS } from '../domain/components.js';
import { SCORES } from '../domain/predictiveness-sums.js';
import { AGED_DAYS } from '../domain/leak-age.js';
import type { PredictivenessReport } from '../domain/predictiveness.js';
import type { Together } from '../domain/together.js';
import { categorySchema } from './category-schema.js';
import { driftSchema, segmentsSchema, selectionSchema } from './closer-look-schema.js';
import { togetherSchema } from './together-schema.js';

const figure = z.number().nullable();
const count = z.int().nonnegative();

const limits = { low: figure, high: figure };
/** Why a figure is null; null when none is. */
const reason = z.string().nullable();
const correlation = z.object({ n: count, r: figure, ...limits, p: figure, reason });

const measures = z.object({
  pearson: correlation.describe('with the success score'),
  pointBiserial: correlation.describe('with success as 0 or 1'),
  welch: z
    .object({ difference: figure, ...limits, t: figure, df: figure, p: figure, reason })
    .describe('mean score of successful deals minus that of the others'),
  mannWhitney: z.object({ u: figure, p: figure, method: z.enum(['exact', 'asymptotic']).nullable(), reason }),
  hedgesG: z.object({ g: figure, ...limits, reason }),
  cliffsDelta: z.object({ delta: figure, ...limits, reason }),
});

const dyadic = z
  .object({
    entities: count.describe('distinct entities of the deals'),
    effectiveN: figure.describe('as many deals without common entities would tell as much'),
    ...limits,
    standardError: figure.default(null).describe("of the AUC's logit"),
    p: figure,
    pMethod: z.enum(['dyadic_logit', 'mann_whitney']).nullable(),
    reason,
  })
  .describe('interval and p-value of the AUC when deals that share an entity are not taken for independent');

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
  /** This and what follows: null in a report of before there was one. */
  measures: measures.nullable().default(null),
  dyadic: dyadic.nullable().default(null),
  pAdjusted: figure.default(null).describe('Benjamini-Hochberg over all tests of the report'),
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

const agedScores = z
  .array(
    z.object({
      component: z.enum(SCORES),
      n: count.describe('deals with both scores'),
      auc: figure,
      aucAged: figure,
      fall: figure.describe('what the distance from one half loses with age'),
      ...limits,
      fades: z
        .boolean()
        .describe('the lower limit of the fall is above 0.05: the score may have seen the outcome'),
      reason,
    }),
  )
  .describe(`each score beside the one that was known ${AGED_DAYS} days before the deal began`);

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
  leakageRisk: z.boolean().default(false).describe('most closed deals were scored only after they began'),
  warnings: z.array(z.string()),
  components: z.array(z.object({ component: z.enum(COMPONENTS), ...componentFields })),
  confidence: z.object({ component: z.literal('confidence'), ...componentFields }),
  weights: weightAdvice,
  /** The components in one model; null in a report of before there was one. */
  together: togetherSchema.nullable().default(null),
  /** Null in a report of before there were any. */
  agedScores: agedScores.nullable().default(null),
  /** One a declared predictor; empty in a report of before there were any. */
  categories: z.array(categorySchema).default([]),
  /** These three: null in a report of before there were any. */
  segments: segmentsSchema.nullable().default(null),
  drift: driftSchema.nullable().default(null),
  selection: selectionSchema.nullable().default(null),
});

export type InsightReport = z.infer<typeof insightReportSchema>;
export type WeightAdvice = InsightReport['weights'];

export function reportOf(
  predictiveness: PredictivenessReport,
  advice: WeightAdvice,
  together: Together,
  others: Pick<InsightReport, 'agedScores' | 'categories' | 'segments' | 'drift' | 'selection'>,
): InsightReport {
  return { ...predictiveness, weights: advice, together, ...others };
}
