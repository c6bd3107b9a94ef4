import {
  type Component,
  COMPONENTS,
  MIN_DEALS_FOR_VERDICT,
  MIN_DEALS_FOR_WEIGHTS,
  MIN_DEALS_PER_CLASS,
  type OutcomeRow,
  SUSPICIOUS_AUC,
} from './components.js';
import { rocAuc, type RocAuc } from './stats/auc.js';
import { spearman } from './stats/spearman.js';

/** Deals left out of the row set, by the first reason that applies. */
export interface ExcludedDeals {
  open: number;
  deleted: number;
  no_score_before: number;
  score_too_old: number;
  not_matured: number;
  no_success_score: number;
}

/** Which deals the report is about. Instants in ISO 8601, UTC. */
export interface PredictivenessWindow {
  /** Start of the earliest deal, null when there is none. */
  from: string | null;
  /** Latest start of a matured deal: asOf minus `maturityDays`. */
  to: string;
  scoreMaxAgeDays: number;
  maturityDays: number;
}

export type Verdict = 'predicts' | 'predicts_inversely' | 'no_evidence' | 'too_few_deals';

/** Why the figures are what they are, or why one is null. */
export type ComponentReason =
  | 'interval_above_half'
  | 'interval_below_half'
  | 'interval_contains_half'
  | 'fewer_than_30_deals'
  | 'fewer_than_10_per_class'
  | 'single_class'
  | 'constant_component'
  | 'missing_scores'
  | 'leak_suspected'
  | 'auc_interval_newcombe'
  | 'fewer_than_4_success_scores'
  | 'constant_success_score'
  | 'perfect_rank_correlation';

export interface ComponentPredictiveness<Name extends string = Component> {
  component: Name;
  /** Deals with this component's score. */
  n: number;
  auc: number | null;
  aucLow: number | null;
  aucHigh: number | null;
  spearman: number | null;
  spearmanLow: number | null;
  spearmanHigh: number | null;
  verdict: Verdict;
  reasons: ComponentReason[];
}

export type PredictivenessWarning =
  'no_deals' | 'single_class' | 'too_few_deals' | 'small_sample' | 'few_success_scores' | 'leak_suspected';

export interface PredictivenessReport {
  /** ISO 8601 instant. */
  asOf: string;
  method: string;
  window: PredictivenessWindow;
  n: number;
  nSuccessful: number;
  /** Deals with a success score: the rows behind each Spearman correlation. */
  nScore: number;
  excluded: ExcludedDeals;
  warnings: PredictivenessWarning[];
  components: ComponentPredictiveness[];
  confidence: ComponentPredictiveness<'confidence'>;
}

export interface PredictivenessInput {
  rows: readonly OutcomeRow[];
  excluded: ExcludedDeals;
  asOf: string;
  window: PredictivenessWindow;
}

const METHOD = 'AUC: DeLong, logit scale, 95%; Spearman: mid-ranks, Bonett-Wright, 95%';

/**
 * How well each component of the affinity score, as known before a deal began, tells successful deals from others.
 *
 * Per component the ROC area against the label and Spearman's correlation with the success score, each with a 95%
 * interval; the verdict is read off the area's interval, never off the point. It speaks about deals that were made:
 * pairs that never became a deal are not in the rows. An undefined figure is null with a reason, never NaN.
 */
export function assessPredictiveness(input: PredictivenessInput): PredictivenessReport {
  const { rows } = input;
  const nSuccessful = rows.filter((row) => row.success).length;
  const nScore = rows.filter((row) => row.successScore !== null).length;
  const components = COMPONENTS.map((component) =>
    assessScore(component, rows, (row) => row.scores[component]),
  );
  const confidence = assessScore('confidence' as const, rows, (row) => row.confidence);
  return {
    asOf: input.asOf,
    method: METHOD,
    window: input.window,
    n: rows.length,
    nSuccessful,
    nScore,
    excluded: input.excluded,
    warnings: warningsOf(rows.length, nSuccessful, nScore, [...components, confidence]),
    components,
    confidence,
  };
}

