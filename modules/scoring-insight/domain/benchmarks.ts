import { explain } from './benchmarks-explained.js';
import { type Evidence, type Shrink, shrinkageOf } from './benchmarks-shrinkage.js';
import {
  type Cohort,
  type CohortLevel,
  type CohortProfile,
  type EarlierPanels,
  type Panels,
  publishCohorts,
} from './cohorts.js';
import { type Metric, type MetricDefinition, metricDefinition } from './metrics.js';
import { hazenPercentile, hazenQuantile, topPercent } from './stats/hazen.js';
import { poissonInterval } from './stats/poisson-rate.js';
import { significantDigits } from './stats/significant-digits.js';
import { wilsonInterval } from './stats/wilson.js';

/** An entity's own figure of one metric. Of a median the interval comes with it: it needs every value behind it. */
export type BenchmarkInput = Evidence & CohortProfile;

export type WithheldReason = 'no_value' | 'too_little_evidence' | 'cohort_too_small' | 'not_in_snapshot';

/** Why there is no interval: no median of fewer than six values has one of 95% without assumptions. */
export type NoIntervalReason = 'no_value' | 'fewer_than_6_values';

/** What an entity may know of its peers; from a snapshot, unlike its own figures. */
export interface PeerFigures {
  /** 'entity_type|industry|tier', * for a dropped level. */
  cohort: string | null;
  cohortLevel: CohortLevel | null;
  /** Entities that the figures of the cohort rest on. */
  cohortN: number | null;
  /** 0..100, high is good whatever the metric. */
  percentile: number | null;
  /** Quartiles of the cohort to two significant digits, low to high also where low is better. */
  p25: number | null;
  p50: number | null;
  p75: number | null;
  /** Percent of the cohort that is at least as good: "in the top q%" is literally true for q from here on. */
  topPercent: number | null;
  /**
   * The entity's figure drawn towards its cohort's by as much as its evidence is thin (empirical Bayes), to three
   * significant digits: from all of them the cohort's exact prior, and with it more than the quartiles tell, would follow.
   */
  shrunkenValue: number | null;
  /**
   * 0..100: where the cautious figure, exceeded with a probability of 95%, stands among the cohort's shrunken ones. What
   * luck alone may have lifted stands low here.
   */
  floorPercentile: number | null;
  /** Evidence behind the entity's own figure of then, which percentile and floorPercentile rest on. */
  snapshotN: number | null;
}

export interface Benchmark extends PeerFigures {
  entityId: string;
  tenantId: string;
  metric: Metric;
  value: number | null;
  n: number;
  /** 95% interval of the entity's own figure: Wilson for rates, order statistics for medians, Poisson for average counts. */
  ciLow: number | null;
  ciHigh: number | null;
  ciReason: NoIntervalReason | null;
  explanation: string;
  /** Why the percentile is withheld; null when it is there. */
  reason: WithheldReason | null;
}

/** The benchmarks of a metric, and whom its published cohorts rest on: the next snapshot has to know. */
export interface Comparison {
  rows: Benchmark[];
  panels: Panels<Evidence>;
}

/**
 * Compares every entity with its peers on one metric, in O(n log n) for n entities.
 *
 * Peers: the narrowest cohort that `publishCohorts` lets be seen. Percentile: Hazen's, flipped where low is better; an
 * entity that its cohort does not count yet is placed as if it did. An entity with less than the metric's minimum
 * evidence sees its peers, but no percentile.
 * @param earlier whom the snapshots before this one rested on
 */
export function benchmark(
  entities: readonly BenchmarkInput[],
  metric: Metric,
  earlier?: EarlierPanels<Evidence>,
): Comparison {
  const definition = metricDefinition(metric);
  const intervalOf = intervals(definition);
  const judged = entities.map((entity) => ({ ...entity, interval: intervalOf(entity) }));
  const { cohorts, cohortOf } = publishCohorts<Evidence>(judged, earlier);
  const summaries = new Map(cohorts.map((cohort) => [cohort, summarise(cohort, definition)]));
  const rows = judged.map((entity) => {
    const { entityId, tenantId, value, n, interval } = entity;
    const cohort = cohortOf(entity);
    const summary = cohort && summaries.get(cohort);
    const reason = withheldReason(entity, cohort, definition);
    const peers = cohort && summary ? peerFigures(entity, cohort, summary, definition, reason) : NO_PEERS;
    // Field by field: spreading three objects per entity takes most of the time of a large run.
    return explained({
      entityId,
      tenantId,
      metric,
      value,
      n,
      ciLow: interval?.low ?? null,
      ciHigh: interval?.high ?? null,
      ciReason: interval ? null : value === null ? 'no_value' : 'fewer_than_6_values',
      cohort: peers.cohort,
      cohortLevel: peers.cohortLevel,
      cohortN: peers.cohortN,
      percentile: peers.percentile,
      p25: peers.p25,
      p50: peers.p50,
      p75: peers.p75,
      topPercent: peers.topPercent,
      shrunkenValue: peers.shrunkenValue,
      floorPercentile: peers.floorPercentile,
      snapshotN: peers.snapshotN,
      explanation: '',
      reason,
    });
  });
  return { rows, panels: new Map(cohorts.map(({ key, panel }) => [key, panel])) };
}

