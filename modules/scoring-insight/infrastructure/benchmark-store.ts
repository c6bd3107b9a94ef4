import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { PeerRow, PeerSnapshot } from '../application/peer-snapshot.js';
import type { BenchmarkStore } from '../application/ports.js';
import { type Benchmark, type BenchmarkInput, type WithheldReason } from '../domain/benchmarks.js';
import type { Evidence } from '../domain/benchmarks-shrinkage.js';
import { COHORT_LEVELS, type EarlierPanels, type Panels, type Roster } from '../domain/cohorts.js';
import { type Metric, METRICS } from '../domain/metrics.js';
import { peerFigures } from './peer-figures.js';
import { insertAll, replacePartition, replaceTable } from './replace-rows.js';

const figuresSql = readStatement(import.meta.url, './sql/entity-figures.sql');
const panelsSql = readStatement(import.meta.url, './sql/benchmark-panels.sql');
const rostersSql = readStatement(import.meta.url, './sql/benchmark-rosters.sql');
const lastSnapshotSql = readStatement(import.meta.url, './sql/last-benchmark-snapshot.sql');
const snapshotSql = readStatement(import.meta.url, './sql/benchmark-snapshot.sql');

const figureRow = z.object({
  entity_id: z.string(),
  tenant_id: z.string(),
  entity_type: z.string(),
  industry: z.string(),
  tier: z.string(),
  outcomes: z.number(),
  successes: z.number(),
  signed: z.number(),
  days_to_signed: z.number().nullable(),
  days_low: z.number().nullable(),
  days_high: z.number().nullable(),
  valued: z.number(),
  deal_value: z.number().nullable(),
  value_low: z.number().nullable(),
  value_high: z.number().nullable(),
  milestones: z.number(),
  milestones_completed: z.number(),
  open_partnerships: z.number(),
  activities: z.number(),
});

type Figures = z.infer<typeof figureRow>;

const withheldReasons = [
  'no_value',
  'too_little_evidence',
  'cohort_too_small',
  'not_in_snapshot',
] as const satisfies readonly WithheldReason[];

const figure = z.number().nullable();
const snapshotRow = z
  .object({
    entity_id: z.string(),
    metric: z.enum(METRICS),
    ...peerFigures,
    cohort_level: z.enum(COHORT_LEVELS).nullable(),
    snapshot_n: figure,
    reason: z.enum(withheldReasons).nullable(),
  })
  .transform((row): PeerRow => {
    const { entity_id, cohort_level, cohort_n, snapshot_n, ...figures } = row;
    const { top_percent, shrunken_value, floor_percentile, ...same } = figures;
    return {
      ...same,
      entityId: entity_id,
      cohortLevel: cohort_level,
      cohortN: cohort_n,
      topPercent: top_percent,
      shrunkenValue: shrunken_value,
      floorPercentile: floor_percentile,
      snapshotN: snapshot_n,
    };
  });

const panelRow = z
  .object({
    metric: z.enum(METRICS),
    cohort_key: z.string(),
    entity_id: z.string(),
    tenant_id: z.string(),
    value: figure,
    n: z.number(),
    count: figure,
    low: figure,
    high: figure,
  })
  .transform(({ metric, cohort_key, entity_id, tenant_id, value, n, count, low, high }) => {
    const interval = low === null || high === null ? null : { low, high };
    const counted = count === null ? {} : { count };
    const member: Evidence = { entityId: entity_id, tenantId: tenant_id, value, n, ...counted, interval };
    return { metric, cohortKey: cohort_key, member };
  });

const rosterRow = z.object({
  metric: z.enum(METRICS),
  entity_id: z.string(),
  tenant_id: z.string(),
  rosters: z.array(z.number()),
});

