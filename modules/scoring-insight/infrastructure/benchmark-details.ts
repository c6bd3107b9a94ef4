import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { METRICS } from '../domain/metrics.js';
import { peerFigures } from './peer-figures.js';

const detailsSql = readStatement(import.meta.url, './sql/entity-benchmark-details.sql');

const figure = z.number().nullable();

const detailRow = z
  .object({
    metric: z.enum(METRICS),
    entity_name: z.string().nullable(),
    value: figure,
    n: z.number(),
    ...peerFigures,
    ci_low: figure,
    ci_high: figure,
    ci_reason: z.string().nullable(),
    explanation: z.string(),
    reason: z.string().nullable(),
    as_of: z.string(),
    trend_points: z.number(),
    trend_first_month: figure,
    trend_last_month: figure,
    trend_slope: figure,
    trend_z: figure,
    trend_p: figure,
    trend_direction: z.string().nullable(),
    trend_reason: z.string().nullable(),
    trend_explanation: z.string().nullable(),
  })
  .transform((row) => ({
    metric: row.metric,
    entityName: row.entity_name,
    value: row.value,
    n: row.n,
    cohort: row.cohort,
    cohortN: row.cohort_n,
    percentile: row.percentile,
    p25: row.p25,
    p50: row.p50,
    p75: row.p75,
    topPercent: row.top_percent,
    shrunkenValue: row.shrunken_value,
    floorPercentile: row.floor_percentile,
    ciLow: row.ci_low,
    ciHigh: row.ci_high,
    ciReason: row.ci_reason,
    explanation: row.explanation,
    reason: row.reason,
    asOf: row.as_of,
    trend: {
      points: row.trend_points,
      firstMonth: row.trend_first_month,
      lastMonth: row.trend_last_month,
      slopePerMonth: row.trend_slope,
      z: row.trend_z,
      p: row.trend_p,
      direction: row.trend_direction,
      reason: row.trend_reason,
      explanation: row.trend_explanation,
    },
  }));

export type BenchmarkDetails = z.output<typeof detailRow>;

/** Everything the latest run knows of an entity's figures, one row a metric; empty for an entity without insights. */
export async function benchmarkDetails(
  clickhouse: ClickHouse,
  entityId: string,
): Promise<BenchmarkDetails[]> {
  return await clickhouse.rows(detailsSql, { entity_id: entityId }, detailRow);
}
