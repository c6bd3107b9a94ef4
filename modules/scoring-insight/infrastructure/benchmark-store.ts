import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { PeerRow } from '../application/peer-snapshot.js';
import type { BenchmarkStore } from '../application/ports.js';
import { type Benchmark, type BenchmarkInput, type WithheldReason } from '../domain/benchmarks.js';
import { COHORT_LEVELS } from '../domain/cohorts.js';
import { type Metric, METRICS } from '../domain/metrics.js';
import { insertAll, replacePartition, replaceTable } from './replace-rows.js';

const figuresSql = readStatement(import.meta.url, './sql/entity-figures.sql');
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
  valued: z.number(),
  deal_value: z.number().nullable(),
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
    cohort: z.string().nullable(),
    cohort_level: z.enum(COHORT_LEVELS).nullable(),
    cohort_n: figure,
    percentile: figure,
    p25: figure,
    p50: figure,
    p75: figure,
    shrunken_value: figure,
    reason: z.enum(withheldReasons).nullable(),
  })
  .transform(({ entity_id, cohort_level, cohort_n, shrunken_value, ...same }): PeerRow => ({
    ...same,
    entityId: entity_id,
    cohortLevel: cohort_level,
    cohortN: cohort_n,
    shrunkenValue: shrunken_value,
  }));

/** Own figures, published peer figures and the benchmarks made of both, in ClickHouse. */
export class ClickHouseBenchmarkStore implements BenchmarkStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async figures(asOf: string): Promise<{ entities: number; byMetric: Record<Metric, BenchmarkInput[]> }> {
    const rows = await this.clickhouse.rows(figuresSql, { as_of: asOf }, figureRow);
    const of = (own: (row: Figures) => Pick<BenchmarkInput, 'value' | 'n' | 'successes'>): BenchmarkInput[] =>
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
        success_rate: of((row) => rate(row.successes, row.outcomes)),
        days_to_signed: of((row) => ({ value: row.days_to_signed, n: row.signed })),
        deal_value: of((row) => ({ value: row.deal_value, n: row.valued })),
        milestone_completion: of((row) => rate(row.milestones_completed, row.milestones)),
        response_activity: of((row) => {
          const { value, n } = rate(row.activities, row.open_partnerships);
          return { value, n };
        }),
      },
    };
  }

  async snapshot(period: string): Promise<PeerRow[] | null> {
    const rows = await this.clickhouse.rows(snapshotSql, { period }, snapshotRow);
    return rows.length === 0 ? null : rows;
  }

  async publish(period: string, rows: readonly PeerRow[], asOf: string): Promise<number> {
    return await replacePartition(this.clickhouse, 'insight_benchmark_snapshots', period, (target) =>
      insertAll(
        this.clickhouse,
        target,
        rows.map((row) => ({
          period,
          entity_id: row.entityId,
          metric: row.metric,
          ...peerColumns(row),
          as_of: asOf,
        })),
      ),
    );
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
          explanation: row.explanation,
          as_of: asOf,
        })),
      ),
    );
  }
}

function rate(successes: number, n: number) {
  return { value: n === 0 ? null : successes / n, n, successes };
}

function peerColumns(row: Omit<PeerRow, 'entityId' | 'metric'>) {
  return {
    cohort: row.cohort,
    cohort_level: row.cohortLevel,
    cohort_n: row.cohortN,
    percentile: row.percentile,
    p25: row.p25,
    p50: row.p50,
    p75: row.p75,
    shrunken_value: row.shrunkenValue,
    reason: row.reason,
  };
}