/** Own figures, published peer figures and the benchmarks made of both, in ClickHouse. */
export class ClickHouseBenchmarkStore implements BenchmarkStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async figures(asOf: string): Promise<{ entities: number; byMetric: Record<Metric, BenchmarkInput[]> }> {
    const rows = await this.clickhouse.rows(figuresSql, { as_of: asOf }, figureRow);
    const of = (
      own: (row: Figures) => Pick<BenchmarkInput, 'value' | 'n' | 'count' | 'interval'>,
    ): BenchmarkInput[] =>
      rows.map((row) => ({
        entityId: row.entity_id,
        tenantId: row.tenant_id,
        entityType: row.entity_type,
        industry: row.industry,
        tier: row.tier,
        ...own(row),
      }));
    return {
      entities: rows.length,
      byMetric: {
        success_rate: of((row) => ratio(row.successes, row.outcomes)),
        days_to_signed: of((row) => ({
          value: row.days_to_signed,
          n: row.signed,
          interval: limits(row.days_low, row.days_high),
        })),
        deal_value: of((row) => ({
          value: row.deal_value,
          n: row.valued,
          interval: limits(row.value_low, row.value_high),
        })),
        milestone_completion: of((row) => ratio(row.milestones_completed, row.milestones)),
        response_activity: of((row) => ratio(row.activities, row.open_partnerships)),
      },
    };
  }

  async snapshot(period: string): Promise<PeerRow[] | null> {
    const rows = await this.clickhouse.rows(snapshotSql, { period }, snapshotRow);
    return rows.length === 0 ? null : rows;
  }

  async lastSnapshot(asOf: string): Promise<PeerRow[]> {
    return await this.clickhouse.rows(lastSnapshotSql, { as_of: asOf }, snapshotRow);
  }

  async earlierPanels(): Promise<ReadonlyMap<Metric, EarlierPanels<Evidence>>> {
    const last = new Map(METRICS.map((metric) => [metric, new Map<string, Evidence[]>()]));
    for (const { metric, cohortKey, member } of await this.clickhouse.rows(panelsSql, {}, panelRow))
      addTo(last.get(metric), cohortKey, member);
    const rosters = new Map(METRICS.map((metric) => [metric, new Map<number, Roster[number][]>()]));
    for (const row of await this.clickhouse.rows(rostersSql, {}, rosterRow)) {
      const counted = { entityId: row.entity_id, tenantId: row.tenant_id };
      for (const roster of row.rosters) addTo(rosters.get(row.metric), roster, counted);
    }
    return new Map(
      METRICS.map((metric) => [
        metric,
        { last: last.get(metric) ?? new Map(), rosters: [...(rosters.get(metric)?.values() ?? [])] },
      ]),
    );
  }

  async publish(period: string, { rows, panels }: PeerSnapshot, asOf: string): Promise<number> {
    return await replacePartition(this.clickhouse, 'insight_benchmark_snapshots', period, (target) => {
      const counted = new Map([...panels].map(([metric, cohorts]) => [metric, countedColumns(cohorts)]));
      const published = rows.map((row) => {
        const own = counted.get(row.metric);
        const columns = own?.get(row.entityId);
        own?.delete(row.entityId);
        return {
          period,
          entity_id: row.entityId,
          metric: row.metric,
          ...peerColumns(row),
          snapshot_n: row.snapshotN,
          ...columns,
          as_of: asOf,
        };
      });
      // Those who have left since, and are still counted.
      const gone = [...counted].flatMap(([metric, members]) =>
        [...members].map(([entity_id, columns]) => ({
          period,
          entity_id,
          metric,
          reason: 'no_value' satisfies WithheldReason,
          ...columns,
          as_of: asOf,
        })),
      );
      return insertAll(this.clickhouse, target, [...published, ...gone]);
    });
  }

  async replace(rows: readonly Benchmark[], asOf: string): Promise<number> {
    return await replaceTable(this.clickhouse, 'insight_entity_benchmarks', (target) =>
      insertAll(
        this.clickhouse,
        target,
        rows.map((row) => ({
          entity_id: row.entityId,
          metric: row.metric,
          tenant_id: row.tenantId,
          value: row.value,
          n: row.n,
          ...peerColumns(row),
          ci_low: row.ciLow,
          ci_high: row.ciHigh,
          ci_reason: row.ciReason,
          explanation: row.explanation,
          as_of: asOf,
        })),
      ),
    );
  }
}

function addTo<Key, Item>(lists: Map<Key, Item[]> | undefined, key: Key, item: Item): void {
  const list = lists?.get(key);
  if (list) list.push(item);
  else lists?.set(key, [item]);
}

function ratio(count: number, n: number) {
  return { value: n === 0 ? null : count / n, n, count };
}

function limits(low: number | null, high: number | null) {
  return low === null || high === null ? null : { low, high };
}

function peerColumns(row: Omit<PeerRow, 'entityId' | 'metric' | 'snapshotN'>) {
  return {
    cohort: row.cohort,
    cohort_level: row.cohortLevel,
    cohort_n: row.cohortN,
    percentile: row.percentile,
    p25: row.p25,
    p50: row.p50,
    p75: row.p75,
    top_percent: row.topPercent,
    shrunken_value: row.shrunkenValue,
    floor_percentile: row.floorPercentile,
    reason: row.reason,
  };
}

/** What the cohorts of a metric count of each entity. */
function countedColumns(cohorts: Panels<Evidence>) {
  const keysOf = new Map<string, { member: Evidence; keys: string[] }>();
  for (const [key, panel] of cohorts) {
    for (const member of panel) {
      const known = keysOf.get(member.entityId);
      if (known) known.keys.push(key);
      else keysOf.set(member.entityId, { member, keys: [key] });
    }
  }
  return new Map(
    [...keysOf].map(([entityId, { member, keys }]) => [
      entityId,
      {
        counted_in: keys,
        counted_tenant_id: member.tenantId,
        counted_value: member.value,
        counted_n: member.n,
        counted_count: member.count ?? null,
        counted_low: member.interval?.low ?? null,
        counted_high: member.interval?.high ?? null,
      },
    ]),
  );
}
