import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';

const listStatement = readStatement(import.meta.url, './sql/list_rejects.sql');

const rejectRow = z
  .object({
    source: z.string(),
    record_key: z.string(),
    reason_code: z.string(),
    reason: z.string(),
    payload: z.string(),
    rejected_at: z.string(),
    replayed_at: z.string().nullable(),
    run_id: z.string(),
  })
  .transform((row) => ({
    source: row.source,
    recordKey: row.record_key,
    reasonCode: row.reason_code,
    reason: row.reason,
    /** The row as it came: column name to text, null for NULL. */
    payload: z.record(z.string(), z.string().nullable()).parse(JSON.parse(row.payload)),
    rejectedAt: row.rejected_at,
    replayedAt: row.replayed_at,
    runId: row.run_id,
  }));
export type Reject = z.output<typeof rejectRow>;

/** Rejected rows, newest first. */
export async function listRejects(
  clickhouse: ClickHouse,
  filter: { source?: string; reason?: string; limit: number },
): Promise<Reject[]> {
  return await clickhouse.rows(
    listStatement,
    { source: filter.source ?? '', reason: filter.reason ?? '', limit: filter.limit },
    rejectRow,
  );
}
