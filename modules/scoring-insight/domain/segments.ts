import { COMPONENTS, type Component } from './components.js';
import {
  assessScore,
  type ComponentPredictiveness,
  type ComponentReason,
  type PredictivenessReport,
  type Verdict,
} from './predictiveness.js';
import { NO_SUMS, type SumsByScore } from './predictiveness-sums.js';
import { type Area, areaOf, areaOfMean, estimateOf } from './segments-area.js';
import type { TestInFamily } from './stats/false-discovery.js';
import { heterogeneity } from './stats/heterogeneity.js';

/** What deals can be told apart by: their type, the industry or tier of either partner, the quarter in which they began. */
export const SEGMENTATIONS = ['partnership_type', 'industry', 'tier', 'quarter'] as const;

export type Segmentation = (typeof SEGMENTATIONS)[number];

/** A deal is in exactly one segment of these; by the others it counts for each of its partners. */
const DISJOINT: ReadonlySet<Segmentation> = new Set(['partnership_type', 'quarter']);

/** More would be a list that nobody reads and a family of tests in which nothing stands out. */
export const MAX_SEGMENTS = 8;

export interface SegmentSums {
  /** Null for all deals together. */
  segmentation: Segmentation | null;
  /** E.g. `licensing` or `2026-Q1`; `all` without a segmentation. */
  segment: string;
  sums: SumsByScore;
}

/** A component within a segment. `low` and `high` are 95% limits that know of shared entities where those can be had. */
export interface SegmentComponent extends Area {
  component: Component;
  n: number;
  nSuccessful: number;
  verdict: Verdict;
  reasons: ComponentReason[];
  /** Of an AUC of one half; null with too few deals for a verdict, which are no test. */
  p: number | null;
  pAdjusted: number | null;
}

/** A component over all segments that have enough deals. */
export interface AcrossSegments {
  component: Component;
  /** Segments with enough deals and a variance, and their deals. */
  segments: number;
  n: number;
  /** Do segments differ? Cochran's Q on the logit of the AUC. */
  q: number | null;
  df: number | null;
  p: number | null;
  pAdjusted: number | null;
  iSquared: number | null;
  /** All deals in one heap; the segments' own AUCs averaged by their precision. */
  pooled: Area;
  within: Area;
  /** Simpson's paradox: the two lie on opposite sides of one half, each with its whole interval. */
  reversed: boolean;
  reason: 'overlapping_segments' | 'fewer_than_two_segments' | null;
}

export interface SegmentationReport {
  segmentation: Segmentation;
  /** The largest first. */
  segments: { segment: string; n: number; components: SegmentComponent[] }[];
  leftOut: { segment: string; n: number }[];
  across: AcrossSegments[];
}

interface Assessed {
  segment: string;
  n: number;
  rows: { row: ComponentPredictiveness; nSuccessful: number }[];
}

/**
 * Each component within the segments of each segmentation. P-values are not adjusted yet: see `segmentTests`.
 * @param report of all deals
 * @param sums of every segment; those of all deals together are passed over
 */
export function assessSegments(
  report: PredictivenessReport,
  sums: readonly SegmentSums[],
): SegmentationReport[] {
  return SEGMENTATIONS.map((segmentation) => {
    const assessed = sums
      .filter((row) => row.segmentation === segmentation)
      .map(assessSegment)
      .sort((a, b) => b.n - a.n || (a.segment < b.segment ? -1 : 1));
    return {
      segmentation,
      segments: assessed
        .slice(0, MAX_SEGMENTS)
        .map(({ segment, n, rows }) => ({ segment, n, components: rows.map(segmentComponent) })),
      leftOut: assessed.slice(MAX_SEGMENTS).map(({ segment, n }) => ({ segment, n })),
      across: report.components.map((pooled) => across(pooled, assessed, DISJOINT.has(segmentation))),
    };
  });
}

/** The tests of the segments for the report's family. */
export function segmentTests(reports: readonly SegmentationReport[]): TestInFamily[] {
  return reports.flatMap(({ segmentation, segments, across: all }) => [
    ...segments.flatMap(({ segment, components }) =>
      components.map(({ component, p }) => ({ id: segmentTestId(segmentation, segment, component), p })),
    ),
    ...all.map(({ component, p }) => ({ id: acrossTestId(segmentation, component), p })),
  ]);
}

/** The same with the adjusted p-values of the report's family. */
export function adjustSegments(
  reports: readonly SegmentationReport[],
  adjusted: ReadonlyMap<string, number | null>,
): SegmentationReport[] {
  const of = (id: string): number | null => adjusted.get(id) ?? null;
  return reports.map((report) => ({
    ...report,
    segments: report.segments.map((row) => ({
      ...row,
      components: row.components.map((component) => ({
        ...component,
        pAdjusted: of(segmentTestId(report.segmentation, row.segment, component.component)),
      })),
    })),
    across: report.across.map((row) => ({
      ...row,
      pAdjusted: of(acrossTestId(report.segmentation, row.component)),
    })),
  }));
}

const segmentTestId = (...parts: [Segmentation, string, Component]): string => `segment:${parts.join(':')}`;
const acrossTestId = (...parts: [Segmentation, Component]): string => `across:${parts.join(':')}`;

function assessSegment({ segment, sums }: SegmentSums): Assessed {
  const n = Math.max(0, ...Object.values(sums).map(({ positives, negatives }) => positives.n + negatives.n));
  return {
    segment,
    n,
    rows: COMPONENTS.map((component) => {
      const own = sums[component] ?? NO_SUMS;
      return { row: assessScore(component, own, n), nSuccessful: own.positives.n };
    }),
  };
}

function segmentComponent({ row, nSuccessful }: Assessed['rows'][number]): SegmentComponent {
  const { component, n, verdict, reasons, dyadic } = row;
  const p = verdict === 'too_few_deals' ? null : dyadic.p;
  return { component, n, nSuccessful, ...areaOf(row), verdict, reasons, p, pAdjusted: null };
}

function across(
  pooledRow: ComponentPredictiveness,
  assessed: readonly Assessed[],
  isDisjoint: boolean,
): AcrossSegments {
  const { component } = pooledRow;
  const pooled = areaOf(pooledRow);
  const usable = assessed.flatMap(({ rows }) =>
    rows.flatMap(({ row }) => {
      const estimate = row.component === component ? estimateOf(row) : null;
      return estimate === null ? [] : [{ n: row.n, estimate }];
    }),
  );
  const combined = isDisjoint ? heterogeneity(usable.map(({ estimate }) => estimate)) : null;
  const within = areaOfMean(combined);
  return {
    component,
    segments: usable.length,
    n: usable.reduce((total, { n }) => total + n, 0),
    q: combined?.q ?? null,
    df: combined?.df ?? null,
    p: combined?.p ?? null,
    pAdjusted: null,
    iSquared: combined?.iSquared ?? null,
    pooled,
    within,
    reversed: sideOf(pooled) * sideOf(within) === -1,
    reason: combined ? null : isDisjoint ? 'fewer_than_two_segments' : 'overlapping_segments',
  };
}

/** 1 where the whole interval is above one half, -1 below, else 0. */
function sideOf({ low, high }: Area): -1 | 0 | 1 {
  if (low === null || high === null) return 0;
  return low > 0.5 ? 1 : high < 0.5 ? -1 : 0;
}
