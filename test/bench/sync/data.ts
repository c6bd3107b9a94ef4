import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type SyncDefinition, parseSyncDefinition } from '../../../modules/sync/index.js';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';

const statement = (name: string): string => readStatement(import.meta.url, `./sql/${name}.sql`);

/** Rows a statement, so that no request outlives the client's patience. */
const CHUNK = 5_000_000;

/** One row in a thousand is changed. */
export const CHANGED_EVERY = 1000;

/** A new model table with ids 1 to `rows`. Same seed, same rows. */
export async function createModel(
  clickhouse: ClickHouse,
  table: string,
  rows: number,
  seed: number,
): Promise<void> {
  await clickhouse.command(statement('create_model'), { table });
  for (let first = 0; first < rows; first += CHUNK) {
    const chunk = { table, seed, first, rows: Math.min(CHUNK, rows - first) };
    await clickhouse.command(statement('fill_model'), chunk);
  }
}

/** Changes the rows whose id leaves `remainder` when divided by `every`. */
export async function changeModel(
  clickhouse: ClickHouse,
  table: string,
  every: number,
  remainder: number,
): Promise<void> {
  await clickhouse.command(statement('change_model'), { table, every, remainder });
}

/** The first `rows` rows of the model as a CSV file without a header. */
export async function writeCsv(
  clickhouse: ClickHouse,
  table: string,
  rows: number,
  path: string,
): Promise<void> {
  await pipeline(await clickhouse.selectBytes(statement('csv'), { table, rows }), createWriteStream(path));
}

/** SQL that makes a target like the model. */
export const createTarget = (table: string): string => statement('create_target').replace('{{table}}', table);

/** All ten columns of a model into a table of Postgres, with deletes, as a person would write it. */
export function postgresDefinition(name: string, model: string, table: string): SyncDefinition {
  const text = `
name: ${name}
model: ${model}
mode: mirror
key: [id]
target: { kind: postgres, table: ${table} }
mapping:
  id: integer
  name: text
  note: text
  d1: float
  d2: float
  d3: float
  amount: decimal
  updated_at: instant
  active: boolean
  qty: integer
`;
  return parseSyncDefinition(text, `${name}.yaml`);
}
