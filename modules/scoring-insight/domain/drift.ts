import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { COMPONENTS, type Component, MIN_DEALS_FOR_VERDICT } from './components.js';
import { assessScore, type ComponentPredictiveness } from './predictiveness.js';
import { NO_SUMS, type SumsByScore } from './predictiveness-sums.js';
import { nextQuarter, quartersBetween } from './drift-quarters.js';
import { type Area, areaOf, estimateOf } from './segments-area.js';
import type { SegmentSums } from './segments.js';
import { falseDiscoveryRates, type TestInFamily } from './stats/false-discovery.js';
import { binCounts, cutPoints, populationStability, type ValueCount } from './stats/population-stability.js';

/** Quarters of the report, the latest. */
export const MAX_QUARTERS = 12;

/** A change is flagged below this adjusted p-value. */
const CALLED_BELOW = 0.05;

/** Scores of a component among the deals that began in a quarter. */
export interface ScoreDistribution {
  /** E.g. `2026-Q1`. */
  quarter: string;
  component: Component;
  /** In steps of 0.01. */
  counts: ValueCount[];
}

/** How the scores of a quarter's deals differ from those of the baseline quarter. */
export interface ScoreShift {
  /** Deals with the score. */
  n: number;
  psi: number | null;
  /** 95% point of one such comparison when nothing has changed. */
  threshold: number | null;
  p: number | null;
  /** Benjamini-Hochberg over the shifts of the report: what goes in is another question than what it foretells. */
  pAdjusted: number | null;
  shifted: boolean;
  reason: 'baseline' | 'before_baseline' | 'no_baseline' | 'too_few_deals' | 'constant_in_baseline' | null;
}

export interface QuarterComponent extends Area {
  component: Component;
  n: number;
  nSuccessful: number;
  reason: 'no_deals' | 'too_few_deals' | 'constant_component' | null;
  shift: ScoreShift;
}

/** A component's AUC in a quarter minus that in the quarter before. */
export interface QuarterChange {
  component: Component;
  from: string;
  to: string;
  difference: number | null;
  /** 95% limits from those of the two areas (Newcombe 1998, method 10). */
  low: number | null;
  high: number | null;
  z: number | null;
  p: number | null;
  pAdjusted: number | null;
  /** The adjusted p-value is below 0.05. */
  changed: boolean;
  reason: 'too_few_deals' | 'no_variance' | null;
}

export interface Drift {
  /** The first quarter with enough deals: what the scores of later ones are compared with. */
  baseline: string | null;
  /** Consecutive, the latest last, also those without deals. */
  quarters: { quarter: string; n: number; components: QuarterComponent[] }[];
  changes: QuarterChange[];
  /** Quarters before those. */
  earlierQuarters: number;
}

/**
 * Whether the components foretell as well as they did, and whether they are still given as they were, by the quarter in
 * which deals began. P-values of the changes are not adjusted yet: see `driftTests`.
 * @param sums of the quarters; other segments are passed over
 * @param distributions at most one a quarter and component
 */
export function assessDrift(
  sums: readonly SegmentSums[],
  distributions: readonly ScoreDistribution[],
): Drift {
  const byQuarter = new Map(
    sums.flatMap(({ segmentation, segment, sums: own }) =>
      segmentation === 'quarter' ? [[segment, own]] : [],
    ),
  );
  const all = quartersBetween([...byQuarter.keys(), ...distributions.map(({ quarter }) => quarter)]);
  const shown = all.slice(-MAX_QUARTERS);
  const assessed = new Map(shown.map((quarter) => [quarter, assessQuarter(byQuarter.get(quarter) ?? {})]));
  const baseline = all.find((quarter) => dealsIn(quarter, distributions) >= MIN_DEALS_FOR_VERDICT) ?? null;
  const shifts = adjustShifts(
    shown.flatMap((quarter) =>
      COMPONENTS.map((component) => ({
        quarter,
        component,
        shift: shiftOf(quarter, component, baseline, distributions),
      })),
    ),
  );
  return {
    baseline,
    quarters: shown.map((quarter) => ({
      quarter,
      n: Math.max(0, ...assessed.get(quarter)!.map(({ row }) => row.n)),
      components: assessed.get(quarter)!.map(({ row, nSuccessful }) => ({
        component: row.component,
        n: row.n,
        nSuccessful,
        ...quarterArea(row),
        shift: shifts.get(`${quarter}:${row.component}`)!,
      })),
    })),
    changes: shown.slice(1).flatMap((to) => {
      const from = shown.find((quarter) => nextQuarter(quarter) === to)!;
      return assessed.get(from)!.map(({ row }, at) => ({
        component: row.component,
        from,
        to,
        ...changeOf(row, assessed.get(to)![at]!.row),
      }));
    }),
    earlierQuarters: all.length - shown.length,
  };
}

/** The tests of the changes for the report's family. */
export function driftTests({ changes }: Drift): TestInFamily[] {
  return changes.map((change) => ({ id: changeTestId(change), p: change.p }));
}