function explained(row: Benchmark): Benchmark {
  row.explanation = explain(row);
  return row;
}

const NO_PEERS: PeerFigures = {
  cohort: null,
  cohortLevel: null,
  cohortN: null,
  percentile: null,
  p25: null,
  p50: null,
  p75: null,
  topPercent: null,
  shrunkenValue: null,
  floorPercentile: null,
  snapshotN: null,
};

interface CohortSummary {
  ids: ReadonlySet<string>;
  ascending: number[];
  p25: number;
  p50: number;
  p75: number;
  shrink: Shrink;
  shrunken: number[];
}

function summarise(cohort: Cohort<Evidence>, definition: MetricDefinition): CohortSummary {
  const { panel } = cohort;
  const ascending = panel.flatMap(({ value }) => value ?? []).sort((a, b) => a - b);
  const quartile = (p: number): number => significantDigits(hazenQuantile(ascending, p), 2);
  const shrink = shrinkageOf(cohort, definition);
  return {
    ids: new Set(panel.map(({ entityId }) => entityId)),
    ascending,
    p25: quartile(0.25),
    p50: quartile(0.5),
    p75: quartile(0.75),
    shrink,
    shrunken: panel.flatMap((member) => shrink(member)?.value ?? []).sort((a, b) => a - b),
  };
}

function withheldReason(
  entity: BenchmarkInput,
  cohort: Cohort<Evidence> | null,
  definition: MetricDefinition,
): WithheldReason | null {
  if (entity.value === null) return 'no_value';
  if (cohort === null) return 'cohort_too_small';
  return entity.n < definition.minimumEvidence ? 'too_little_evidence' : null;
}

function peerFigures(
  entity: BenchmarkInput,
  cohort: Cohort<Evidence>,
  { ids, ascending, p25, p50, p75, shrink, shrunken }: CohortSummary,
  { lowerIsBetter }: MetricDefinition,
  reason: WithheldReason | null,
): PeerFigures {
  const ranked = reason === null ? entity.value : null;
  const among =
    ranked === null || ids.has(entity.entityId) ? ascending : [...ascending, ranked].sort((a, b) => a - b);
  const own = shrink(entity);
  return {
    cohort: cohort.name,
    cohortLevel: cohort.level,
    cohortN: cohort.panel.length,
    percentile: ranked === null ? null : hazenPercentile(among, ranked, lowerIsBetter),
    p25,
    p50,
    p75,
    topPercent: ranked === null ? null : topPercent(among, ranked, lowerIsBetter),
    shrunkenValue: own && significantDigits(own.value, 3),
    floorPercentile:
      ranked === null || own === null ? null : hazenPercentile(shrunken, own.bound(), lowerIsBetter),
    snapshotN: entity.n,
  };
}

function intervals({ kind }: MetricDefinition): (entity: BenchmarkInput) => Evidence['interval'] {
  // An exact Poisson interval takes a tenth of a millisecond, and counts repeat.
  const ofCount = new Map<number, { low: number; high: number }>();
  return ({ n, count, value, interval }) => {
    if (kind === 'median') return interval ?? null;
    if (value === null || count === undefined) return null;
    if (kind === 'rate') return wilsonInterval(count, n);
    const { low, high } = ofCount.get(count) ?? poissonInterval(count);
    ofCount.set(count, { low, high });
    return { low: low / n, high: high / n };
  };
}

/**
 * An entity's live figures beside what an earlier run published of its peers.
 * @param published null for an entity that came after the snapshot
 */
export function withSnapshot(
  live: Benchmark,
  published: (PeerFigures & Pick<Benchmark, 'reason'>) | null,
): Benchmark {
  const peers: PeerFigures = published ?? NO_PEERS;
  const reason = live.value === null ? 'no_value' : reasonBesideSnapshot(live, published);
  return explained({
    ...live,
    cohort: peers.cohort,
    cohortLevel: peers.cohortLevel,
    cohortN: peers.cohortN,
    percentile: reason === null ? peers.percentile : null,
    p25: peers.p25,
    p50: peers.p50,
    p75: peers.p75,
    topPercent: reason === null ? peers.topPercent : null,
    shrunkenValue: live.value === null ? null : peers.shrunkenValue,
    floorPercentile: reason === null ? peers.floorPercentile : null,
    snapshotN: peers.snapshotN,
    reason,
  });
}

/** Why a live figure has no percentile of the snapshot: what was lacking then may be there now. */
function reasonBesideSnapshot(
  { n, metric }: Benchmark,
  published: Pick<Benchmark, 'reason'> | null,
): WithheldReason | null {
  if (published === null || published.reason === 'no_value') return 'not_in_snapshot';
  const hasEnough = n >= metricDefinition(metric).minimumEvidence;
  return published.reason === 'too_little_evidence' && hasEnough ? 'not_in_snapshot' : published.reason;
}
