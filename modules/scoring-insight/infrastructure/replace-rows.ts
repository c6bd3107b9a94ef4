import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';

/** The tables that are replaced; a statement that names one is made of these names and never of data. */
export const INSIGHT_TABLES = [
  'insight_predictiveness',
  'insight_predictiveness_deals',
  'insight_entity_benchmarks',
  'insight_benchmark_snapshots',
  'insight_entity_badges',
  'insight_badge_history',
  'insight_entity_trends',
  'insight_deal_health',
  'insight_stage_visits',
  'insight_stage_time',
  'insight_entity_success',
  'insight_pair_success',
  'insight_results',
  'insight_affinity_models',
  'insight_network_effects',
  'insight_forecasts',
  'insight_deal_forecasts',
] as const;

export type InsightTable = (typeof INSIGHT_TABLES)[number];

/** Fills an empty table of the given name; returns the rows written. */
export type Fill = (beside: string) => Promise<number>;

/** New contents for a whole table: built beside it and exchanged in one step, so that no reader sees half of it. */
export async function replaceTable(clickhouse: ClickHouse, table: InsightTable, fill: Fill): Promise<number> {
  return await withTableBeside(clickhouse, table, async (beside) => {
    const written = await fill(beside);
    await clickhouse.command(`EXCHANGE TABLES ${beside} AND ${table}`);
    return written;
  });
}

/** The same for one partition of a table; what `fill` writes must belong to it. */
export async function replacePartition(
  clickhouse: ClickHouse,
  table: InsightTable,
  partition: string,
  fill: Fill,
): Promise<number> {
  return await withTableBeside(clickhouse, table, async (beside) => {
    const written = await fill(beside);
    await clickhouse.command(`ALTER TABLE ${table} REPLACE PARTITION {partition: String} FROM ${beside}`, {
      partition,
    });
    return written;
  });
}

/** An empty table of the same shape for the length of `work`; one that a killed run left behind is dropped first. */
export async function withTableBeside<T>(
  clickhouse: ClickHouse,
  table: InsightTable,
  work: (beside: string) => Promise<T>,
): Promise<T> {
  const beside = `build_${table}`;
  await clickhouse.command(`DROP TABLE IF EXISTS ${beside} SYNC`);
  await clickhouse.command(`CREATE TABLE ${beside} AS ${table}`);
  const result = await work(beside);
  await clickhouse.command(`DROP TABLE ${beside} SYNC`);
  return result;
}

/** Objects into a table as one JSONEachRow stream; returns their number. */
export async function insertAll(
  clickhouse: ClickHouse,
  table: string,
  rows: readonly object[],
): Promise<number> {
  await clickhouse.insertRows(table, rows);
  return rows.length;
}