/** The same with the adjusted p-values of the report's family, and the flags that follow. */
export function adjustDrift(drift: Drift, adjusted: ReadonlyMap<string, number | null>): Drift {
  return {
    ...drift,
    changes: drift.changes.map((change) => {
      const pAdjusted = adjusted.get(changeTestId(change)) ?? null;
      return { ...change, pAdjusted, changed: pAdjusted !== null && pAdjusted < CALLED_BELOW };
    }),
  };
}

const changeTestId = ({ component, to }: QuarterChange): string => `change:${to}:${component}`;

function assessQuarter(sums: SumsByScore): { row: ComponentPredictiveness; nSuccessful: number }[] {
  return COMPONENTS.map((component) => {
    const own = sums[component] ?? NO_SUMS;
    const n = own.positives.n + own.negatives.n;
    return { row: assessScore(component, own, n), nSuccessful: own.positives.n };
  });
}

/** The area where there are enough deals for a verdict. */
function quarterArea(row: ComponentPredictiveness): Area & Pick<QuarterComponent, 'reason'> {
  const none = { auc: null, low: null, high: null };
  if (row.n === 0) return { ...none, reason: 'no_deals' };
  if (row.verdict === 'too_few_deals') return { ...none, reason: 'too_few_deals' };
  return { ...areaOf(row), reason: row.auc === null ? 'constant_component' : null };
}

/**
 * Difference of two AUCs of independent deals, tested on the logit scale with the variances that know of shared entities.
 * The quarters share entities too, which pulls both areas the same way: the test errs towards no change.
 */
export function changeOf(
  earlier: ComponentPredictiveness,
  later: ComponentPredictiveness,
): Omit<QuarterChange, 'component' | 'from' | 'to'> {
  const none = { difference: null, low: null, high: null, z: null, p: null, pAdjusted: null, changed: false };
  if (earlier.verdict === 'too_few_deals' || later.verdict === 'too_few_deals')
    return { ...none, reason: 'too_few_deals' };
  const [before, after] = [estimateOf(earlier), estimateOf(later)];
  const [a, b] = [areaOf(earlier), areaOf(later)];
  if (before === null || after === null || !isKnown(a) || !isKnown(b))
    return { ...none, reason: 'no_variance' };
  const difference = b.auc - a.auc;
  const z = (after.value - before.value) / Math.sqrt(before.variance + after.variance);
  return {
    ...none,
    difference,
    low: difference - Math.hypot(b.auc - b.low, a.high - a.auc),
    high: difference + Math.hypot(b.high - b.auc, a.auc - a.low),
    z,
    p: 2 * normalCdf(-Math.abs(z), 0, 1),
    reason: null,
  };
}

function isKnown(area: Area): area is { auc: number; low: number; high: number } {
  return area.auc !== null && area.low !== null && area.high !== null;
}

function dealsIn(quarter: string, distributions: readonly ScoreDistribution[]): number {
  const own = distributions.filter((row) => row.quarter === quarter);
  return Math.max(0, ...own.map(({ counts }) => rowsOf(counts)));
}

function shiftOf(
  quarter: string,
  component: Component,
  baseline: string | null,
  distributions: readonly ScoreDistribution[],
): ScoreShift {
  const countsOf = (wanted: string): ValueCount[] =>
    distributions.find((row) => row.quarter === wanted && row.component === component)?.counts ?? [];
  const current = countsOf(quarter);
  const n = rowsOf(current);
  const none = { n, psi: null, threshold: null, p: null, pAdjusted: null, shifted: false };
  if (baseline === null) return { ...none, reason: 'no_baseline' };
  if (quarter === baseline) return { ...none, reason: 'baseline' };
  if (quarter < baseline) return { ...none, reason: 'before_baseline' };
  const before = countsOf(baseline);
  if (n < MIN_DEALS_FOR_VERDICT || rowsOf(before) < MIN_DEALS_FOR_VERDICT)
    return { ...none, reason: 'too_few_deals' };
  const cuts = cutPoints(before);
  const found = populationStability(binCounts(before, cuts), binCounts(current, cuts));
  if (found === null) return { ...none, reason: 'constant_in_baseline' };
  return { ...none, psi: found.psi, threshold: found.threshold, p: found.p, reason: null };
}

function adjustShifts(
  rows: readonly { quarter: string; component: Component; shift: ScoreShift }[],
): Map<string, ScoreShift> {
  const named = rows.map(({ quarter, component, shift }) => ({ id: `${quarter}:${component}`, shift }));
  const adjusted = falseDiscoveryRates(named.map(({ id, shift }) => ({ id, p: shift.p })));
  return new Map(
    named.map(({ id, shift }) => {
      const pAdjusted = adjusted.get(id) ?? null;
      return [id, { ...shift, pAdjusted, shifted: pAdjusted !== null && pAdjusted < CALLED_BELOW }];
    }),
  );
}

const rowsOf = (counts: readonly ValueCount[]): number => counts.reduce((total, { n }) => total + n, 0);
