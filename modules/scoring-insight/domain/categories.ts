import { z } from 'zod';
import { MIN_DEALS_FOR_VERDICT, MIN_DEALS_PER_CLASS } from './components.js';
import { parseDefinition } from './definition.js';
import { contingency, type Contingency, type ContingencyReason } from './stats/contingency.js';
import type { TestInFamily } from './stats/false-discovery.js';
import { wilsonInterval } from './stats/wilson.js';

/** Columns that can be declared: what is known of a deal or of its two partners when the deal is made. */
export const CATEGORICAL_PREDICTORS = [
  'partnership_type',
  'currency',
  'entity_type',
  'industry',
  'tier',
  'location',
] as const;

export type CategoricalPredictor = (typeof CATEGORICAL_PREDICTORS)[number];

/** Categories in which fewer deals of the rarer outcome are expected are pooled (Cochran 1954). */
export const LEAST_EXPECTED = 5;

const CONFIDENCE = 0.95;
const ALPHA = 0.05;

const categoriesSchema = z.strictObject({
  categories: z
    .array(z.enum(CATEGORICAL_PREDICTORS))
    .refine((names) => new Set(names).size === names.length, { message: 'a predictor is declared twice' }),
});

/**
 * Parses the text of definitions/categories.yaml.
 * @throws AppError `invalid_definition` (configuration)
 */
export function parseCategories(text: string): CategoricalPredictor[] {
  return parseDefinition('categories.yaml', text, categoriesSchema).categories;
}

/** Sums over clusters of deals, of the products of a cluster's successful (p) and other (n) deals. */
export interface OutcomeProducts {
  pp: bigint;
  pn: bigint;
  nn: bigint;
}

/** The deals of one category. */
export interface CategoryCounts {
  category: string;
  /** Categories that are pooled in this one; 0 for one of its own. */
  pooled: number;
  successes: number;
  failures: number;
  byEntity: OutcomeProducts;
  byPair: OutcomeProducts;
}

export interface CategoryLevel {
  value: string;
  /** Categories that are pooled in this one; 0 for one of its own. */
  pooled: number;
  n: number;
  successes: number;
  rate: number;
  /** Wilson, 95 %. */
  low: number;
  high: number;
}

export type CategoryVerdict = 'predicts' | 'no_evidence' | 'too_few_deals';

export type CategoryReason =
  | 'interval_above_zero'
  | 'interval_contains_zero'
  | 'corrected_p_not_below_0_05'
  | 'shared_entities'
  | 'fewer_than_30_deals'
  | 'fewer_than_10_per_class'
  | 'no_deals'
  | 'single_class'
  | 'single_category'
  | 'small_expected_counts'
  | 'no_plausible_association';

export interface CategoryAssessment {
  predictor: CategoricalPredictor;
  n: number;
  /** The largest first. */
  levels: CategoryLevel[];
  /** Of the deals as if they were independent; see `Contingency`. */
  chiSquare: number | null;
  df: number | null;
  p: number | null;
  cramersV: number | null;
  cramersVCorrected: number | null;
  low: number | null;
  high: number | null;
  /** The same when deals that share an entity are not taken for independent. */
  dyadic: {
    /** At least 1; null without a test. */
    designEffect: number | null;
    effectiveN: number | null;
    low: number | null;
    high: number | null;
    p: number | null;
  };
  /** Benjamini-Hochberg over all tests of the report, of `dyadic.p`. */
  pAdjusted: number | null;
  verdict: CategoryVerdict;
  reasons: CategoryReason[];
}

/**
 * Whether success goes with a category: chi-square test and Cramer's V over the table of categories and outcomes.
 *
 * The verdict is read off the intervals of V and p, as they stand and with the design effect: `predicts` when both intervals lie
 * above 0 and both p are below 0.05. The limits come from the chi-square without correction, so on 2 x 2 they alone call too much.
 * It speaks about deals that were made, and of association only.
 */
export function assessCategory(
  predictor: CategoricalPredictor,
  categories: readonly CategoryCounts[],
): CategoryAssessment {
  const counts = categories.filter(({ successes, failures }) => successes + failures > 0);
  const table = counts.map(({ successes, failures }) => [successes, failures]);
  const independent = contingency(table, { confidence: CONFIDENCE });
  const isTested = independent.chiSquare !== null;
  const effect = isTested ? designEffect(counts) : null;
  const dependent = contingency(table, { confidence: CONFIDENCE, designEffect: effect ?? 1 });
  const { n, chiSquare, df, p, cramersV, cramersVCorrected, low, high } = independent;
  return {
    predictor,
    n,
    levels: counts.map(levelOf),
    chiSquare,
    df,
    p,
    cramersV,
    cramersVCorrected,
    low,
    high,
    dyadic: {
      designEffect: effect,
      effectiveN: effect === null ? null : n / effect,
      low: dependent.low,
      high: dependent.high,
      p: dependent.p,
    },
    pAdjusted: null,
    ...judge(counts, independent, dependent),
  };
}

