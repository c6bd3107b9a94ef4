import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import type { PostgresSession } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { RefusedSource } from '../../application/cdc-ports.js';
import type { StreamedSource } from '../../domain/cdc.js';
import { rulesOf } from '../load-statements.js';
import { checkShape } from '../postgres-reader.js';
import type { PostgresSource } from '../sources/catalog.js';

const tableColumns = readStatement(import.meta.url, './sql/table_columns.sql');

const column = z.object({
  attribute: z.number(),
  name: z.string(),
  type_oid: z.coerce.number(),
  type_modifier: z.number(),
  generated: z.boolean(),
  plain_table: z.boolean(),
  quoted: z.string(),
  identifies: z.boolean(),
});
const plan = z.object({
  'QUERY PLAN': z.tuple([z.object({ Plan: z.record(z.string(), z.unknown()) })]),
});

/**
 * What a source reads, or why its changes cannot be taken from the log. Which columns it copies says the description of its
 * SELECT; that it leaves no row out and adds none (no WHERE, JOIN, DISTINCT, row-level security) says the plan, which must be
 * one scan of that table without a filter.
 */
export async function streamable(
  session: PostgresSession,
  source: PostgresSource,
  stages: readonly string[],
): Promise<StreamedSource | RefusedSource> {
  const refused = (code: string, reason: string): RefusedSource => ({ source: source.name, code, reason });
  try {
    await checkShape(session, source);
  } catch (error) {
    if (error instanceof AppError && error.class === 'configuration')
      return refused(error.code, error.message);
    throw error;
  }
  const origins = new Map((await session.origins(source.select)).map((origin) => [origin.name, origin]));
  const read = source.columns.map(({ name }) => origins.get(name));
  const table = read[0]?.table ?? 0;
  if (table === 0 || read.some((origin) => origin?.table !== table))
    return refused('not_a_projection', 'its SELECT computes columns or reads several tables');
  const found = await session.query(tableColumns, [table], column);
  const first = found[0];
  if (!first?.plain_table)
    return refused('not_a_plain_table', 'it reads a view, a partitioned, foreign or unlogged table');
  if (!(await readsAllRows(session, source)))
    return refused('not_a_projection', 'its SELECT does not give every row of its table once');
  const columns = read.map((origin) => found.find(({ attribute }) => attribute === origin?.attribute));
  if (columns.some((one) => one === undefined || one.generated))
    return refused('generated_column', 'it reads a generated column, which the log leaves out');
  const known = columns.filter((one) => one !== undefined);
  const key = source.columns.flatMap(({ name }, n) => (source.key.includes(name) ? [known[n]] : []));
  if (key.some((one) => !one?.identifies))
    return refused(
      'no_replica_identity',
      `updates and deletes of ${first.quoted} do not say which row they touch: it needs a primary key on ${source.key.join(', ')} or REPLICA IDENTITY FULL`,
    );
  return {
    definition: source,
    table: { oid: table, name: first.quoted },
    columns: known.map((one) => ({
      name: one.name,
      typeOid: one.type_oid,
      typeModifier: one.type_modifier,
    })),
    fingerprint: fingerprint(source, stages, [
      table,
      known.map((one) => [one.name, one.type_oid, one.type_modifier]),
    ]),
  };
}

async function readsAllRows(session: PostgresSession, source: PostgresSource): Promise<boolean> {
  // Any other way to the rows would be as good; these settings leave the planner only one shape to choose.
  await session.execute(
    `SELECT set_config(name, 'off', true) FROM unnest(ARRAY['enable_indexscan', 'enable_indexonlyscan', 'enable_bitmapscan', 'enable_tidscan']) AS name`,
  );
  await session.execute(`SELECT set_config('max_parallel_workers_per_gather', '0', true)`);
  const [explained] = await session.query(`EXPLAIN (FORMAT JSON) ${source.select}`, [], plan);
  const node = explained?.['QUERY PLAN'][0].Plan;
  return node?.['Node Type'] === 'Seq Scan' && node['Filter'] === undefined && node['Plans'] === undefined;
}

/** Changes with the table behind a source and with the rules its rows are judged by. */
function fingerprint(source: PostgresSource, stages: readonly string[], table: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([...rulesOf(source, stages), source.select, table]))
    .digest('hex')
    .slice(0, 16);
}
