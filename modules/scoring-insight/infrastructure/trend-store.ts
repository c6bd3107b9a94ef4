import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { TrendStore } from '../application/ports.js';
import type { EntityTrend, MonthlySeries } from '../domain/benchmarks-trend.js';
import { METRICS } from '../domain/metrics.js';
import { insertAll, replaceTable } from './replace-rows.js';

const pointsSql = readStatement(import.meta.url, './sql/entity-trend-points.sql');

const seriesRow = z
  .object({
    entity_id: z.string(),
    tenant_id: z.string(),
    metric: z.enum(METRICS),
    months: z.array(z.number()),
    values: z.array(z.number()),
  })
  .transform(({ entity_id, tenant_id, ...same }): MonthlySeries => ({
    ...same,
    entityId: entity_id,
    tenantId: tenant_id,
  }));

/** Monthly figures and the trends found in them, in ClickHouse. */
export class ClickHouseTrendStore implements TrendStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async series(asOf: string): Promise<MonthlySeries[]> {
    return await this.clickhouse.rows(pointsSql, { as_of: asOf }, seriesRow);
  }

  async replace(trends: readonly EntityTrend[], asOf: string): Promise<number> {
    return await replaceTable(this.clickhouse, 'insight_entity_trends', (target) =>
      insertAll(
        this.clickhouse,
        target,
        trends.map((trend) => ({
          entity_id: trend.entityId,
          metric: trend.metric,
          tenant_id: trend.tenantId,
          points: trend.points,
          first_month: trend.firstMonth,
          last_month: trend.lastMonth,
          slope: trend.slope,
          z: trend.z,
          p: trend.p,
          direction: trend.direction,
          reason: trend.reason,
          explanation: trend.explanation,
          as_of: asOf,
        })),
      ),
    );
  }
}