/** The tests of the assessments, as members of the report's family. */
export function categoryTests(assessments: readonly CategoryAssessment[]): TestInFamily[] {
  return assessments.map(({ predictor, dyadic }) => ({ id: testId(predictor), p: dyadic.p }));
}

/** @param adjusted p-values by the ids of `categoryTests` */
export function withAdjustedTests(
  assessments: readonly CategoryAssessment[],
  adjusted: ReadonlyMap<string, number | null>,
): CategoryAssessment[] {
  return assessments.map((assessment) => ({
    ...assessment,
    pAdjusted: adjusted.get(testId(assessment.predictor)) ?? null,
  }));
}

function testId(predictor: CategoricalPredictor): string {
  return `category:${predictor}`;
}

function levelOf({ category, pooled, successes, failures }: CategoryCounts): CategoryLevel {
  const n = successes + failures;
  const limits = wilsonInterval(successes, n, CONFIDENCE) ?? { low: 0, high: 1 };
  return { value: category, pooled, n, successes, rate: successes / n, ...limits };
}

/**
 * How many times fewer independent deals would tell as much: the mean design effect of Rao & Scott (1984), first order,
 * sum (1 - n_j / n) d_j / (k - 1) over the k categories. d_j is the dyadic variance of the success rate in a category over its
 * binomial variance: residuals of ordered pairs of deals that share an entity, where the sums per entity count two deals of
 * the same pair of entities twice, so those are subtracted once (Aronow, Samii & Assenova 2015). No d_j is taken as below 1,
 * as deals of an entity that seem to repel each other are chance. That deals of two categories share entities as well is left
 * out: it makes their rates move together, and a difference between them is then less uncertain than is said.
 */
function designEffect(counts: readonly CategoryCounts[]): number {
  const sizes = counts.map(({ successes, failures }) => successes + failures);
  const n = sizes.reduce((sum, size) => sum + size, 0);
  // Whole weights: a mean of ones is exactly 1.
  const weighted = counts.reduce(
    (sum, count, at) => sum + (n - (sizes[at] ?? 0)) * Math.max(1, categoryEffect(count)),
    0,
  );
  return weighted / (n * (counts.length - 1));
}

/**
 * Deals that all ended alike do not tell how much they depend on each other. Those of an entity are then taken for one piece of
 * news: a category of two brands must not look like one of all their deals.
 */
function categoryEffect({ successes, failures, byEntity, byPair }: CategoryCounts): number {
  const [s, f] = [BigInt(successes), BigInt(failures)];
  // Whole numbers up to here: the terms cancel, and floating point would keep the wrong digits.
  const squares = ({ pp, pn, nn }: OutcomeProducts): bigint =>
    s === 0n || f === 0n ? pp + nn : f ** 2n * pp - 2n * s * f * pn + s ** 2n * nn;
  const own = s === 0n || f === 0n ? s + f : s * f * (s + f);
  return Number(squares(byEntity) - squares(byPair)) / Number(own);
}

const UNDEFINED: Record<ContingencyReason, CategoryReason> = {
  no_rows: 'no_deals',
  single_row: 'single_category',
  single_column: 'single_class',
  no_plausible_association: 'no_plausible_association',
};

function judge(
  counts: readonly CategoryCounts[],
  independent: Contingency,
  dependent: Contingency,
): { verdict: CategoryVerdict; reasons: CategoryReason[] } {
  const successes = counts.reduce((sum, count) => sum + count.successes, 0);
  const smallerClass = Math.min(successes, independent.n - successes);
  const reasons: CategoryReason[] = [];
  if (independent.n < MIN_DEALS_FOR_VERDICT) reasons.push('fewer_than_30_deals');
  if (smallerClass < MIN_DEALS_PER_CLASS) reasons.push('fewer_than_10_per_class');
  if (independent.reason !== null) reasons.push(UNDEFINED[independent.reason]);
  if ((dependent.smallExpectedShare ?? 0) > 0) reasons.push('small_expected_counts');
  if (independent.n < MIN_DEALS_FOR_VERDICT || smallerClass < MIN_DEALS_PER_CLASS)
    return { verdict: 'too_few_deals', reasons };
  if (independent.chiSquare === null) return { verdict: 'no_evidence', reasons };
  if ((independent.low ?? 0) === 0)
    return { verdict: 'no_evidence', reasons: ['interval_contains_zero', ...reasons] };
  if ((independent.p ?? 1) >= ALPHA)
    return { verdict: 'no_evidence', reasons: ['corrected_p_not_below_0_05', ...reasons] };
  if ((dependent.low ?? 0) === 0 || (dependent.p ?? 1) >= ALPHA)
    return { verdict: 'no_evidence', reasons: ['shared_entities', ...reasons] };
  return { verdict: 'predicts', reasons: ['interval_above_zero', ...reasons] };
}
