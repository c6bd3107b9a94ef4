import { z } from 'zod';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';

const statement = readStatement(import.meta.url, '../sql/storage.sql');
const table = z.object({
  table: z.string(),
  rows: z.coerce.number(),
  bytes: z.coerce.number(),
  uncompressed: z.coerce.number(),
  parts: z.coerce.number(),
});
export type StoredTable = z.output<typeof table>;

/** What every raw, dimension, fact and aggregate table occupies on disk, the largest first. */
export async function storage(clickhouse: ClickHouse): Promise<StoredTable[]> {
  return await clickhouse.rows(statement, {}, table);
}
