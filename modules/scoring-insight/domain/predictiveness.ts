import {
  type Component,
  COMPONENTS,
  MIN_DEALS_FOR_VERDICT,
  MIN_DEALS_FOR_WEIGHTS,
  MIN_DEALS_PER_CLASS,
  SUSPICIOUS_AUC,
} from './components.js';
import { assess, type Assessment, type Dyadic, type Measures } from './predictiveness-measures.js';
import { NO_SUMS, type Score, type ScoreSums, type SumsByScore } from './predictiveness-sums.js';
import type { Correlation } from './stats/correlation.js';
import { falseDiscoveryRates, type TestInFamily } from './stats/false-discovery.js';

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
  | 'shared_entities'
  | 'fewer_than_30_deals'
  | 'fewer_than_10_per_class'
  | 'single_class'
  | 'constant_component'
  | 'missing_scores'
  | 'leak_suspected'
  | 'fades_with_age'
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
  measures: Measures;
  dyadic: Dyadic;
  /** Benjamini-Hochberg over all tests of the report, of `dyadic.p`. */
  pAdjusted: number | null;
}

export type PredictivenessWarning =
  | 'no_deals'
  | 'single_class'
  | 'too_few_deals'
  | 'small_sample'
  | 'few_success_scores'
  | 'leak_suspected'
  | 'leakage_risk'
  /** A score tells much less when it is a month older. */
  | 'fades_with_age'
  /** Weights and models were learnt from some of the deals; the measures are of all. */
  | 'learnt_from_sample';

/** How many deals there are to learn from. */
export interface DealCounts {
  n: number;
  nSuccessful: number;
  /** Deals with a success score. */
  nScore: number;
  excluded: ExcludedDeals;
  /** Of those without a score before their start, the ones whose pair was scored after it. */
  scoredLater: number;
}

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
  /** Most closed deals were scored only after they began. */
  leakageRisk: boolean;
  warnings: PredictivenessWarning[];
  components: ComponentPredictiveness[];
  confidence: ComponentPredictiveness<'confidence'>;
}

export interface PredictivenessInput {
  deals: DealCounts;
  sums: SumsByScore;
  asOf: string;
  window: PredictivenessWindow;
}

const METHOD =
  'AUC: DeLong, logit scale, 95%; Spearman: mid-ranks, Bonett-Wright, 95%; shared entities: dyadic sandwich; ' +
  'p-values: Benjamini-Hochberg';

/**
 * How well each component of the affinity score, as known before a deal began, tells successful deals from others.
 *
 * Per component the measures of `assess`; the verdict is read off the intervals of the ROC area, never off the point. It
 * speaks about deals that were made: pairs that never became a deal are not in the rows. An undefined figure is null with
 * a reason, never NaN.
 */
export function assessPredictiveness({
  deals,
  sums,
  asOf,
  window,
}: PredictivenessInput): PredictivenessReport {
  const { n, nSuccessful, nScore, excluded } = deals;
  const of = <Name extends Score>(score: Name) => assessScore(score, sums[score] ?? NO_SUMS, n);
  const report: PredictivenessReport = {
    asOf,
    method: METHOD,
    window,
    n,
    nSuccessful,
    nScore,
    excluded,
    leakageRisk: hasLeakageRisk(deals),
    warnings: [],
    components: COMPONENTS.map(of),
    confidence: of('confidence'),
  };
  return withAdjustedP({ ...report, warnings: warningsOf(report) }, []).report;
}

/**
 * One score's figures and verdict.
 * @param deals of the row set or segment, with or without the score
 */
export function assessScore<Name extends string>(
  component: Name,
  sums: ScoreSums,
  deals: number,
): ComponentPredictiveness<Name> {
  const assessment = assess(sums);
  const { n, auc, spearman, measures, dyadic } = assessment;
  const { verdict, reasons } = judge(assessment);
  const missing: ComponentReason[] = n < deals ? ['missing_scores'] : [];
  return {
    component,
    n,
    auc: auc?.auc ?? null,
    aucLow: auc?.low ?? null,
    aucHigh: auc?.high ?? null,
    spearman: spearman.r,
    spearmanLow: spearman.low,
    spearmanHigh: spearman.high,
    verdict,
    reasons: [...reasons, ...reasonsOf(spearman, assessment.isConstant), ...missing],
    measures,
    dyadic,
    pAdjusted: null,
  };
}

/**
 * The report with its p-values adjusted for everything that was looked at, and the adjusted p-values of the others.
 * @param others tests of other analyses of the same report, e.g. of segments; their ids differ from the scores' names
 */
