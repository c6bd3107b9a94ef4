import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Stores } from '../../src/platform/stores.js';

/** Instants leave as microseconds, so that the other side needs no parser for them. */
const PRODUCT = {
  entities: ['id', 'tenant_id', 'entity_type', 'industry', 'tier', us('deleted_at')],
  partnerships: [
    'id',
    'entity1_id',
    'entity2_id',
    'stage',
    'deal_value',
    'currency',
    'success_score',
    us('signed_at'),
    us('created_at'),
    `(created_at AT TIME ZONE 'UTC')::date AS created_on`,
    us('deleted_at'),
  ],
  deal_events: ['id', 'partnership_id', 'to_stage', us('occurred_at')],
  milestones: ['id', 'partnership_id', 'completed'],
  user_activity: ['id', 'partnership_id', us('occurred_at')],
} as const;

function us(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000000)::bigint AS ${column.replace(/_at$/, '_us')}`;
}

const ROW_SET = [
  'partnership_id',
  'is_successful',
  'success_score',
  'semantic',
  'goal_alignment',
  'cultural_momentum',
  'historical',
  'authenticity',
  'confidence',
];

/** The row set of the predictiveness report as ClickHouse holds it, into one file with a header line. */
export async function exportRowSet({ clickhouse }: Stores, file: string): Promise<void> {
  const select = `SELECT ${ROW_SET.join(', ')} FROM insight_predictiveness_deals WHERE excluded = '' ORDER BY partnership_id`;
  await writeTable(file, ROW_SET, await clickhouse.selectBytes(select));
}

/** The product tables behind the benchmarks, one file each, into a folder. */
export async function exportProduct({ postgres }: Stores, folder: string): Promise<void> {
  await postgres.withSession(async (session) => {
    for (const [table, columns] of Object.entries(PRODUCT)) {
      const names = columns.map((column) => column.split(' AS ').at(-1) ?? column);
      const rows = session.copyOut(
        `COPY (SELECT ${columns.join(', ')} FROM product.${table} ORDER BY id) TO STDOUT`,
      );
      await writeTable(join(folder, `${table}.tsv`), names, rows);
    }
  });
}

async function writeTable(file: string, columns: readonly string[], rows: Readable): Promise<void> {
  const sink = createWriteStream(file);
  sink.write(`${columns.join('\t')}\n`);
  await pipeline(rows, sink);
}