function assessScore<Name extends string>(
  component: Name,
  rows: readonly OutcomeRow[],
  scoreOf: (row: OutcomeRow) => number | null,
): ComponentPredictiveness<Name> {
  const known = rows.flatMap((row) => {
    const score = scoreOf(row);
    return score === null || !Number.isFinite(score) ? [] : [{ ...row, score }];
  });
  const missing: ComponentReason[] = known.length < rows.length ? ['missing_scores'] : [];
  const isConstant = known.every((row) => row.score === known[0]?.score);
  const area = isConstant
    ? null
    : rocAuc(
        known.map((row) => row.score),
        known.map((row) => row.success),
      );
  const correlation = correlate(known, isConstant);
  const { verdict, reasons } = judge(known, area, isConstant);
  return {
    component,
    n: known.length,
    auc: area?.auc ?? null,
    aucLow: area?.low ?? null,
    aucHigh: area?.high ?? null,
    spearman: correlation.rho,
    spearmanLow: correlation.low,
    spearmanHigh: correlation.high,
    verdict,
    reasons: [...reasons, ...correlation.reasons, ...missing],
  };
}

interface KnownScore {
  score: number;
  success: boolean;
  successScore: number | null;
}

function judge(
  rows: readonly KnownScore[],
  area: RocAuc | null,
  isConstant: boolean,
): { verdict: Verdict; reasons: ComponentReason[] } {
  const positives = rows.filter((row) => row.success).length;
  const smallerClass = Math.min(positives, rows.length - positives);
  const reasons: ComponentReason[] = [];
  if (rows.length < MIN_DEALS_FOR_VERDICT) reasons.push('fewer_than_30_deals');
  if (smallerClass < MIN_DEALS_PER_CLASS) reasons.push('fewer_than_10_per_class');
  if (smallerClass === 0) reasons.push('single_class');
  if (isConstant && rows.length > 0) reasons.push('constant_component');
  if (area?.interval === 'newcombe_5') reasons.push('auc_interval_newcombe');
  if (rows.length < MIN_DEALS_FOR_VERDICT || smallerClass < MIN_DEALS_PER_CLASS) {
    return { verdict: 'too_few_deals', reasons };
  }
  if (area === null) return { verdict: 'no_evidence', reasons };

  // Both directions: a score that mirrors the outcome leaked it just as much.
  if (Math.max(area.auc, 1 - area.auc) > SUSPICIOUS_AUC) reasons.push('leak_suspected');
  if (area.low > 0.5) return { verdict: 'predicts', reasons: ['interval_above_half', ...reasons] };
  if (area.high < 0.5) return { verdict: 'predicts_inversely', reasons: ['interval_below_half', ...reasons] };
  return { verdict: 'no_evidence', reasons: ['interval_contains_half', ...reasons] };
}

function correlate(
  rows: readonly KnownScore[],
  componentIsConstant: boolean,
): { rho: number | null; low: number | null; high: number | null; reasons: ComponentReason[] } {
  const scored = rows.flatMap((row) =>
    row.successScore === null ? [] : [{ score: row.score, successScore: row.successScore }],
  );
  const reasons: ComponentReason[] = scored.length < 4 ? ['fewer_than_4_success_scores'] : [];
  const result = spearman(
    scored.map((row) => row.score),
    scored.map((row) => row.successScore),
  );
  if (result.status === 'undefined') {
    if (result.reason === 'constant' && !componentIsConstant) {
      const varies = scored.some((row) => row.score !== scored[0]?.score);
      reasons.push(varies ? 'constant_success_score' : 'constant_component');
    }
    return { rho: null, low: null, high: null, reasons };
  }
  if (result.status === 'no_interval' && scored.length >= 4) reasons.push('perfect_rank_correlation');
  return { rho: result.rho, low: result.low, high: result.high, reasons };
}

function warningsOf(
  n: number,
  nSuccessful: number,
  nScore: number,
  scores: readonly ComponentPredictiveness<string>[],
): PredictivenessWarning[] {
  if (n === 0) return ['no_deals'];
  const warnings: PredictivenessWarning[] = [];
  const smallerClass = Math.min(nSuccessful, n - nSuccessful);
  if (smallerClass === 0) warnings.push('single_class');
  if (n < MIN_DEALS_FOR_VERDICT || smallerClass < MIN_DEALS_PER_CLASS) warnings.push('too_few_deals');
  else if (n < MIN_DEALS_FOR_WEIGHTS) warnings.push('small_sample');
  if (nScore < MIN_DEALS_FOR_VERDICT && n >= MIN_DEALS_FOR_VERDICT) warnings.push('few_success_scores');
  if (scores.some((score) => score.reasons.includes('leak_suspected'))) warnings.push('leak_suspected');
  return warnings;
}
