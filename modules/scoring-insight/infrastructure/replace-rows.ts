import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';

/** Fills an empty table of the given name; returns the rows written. */
export type Fill = (beside: string) => Promise<number>;

/** New contents for a whole table: built beside it and exchanged in one step, so that no reader sees half of it. */
export async function replaceTable(clickhouse: ClickHouse, table: string, fill: Fill): Promise<number> {
  return await withTableBeside(clickhouse, table, async (beside) => {
    const written = await fill(beside);
    await clickhouse.command('EXCHANGE TABLES {beside: Identifier} AND {table: Identifier}', { beside, table });
    return written;
  });
}

/** The same for one partition of a table; what `fill` writes must belong to it. */
export async function replacePartition(
  clickhouse: ClickHouse,
  table: string,
  partition: string,
  fill: Fill,
): Promise<number> {
  return await withTableBeside(clickhouse, table, async (beside) => {
    const written = await fill(beside);
    await clickhouse.command(
      'ALTER TABLE {table: Identifier} REPLACE PARTITION {partition: String} FROM {beside: Identifier}',
      { beside, table, partition },
    );
    return written;
  });
}

/** An empty table of the same shape for the length of `work`; one that a killed run left behind is emptied first. */
export async function withTableBeside<T>(
  clickhouse: ClickHouse,
  table: string,
  work: (beside: string) => Promise<T>,
): Promise<T> {
  const beside = `build_${table}`;
  await clickhouse.command('DROP TABLE IF EXISTS {beside: Identifier} SYNC', { beside });
  await clickhouse.command('CREATE TABLE {beside: Identifier} AS {table: Identifier}', { beside, table });
  const result = await work(beside);
  await clickhouse.command('DROP TABLE {beside: Identifier} SYNC', { beside });
  return result;
}

/** Objects into a table as one JSONEachRow stream; returns their number. */
export async function insertAll(clickhouse: ClickHouse, table: string, rows: readonly object[]): Promise<number> {
  await clickhouse.insertRows(table, rows);
  return rows.length;
}
