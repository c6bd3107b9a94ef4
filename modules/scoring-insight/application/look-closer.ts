import { adjustDrift, assessDrift, type Drift, driftTests } from '../domain/drift.js';
import type { PredictivenessReport } from '../domain/predictiveness.js';
import type { SumsByScore } from '../domain/predictiveness-sums.js';
import {
  adjustSegments,
  assessSegments,
  type SegmentationReport,
  SEGMENTATIONS,
  type SegmentSums,
  segmentTests,
} from '../domain/segments.js';
import { assessSelection, type Selection } from '../domain/selection.js';
import type { TestInFamily } from '../domain/stats/false-discovery.js';
import type { OutcomeStore } from './ports.js';

/** Deals behind segments and quarters: each counts in up to six of them, so a hundred thousand cost ten times as much as whole. */
const MAX_SEGMENTED_DEALS = 20_000;

const ALL_OF_MYRIAD = 10_000;

interface MeasuredSums {
  /** Of all deals together. */
  all: SumsByScore;
  segments: SegmentSums[];
  /** Deals of which those of the segments are a sample; null when they are all. */
  sampledFrom: number | null;
}

/** What a report is computed from: one statement while the deals are few, else a second one over a sample for the segments. */
export async function sumsOf(outcomes: Pick<OutcomeStore, 'sums'>, deals: number): Promise<MeasuredSums> {
  const isSampled = deals > MAX_SEGMENTED_DEALS;
  const found = await outcomes.sums(isSampled ? [null] : [null, ...SEGMENTATIONS]);
  const perMyriad = Math.max(1, Math.floor((ALL_OF_MYRIAD * MAX_SEGMENTED_DEALS) / deals));
  return {
    all: found.find(({ segmentation }) => segmentation === null)?.sums ?? {},
    segments: isSampled ? await outcomes.sums(SEGMENTATIONS, perMyriad) : found,
    sampledFrom: isSampled ? deals : null,
  };
}

export interface CloserLook {
  segments: { sampledFrom: number | null; segmentations: SegmentationReport[] };
  drift: { sampledFrom: number | null } & Drift;
  selection: Selection;
}

/** Where, since when and about whom the report holds: segments, quarters, and who is in the row set. */
export async function lookCloser(
  outcomes: Pick<OutcomeStore, 'scoreDistributions' | 'scoredPairs'>,
  report: PredictivenessReport,
  { all, segments, sampledFrom }: MeasuredSums,
): Promise<CloserLook> {
  const distributions = await outcomes.scoreDistributions();
  const scored = await outcomes.scoredPairs(report.asOf);
  return {
    segments: { sampledFrom, segmentations: assessSegments(report, segments) },
    drift: { sampledFrom, ...assessDrift(segments, distributions) },
    selection: assessSelection(report, all, scored),
  };
}

/** Its tests for the report's family. */
export function closerTests({ segments, drift }: CloserLook): TestInFamily[] {
  return [...segmentTests(segments.segmentations), ...driftTests(drift)];
}

/** The same with the adjusted p-values of the report's family. */
export function adjustCloserLook(
  { segments, drift, selection }: CloserLook,
  adjusted: ReadonlyMap<string, number | null>,
): CloserLook {
  return {
    segments: { ...segments, segmentations: adjustSegments(segments.segmentations, adjusted) },
    drift: { ...drift, ...adjustDrift(drift, adjusted) },
    selection,
  };
}
