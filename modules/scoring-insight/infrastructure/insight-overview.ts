import { Decimal } from 'decimal.js';
import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { METRICS } from '../domain/metrics.js';

const coverageSql = readStatement(import.meta.url, './sql/benchmark-coverage.sql');
const badgeCountsSql = readStatement(import.meta.url, './sql/badge-counts.sql');
const dealCountsSql = readStatement(import.meta.url, './sql/deal-health-counts.sql');

const count = z.coerce.number();

const coverageRow = z
  .object({
    metric: z.enum(METRICS),
    entities: count,
    with_value: count,
    compared: count,
    withheld: z.record(z.string(), count),
    latest: z.string(),
  })
  .transform(({ with_value, latest, ...row }) => ({ ...row, withValue: with_value, asOf: latest }));

/** Of how many entities a metric is known, and how many are compared with their peers. */
export type BenchmarkCoverage = z.output<typeof coverageRow>;

const badgeCountRow = z
  .object({ badge: z.string(), level: z.enum(['gold', 'silver']), entities: count, latest: z.string() })
  .transform(({ latest, ...row }) => ({ ...row, asOf: latest }));

/** How many entities hold a badge. */
export type BadgeCount = z.output<typeof badgeCountRow>;

const dealCountRow = z.object({
  severity: z.enum(['ok', 'warn', 'critical']),
  currency: z.string(),
  deals: count,
  without_percentile: count,
  without_chance: count,
  expected_loss: z.string().nullable(),
  latest: z.string(),
});

/** Open deals of one severity. */
export interface DealCount {
  severity: 'ok' | 'warn' | 'critical';
  deals: number;
  /** Of these, deals without enough peers for a percentile, or for a chance. */
  withoutPercentile: number;
  withoutChance: number;
  /** Sum of the expected losses known, a decimal string per currency. */
  expectedLoss: Record<string, string>;
  asOf: string;
}

/** One row a metric; empty before the first run. */
export async function benchmarkCoverage(clickhouse: ClickHouse): Promise<BenchmarkCoverage[]> {
  return await clickhouse.rows(coverageSql, {}, coverageRow);
}

/** One row a badge and level that somebody holds. */
export async function badgeCounts(clickhouse: ClickHouse): Promise<BadgeCount[]> {
  return await clickhouse.rows(badgeCountsSql, {}, badgeCountRow);
}

/** One row a severity that a deal has, the worst first. */
export async function dealCounts(clickhouse: ClickHouse): Promise<DealCount[]> {
  const rows = await clickhouse.rows(dealCountsSql, {}, dealCountRow);
  const counts = new Map<string, DealCount>();
  for (const row of rows) {
    const known = counts.get(row.severity);
    const loss =
      row.expected_loss === null ? {} : { [row.currency]: new Decimal(row.expected_loss).toFixed(2) };
    counts.set(row.severity, {
      severity: row.severity,
      deals: (known?.deals ?? 0) + row.deals,
      withoutPercentile: (known?.withoutPercentile ?? 0) + row.without_percentile,
      withoutChance: (known?.withoutChance ?? 0) + row.without_chance,
      expectedLoss: { ...known?.expectedLoss, ...loss },
      asOf: row.latest,
    });
  }
  return [...counts.values()];
}
