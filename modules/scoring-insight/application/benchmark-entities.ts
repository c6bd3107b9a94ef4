import { type BadgeDeclaration, decideBadges } from '../domain/badges.js';
import { type Benchmark, benchmark } from '../domain/benchmarks.js';
import { METRICS } from '../domain/metrics.js';
import { besideSnapshot, peerRowOf, snapshotPeriod, type SnapshotCadence } from './peer-snapshot.js';
import type { BadgeStore, BenchmarkStore } from './ports.js';

export interface BenchmarkEntitiesParts {
  benchmarks: BenchmarkStore;
  badges: BadgeStore;
  badgeDeclarations: readonly BadgeDeclaration[];
  cadence: SnapshotCadence;
}

/** Every entity beside its peers. The first run of a period publishes the peer figures that hold until it ends. */
export async function benchmarkEntities(
  { benchmarks, cadence }: BenchmarkEntitiesParts,
  asOf: string,
): Promise<{ rows: Benchmark[]; period: string; published: boolean; rowsIn: number; rowsOut: number }> {
  const { entities, byMetric } = await benchmarks.figures(asOf);
  const live = METRICS.flatMap((metric) => benchmark(byMetric[metric], metric));
  const period = snapshotPeriod(asOf, cadence);
  let snapshot = cadence === 'run' ? null : await benchmarks.snapshot(period);
  const published = snapshot === null;
  let rowsOut = 0;
  if (snapshot === null) {
    snapshot = live.map(peerRowOf);
    rowsOut += await benchmarks.publish(period, snapshot, asOf);
  }
  const rows = besideSnapshot(live, snapshot);
  rowsOut += await benchmarks.replace(rows, asOf);
  return { rows, period, published, rowsIn: entities, rowsOut };
}

/** Who holds which badge now. The history goes first: what it lacks after a kill, a repeat adds. */
export async function awardBadges(
  { badges, badgeDeclarations }: BenchmarkEntitiesParts,
  benchmarks: readonly Benchmark[],
  asOf: string,
): Promise<{ held: number; events: number; rowsIn: number; rowsOut: number }> {
  const previous = await badges.current();
  const { current, events } = decideBadges(previous, benchmarks, badgeDeclarations, asOf);
  const remembered = await badges.appendHistory(events);
  const written = await badges.replace(current, asOf);
  return { held: current.length, events: remembered, rowsIn: previous.length, rowsOut: remembered + written };
}
