import { COMPONENTS, type Component } from './components.js';
import type { PredictivenessReport } from './predictiveness.js';
import { NO_SUMS, SCORE_UNIT, type SumsByScore } from './predictiveness-sums.js';
import { type GroupSums, varianceOf } from './stats/sums.js';

/** Latest score of every pair that has one, in steps of 0.0001. */
export interface ScoredPairs {
  pairs: number;
  /** Of those, the pairs with a partnership, whatever became of it. */
  partnered: number;
  byComponent: Record<Component, GroupSums>;
}

export interface ComponentSelection {
  component: Component;
  /** Standard deviation of the score (0..1) among all scored pairs and among the deals of the row set. */
  sdScored: number | null;
  sdPartnerships: number | null;
  /** The same among the deals that have a success score, which are those that r is over. */
  sdWithSuccessScore: number | null;
  /** sdScored / sdWithSuccessScore: above 1 where the deals behind r come from a narrower range. */
  ratio: number | null;
  /** Pearson correlation with the success score among the deals that have one, with 95% limits. */
  r: number | null;
  low: number | null;
  high: number | null;
  /** The same in the range of all scored pairs (Thorndike case 2). */
  corrected: number | null;
  correctedLow: number | null;
  correctedHigh: number | null;
  reason:
    | 'fewer_than_two_pairs'
    | 'constant_among_pairs'
    | 'fewer_than_two_deals'
    | 'constant_among_partnerships'
    | 'no_correlation'
    | null;
}

export interface Selection {
  /** Whom every figure of the report is about. */
  scope: string;
  scoredPairs: number;
  partneredPairs: number;
  /** partneredPairs / scoredPairs. */
  share: number | null;
  components: ComponentSelection[];
}

const SCOPE =
  'Among partnerships that formed: pairs that never became a deal have no outcome, and raising a score is not shown to ' +
  'cause success.';

/** How far the deals of a report differ from the pairs that could have become one. */
export function assessSelection(
  { components }: PredictivenessReport,
  sums: SumsByScore,
  { pairs, partnered, byComponent }: ScoredPairs,
): Selection {
  return {
    scope: SCOPE,
    scoredPairs: pairs,
    partneredPairs: partnered,
    share: pairs === 0 ? null : partnered / pairs,
    components: COMPONENTS.map((component) => {
      const { positives, negatives, values } = sums[component] ?? NO_SUMS;
      const deals: GroupSums = {
        n: positives.n + negatives.n,
        sum: positives.sum + negatives.sum,
        sumOfSquares: positives.sumOfSquares + negatives.sumOfSquares,
      };
      const correlation = components.find((row) => row.component === component)?.measures.pearson;
      const correlated: GroupSums = { n: values.n, sum: values.x, sumOfSquares: values.xx };
      return selectionOf(component, byComponent[component], deals, correlated, correlation);
    }),
  };
}

function selectionOf(
  component: Component,
  scored: GroupSums,
  deals: GroupSums,
  correlated: GroupSums,
  correlation: { r: number | null; low: number | null; high: number | null } | undefined,
): ComponentSelection {
  const [sdScored, sdPartnerships] = [deviationOf(scored), deviationOf(deals)];
  const sdWithSuccessScore = deviationOf(correlated);
  const { r = null, low = null, high = null } = correlation ?? {};
  const row = { component, sdScored, sdPartnerships, sdWithSuccessScore, r, low, high };
  const none = { ratio: null, corrected: null, correctedLow: null, correctedHigh: null };
  if (sdScored === null) return { ...row, ...none, reason: 'fewer_than_two_pairs' };
  if (sdPartnerships === null) return { ...row, ...none, reason: 'fewer_than_two_deals' };
  if (sdPartnerships === 0) return { ...row, ...none, reason: 'constant_among_partnerships' };
  if (sdScored === 0) return { ...row, ...none, reason: 'constant_among_pairs' };
  if (sdWithSuccessScore === null || sdWithSuccessScore === 0)
    return { ...row, ...none, reason: 'no_correlation' };
  // Of the rows that r is over: a range that others widen says nothing about how narrow these are.
  const ratio = sdScored / sdWithSuccessScore;
  if (r === null) return { ...row, ...none, ratio, reason: 'no_correlation' };
  return {
    ...row,
    ratio,
    corrected: thorndikeCase2(r, ratio),
    correctedLow: low === null ? null : thorndikeCase2(low, ratio),
    correctedHigh: high === null ? null : thorndikeCase2(high, ratio),
    reason: null,
  };
}

/**
 * A correlation among selected rows as it would be among all: r u / sqrt(1 - r^2 + r^2 u^2) (Thorndike 1949, case 2).
 * Right where selection went by this score alone, and the relation is a straight line of even spread beyond the range.
 * @param r -1..1
 * @param u standard deviation among all over that among the selected, above 0
 */
export function thorndikeCase2(r: number, u: number): number {
  return (r * u) / Math.sqrt(1 - r ** 2 + r ** 2 * u ** 2);
}

function deviationOf(scores: GroupSums): number | null {
  const variance = varianceOf(scores);
  return variance === null ? null : Math.sqrt(variance) * SCORE_UNIT;
}
