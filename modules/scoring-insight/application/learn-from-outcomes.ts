import { DateTime } from 'luxon';
import {
  assessCategory,
  type CategoricalPredictor,
  type CategoryAssessment,
  categoryTests,
  withAdjustedTests,
} from '../domain/categories.js';
import type { Weights } from '../domain/components.js';
import { assessAgedScores, withFadingScores } from '../domain/leak-age.js';
import { assessPredictiveness, withAdjustedP } from '../domain/predictiveness.js';
import { assessTogether } from '../domain/together.js';
import { adviseWeights } from './advise-weights.js';
import { type InsightReport, reportOf } from './insight-report.js';
import { adjustCloserLook, closerTests, lookCloser, sumsOf } from './look-closer.js';
import type { AffinityModelStore, OutcomeStore } from './ports.js';

/** The same two numbers stand in predictiveness-deals.sql, which selects the rows. */
const SCORE_MAX_AGE_DAYS = 180;
const MATURITY_DAYS = 180;

/** Deals behind weights and models: more would cost minutes and move the third digit. */
const MAX_LEARNT_DEALS = 20_000;

/** Deals whose scores are held against older ones: enough for an area to the second digit. */
const MAX_AGED_DEALS = 5_000;

/** Scores that may know the outcome: nothing is learnt from them. */
const LEAK_WARNINGS: ReadonlySet<string> = new Set(['leak_suspected', 'leakage_risk']);

export interface LearnFromOutcomesParts {
  outcomes: OutcomeStore;
  models: AffinityModelStore;
  /** Hold while no model is active. */
  defaultWeights: Weights;
  /** Whose categories are held against success. */
  categoricalPredictors: readonly CategoricalPredictor[];
}

/** How well the affinity scores foretold the outcomes, and which weights would have done better. */
export async function learnFromOutcomes(
  { outcomes, models, defaultWeights, categoricalPredictors }: LearnFromOutcomesParts,
  asOf: string,
): Promise<{ report: InsightReport; rowsIn: number; rowsOut: number }> {
  const now = DateTime.fromISO(asOf, { zone: 'utc' });
  const rowsIn = await outcomes.replaceDeals(asOf);
  const { from, ...deals } = await outcomes.counts();
  const measured = await sumsOf(outcomes, deals.n);
  const components = assessPredictiveness({
    deals,
    sums: measured.all,
    asOf,
    window: {
      from,
      to: instantOf(now.minus({ days: MATURITY_DAYS })),
      scoreMaxAgeDays: SCORE_MAX_AGE_DAYS,
      maturityDays: MATURITY_DAYS,
    },
  });
  const categories = await assessCategories(outcomes, categoricalPredictors);
  const closer = await lookCloser(outcomes, components, measured);
  const { report: measuredReport, adjusted } = withAdjustedP(components, [
    ...categoryTests(categories),
    ...closerTests(closer),
  ]);
  const agedScores = assessAgedScores(await outcomes.agedScores(MAX_AGED_DEALS));
  const predictiveness = withFadingScores(measuredReport, agedScores);

  // A deal that matures at noon must not give the same day two suggestions.
  const matured = now.startOf('day').minus({ days: MATURITY_DAYS });
  const learnt = await outcomes.sample(instantOf(matured), MAX_LEARNT_DEALS);
  const leakSuspected = predictiveness.warnings.some((warning) => LEAK_WARNINGS.has(warning));
  const question = { rows: learnt, defaultWeights, leakSuspected };
  const { advice, written } = await adviseWeights(models, question, asOf);
  const isSample = learnt.length === MAX_LEARNT_DEALS && deals.n > MAX_LEARNT_DEALS;
  const report = reportOf(
    isSample
      ? { ...predictiveness, warnings: [...predictiveness.warnings, 'learnt_from_sample'] }
      : predictiveness,
    { ...advice, evidence: { ...advice.evidence, sampledFrom: isSample ? deals.n : null } },
    assessTogether(learnt, advice.current),
    {
      agedScores,
      categories: withAdjustedTests(categories, adjusted),
      ...adjustCloserLook(closer, adjusted),
    },
  );
  const saved = await outcomes.saveReport(report);
  return { report, rowsIn, rowsOut: rowsIn + written + saved };
}

async function assessCategories(
  outcomes: OutcomeStore,
  predictors: readonly CategoricalPredictor[],
): Promise<CategoryAssessment[]> {
  const assessed: CategoryAssessment[] = [];
  for (const predictor of predictors)
    assessed.push(assessCategory(predictor, await outcomes.categories(predictor)));
  return assessed;
}

function instantOf(instant: DateTime): string {
  const iso = instant.toISO();
  if (iso === null) throw new RangeError('asOf is not an ISO 8601 instant');
  return iso;
}
