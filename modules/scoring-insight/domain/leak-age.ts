import { MIN_DEALS_FOR_VERDICT, MIN_DEALS_PER_CLASS } from './components.js';
import type { PredictivenessReport } from './predictiveness.js';
import { type Score, SCORES } from './predictiveness-sums.js';
import { pairedAuc } from './stats/paired-auc.js';

/** Days before the start of the deal by which the older score was known. */
export const AGED_DAYS = 30;

/** A fall that is this large even at its lower limit is more than a month's news. */
export const CLEAR_FALL = 0.05;

/** The scores of the same deals at two times, one entry a deal. */
export interface ScoresAtTwoTimes {
  score: Score;
  /** As they count in the report, and as they were known 30 days before the start. */
  used: readonly number[];
  aged: readonly number[];
  successful: readonly boolean[];
}

/** How much of a score's area is lost with a score that is a month older. */
export interface AgedScore {
  component: Score;
  /** Deals with both scores. */
  n: number;
  /** Areas on these deals: of the score that counts, and of the older one. */
  auc: number | null;
  aucAged: number | null;
  /** What the distance from one half loses, with 95% limits; these are null where its error is unknown. */
  fall: number | null;
  low: number | null;
  high: number | null;
  fades: boolean;
  reason: 'no_deals' | 'too_few_deals' | 'no_variance' | null;
}

/**
 * A score that foresees the outcome does so a month earlier as well, if less so; one that saw it does not. Per score the
 * areas of both on the same deals and their paired difference, see `pairedAuc`; `fades` where its lower limit is above
 * CLEAR_FALL. A smell and no proof: a score may well live on what happened in the last month.
 */
export function assessAgedScores(samples: readonly ScoresAtTwoTimes[]): AgedScore[] {
  return SCORES.map((component) => {
    const sample = samples.find(({ score }) => score === component);
    return agedScore(component, sample);
  });
}

function agedScore(component: Score, sample: ScoresAtTwoTimes | undefined): AgedScore {
  const none = { auc: null, aucAged: null, fall: null, low: null, high: null, fades: false };
  if (sample === undefined || sample.used.length === 0)
    return { component, n: 0, ...none, reason: 'no_deals' };
  const n = sample.used.length;
  const successes = sample.successful.filter(Boolean).length;
  const paired = pairedAuc(sample.used, sample.aged, sample.successful);
  if (
    paired === null ||
    n < MIN_DEALS_FOR_VERDICT ||
    Math.min(successes, n - successes) < MIN_DEALS_PER_CLASS
  )
    return { component, n, ...none, reason: 'too_few_deals' };
  const { first, second, difference, low, high } = paired;
  // A score that mirrors the outcome leaked it just as much: then the area rises with age.
  const sign = first >= 0.5 ? 1 : -1;
  const areas = { auc: first, aucAged: second, fall: sign * difference };
  if (low === null || high === null) return { component, n, ...none, ...areas, reason: 'no_variance' };
  const turned = sign === 1 ? { low, high } : { low: -high, high: -low };
  return {
    component,
    n,
    ...areas,
    ...turned,
    // One that tells nothing has nothing to lose.
    fades: turned.low > CLEAR_FALL && Math.abs(first - 0.5) > CLEAR_FALL,
    reason: null,
  };
}

/** The report with what fades said of each score and in its warnings. */
export function withFadingScores(
  report: PredictivenessReport,
  aged: readonly AgedScore[],
): PredictivenessReport {
  const fading = new Set(aged.flatMap(({ component, fades }) => (fades ? [component] : [])));
  if (fading.size === 0) return report;
  const flag = <Row extends PredictivenessReport['components'][number] | PredictivenessReport['confidence']>(
    row: Row,
  ): Row =>
    fading.has(row.component) ? { ...row, reasons: [...row.reasons, 'fades_with_age' as const] } : row;
  return {
    ...report,
    components: report.components.map(flag),
    confidence: flag(report.confidence),
    warnings: [...report.warnings, 'fades_with_age'],
  };
}
