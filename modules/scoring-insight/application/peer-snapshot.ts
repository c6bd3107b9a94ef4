import { DateTime } from 'luxon';
import { type Benchmark, type PeerFigures, withSnapshot } from '../domain/benchmarks.js';
import type { Evidence } from '../domain/benchmarks-shrinkage.js';
import type { Panels } from '../domain/cohorts.js';
import { type Metric, METRICS } from '../domain/metrics.js';

export type SnapshotCadence = 'run' | 'week' | 'month';

/** What was published about one entity's peers on one metric. */
export type PeerRow = PeerFigures & Pick<Benchmark, 'entityId' | 'metric' | 'reason'>;

/**
 * Name of the period whose peer figures hold at an instant, in UTC: `2026-03`, `2026-W11`, or `run`, which every run
 * publishes anew.
 */
export function snapshotPeriod(asOf: string, cadence: SnapshotCadence): string {
  const instant = DateTime.fromISO(asOf, { zone: 'utc' });
  switch (cadence) {
    case 'run':
      return 'run';
    case 'week':
      return instant.toFormat("kkkk-'W'WW");
    case 'month':
      return instant.toFormat('yyyy-MM');
  }
}

/** A snapshot as it is stored: what everybody may know, and whom it rests on, which nobody but the next one sees. */
export interface PeerSnapshot {
  rows: readonly PeerRow[];
  panels: ReadonlyMap<Metric, Panels<Evidence>>;
}

/** What a benchmark tells about peers, to be published. */
export function peerRowOf(row: Benchmark): PeerRow {
  const { entityId, metric, cohort, cohortLevel, cohortN, p25, p50, p75, reason } = row;
  const { percentile, topPercent, shrunkenValue, floorPercentile, snapshotN } = row;
  const peers = { cohort, cohortLevel, cohortN, percentile, p25, p50, p75, topPercent, shrunkenValue };
  return { entityId, metric, ...peers, floorPercentile, snapshotN, reason };
}

/** Live own figures beside the published peer figures, in the order of the live rows. */
export function besideSnapshot(live: readonly Benchmark[], snapshot: readonly PeerRow[]): Benchmark[] {
  const published = new Map(METRICS.map((metric) => [metric, new Map<string, PeerRow>()]));
  for (const row of snapshot) published.get(row.metric)?.set(row.entityId, row);
  return live.map((row) => withSnapshot(row, published.get(row.metric)?.get(row.entityId) ?? null));
}