export function withAdjustedP(
  report: PredictivenessReport,
  others: readonly TestInFamily[],
): { report: PredictivenessReport; adjusted: Map<string, number | null> } {
  const own = [...report.components, report.confidence].map(({ component, dyadic }) => ({
    id: component,
    p: dyadic.p,
  }));
  const adjusted = falseDiscoveryRates([...own, ...others]);
  const adjust = <Row extends ComponentPredictiveness<string>>(row: Row): Row => ({
    ...row,
    pAdjusted: adjusted.get(row.component) ?? null,
  });
  return {
    report: { ...report, components: report.components.map(adjust), confidence: adjust(report.confidence) },
    adjusted,
  };
}

/** Most closed deals have only scores from after their start: those may know the outcome, and the few others are no sample. */
function hasLeakageRisk({ n, excluded, scoredLater }: DealCounts): boolean {
  return scoredLater > (n + excluded.no_score_before + excluded.score_too_old) / 2;
}

function judge({ n, nSuccessful, isConstant, auc: area, dyadic }: Assessment): {
  verdict: Verdict;
  reasons: ComponentReason[];
} {
  const smallerClass = Math.min(nSuccessful, n - nSuccessful);
  const reasons: ComponentReason[] = [];
  if (n < MIN_DEALS_FOR_VERDICT) reasons.push('fewer_than_30_deals');
  if (smallerClass < MIN_DEALS_PER_CLASS) reasons.push('fewer_than_10_per_class');
  if (smallerClass === 0) reasons.push('single_class');
  if (isConstant && n > 0) reasons.push('constant_component');
  if (area?.interval === 'newcombe_5') reasons.push('auc_interval_newcombe');
  if (n < MIN_DEALS_FOR_VERDICT || smallerClass < MIN_DEALS_PER_CLASS) {
    return { verdict: 'too_few_deals', reasons };
  }
  if (area === null) return { verdict: 'no_evidence', reasons };

  // Both directions: a score that mirrors the outcome leaked it just as much.
  if (Math.max(area.auc, 1 - area.auc) > SUSPICIOUS_AUC) reasons.push('leak_suspected');
  const independent = sideOf(area.low, area.high);
  if (independent === 'contains') {
    return { verdict: 'no_evidence', reasons: ['interval_contains_half', ...reasons] };
  }
  if (sideOf(dyadic.low ?? area.low, dyadic.high ?? area.high) !== independent) {
    return { verdict: 'no_evidence', reasons: ['shared_entities', ...reasons] };
  }
  return independent === 'above'
    ? { verdict: 'predicts', reasons: ['interval_above_half', ...reasons] }
    : { verdict: 'predicts_inversely', reasons: ['interval_below_half', ...reasons] };
}

/** Where an interval lies against one half. */
function sideOf(low: number, high: number): 'above' | 'below' | 'contains' {
  return low > 0.5 ? 'above' : high < 0.5 ? 'below' : 'contains';
}

function reasonsOf({ n, r, reason }: Correlation, componentIsConstant: boolean): ComponentReason[] {
  const reasons: ComponentReason[] = n < 4 ? ['fewer_than_4_success_scores'] : [];
  if (reason === 'constant_y') reasons.push('constant_success_score');
  if (reason === 'constant_x' && !componentIsConstant) reasons.push('constant_component');
  if (reason === 'perfect_correlation' && r !== null && n >= 4) reasons.push('perfect_rank_correlation');
  return reasons;
}

function warningsOf(report: PredictivenessReport): PredictivenessWarning[] {
  const { n, nSuccessful, nScore, leakageRisk, components, confidence } = report;
  const risk: PredictivenessWarning[] = leakageRisk ? ['leakage_risk'] : [];
  if (n === 0) return ['no_deals', ...risk];
  const warnings: PredictivenessWarning[] = [];
  const smallerClass = Math.min(nSuccessful, n - nSuccessful);
  if (smallerClass === 0) warnings.push('single_class');
  if (n < MIN_DEALS_FOR_VERDICT || smallerClass < MIN_DEALS_PER_CLASS) warnings.push('too_few_deals');
  else if (n < MIN_DEALS_FOR_WEIGHTS) warnings.push('small_sample');
  if (nScore < MIN_DEALS_FOR_VERDICT && n >= MIN_DEALS_FOR_VERDICT) warnings.push('few_success_scores');
  if ([...components, confidence].some((score) => score.reasons.includes('leak_suspected')))
    warnings.push('leak_suspected');
  return [...warnings, ...risk];
}
