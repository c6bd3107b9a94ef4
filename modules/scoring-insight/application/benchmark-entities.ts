import { type BadgeDeclaration, catchUpBadges, decideBadges } from '../domain/badges.js';
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

/**
 * Every entity beside its peers. The first run of a period publishes the peer figures that hold until it ends, unless
 * the model lacks something or no entity has a figure: then those of the last snapshot hold on, and before the first
 * nobody is compared. No peer figure is shown that is not recorded: the next ones could be held against it.
 * @param modelIsComplete whether this run built every model
 */
export async function benchmarkEntities(
  { benchmarks, cadence }: BenchmarkEntitiesParts,
  asOf: string,
  modelIsComplete: boolean,
): Promise<{ rows: Benchmark[]; period: string; published: boolean; rowsIn: number; rowsOut: number }> {
  const { entities, byMetric } = await benchmarks.figures(asOf);
  const earlier = await benchmarks.earlierPanels();
  const compared = METRICS.map(
    (metric) => [metric, benchmark(byMetric[metric], metric, earlier.get(metric))] as const,
  );
  const live = compared.flatMap(([, { rows }]) => rows);
  const period = snapshotPeriod(asOf, cadence);
  const snapshot = cadence === 'run' ? null : await benchmarks.snapshot(period);
  const published = snapshot === null && modelIsComplete && live.some(({ value }) => value !== null);
  const peers = snapshot ?? (published ? live.map(peerRowOf) : await benchmarks.lastSnapshot(asOf));
  const panels = new Map(compared.map(([metric, comparison]) => [metric, comparison.panels]));
  const sent = published ? await benchmarks.publish(period, { rows: peers, panels }, asOf) : 0;
  const rows = besideSnapshot(live, peers);
  const written = await benchmarks.replace(rows, asOf);
  return { rows, period, published, rowsIn: entities, rowsOut: sent + written };
}

/**
 * Who holds which badge now. The history goes first, and what it stated counts: a run killed before it replaced the
 * badges has awarded them all the same, and the next one, whatever its day, goes on from there.
 */
export async function awardBadges(
  { badges, badgeDeclarations }: BenchmarkEntitiesParts,
  benchmarks: readonly Benchmark[],
  asOf: string,
): Promise<{ held: number; events: number; rowsIn: number; rowsOut: number }> {
  const previous = catchUpBadges(await badges.current(), await badges.statedAhead(), badgeDeclarations);
  const lows = await Promise.all(
    badgeDeclarations.map(async ({ badge, metric, review_days }) => {
      return [badge, await badges.lowestPercentiles(metric, review_days, asOf)] as const;
    }),
  );
  const { current, events } = decideBadges(previous, benchmarks, badgeDeclarations, asOf, new Map(lows));
  const remembered = await badges.appendHistory(events);
  const written = await badges.replace(current, asOf);
  return { held: current.length, events: remembered, rowsIn: previous.length, rowsOut: remembered + written };
}
