import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import { type Postgres, type PostgresSession } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { ReadableSource, SourceBytes } from '../application/ports.js';
import type { ColumnType } from '../domain/source.js';
import type { PostgresSource } from './sources/catalog.js';

const oldestTransaction = readStatement(import.meta.url, './sql/oldest_transaction.sql');
const tableColumns = readStatement(import.meta.url, './sql/table_columns.sql');

/** How far an extraction looks back behind its cursor for what was committed late. */
export interface Lag {
  seconds: number;
  ids: number;
}

const snapshotId = z.string().regex(/^[0-9A-F-]+$/);
const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** Catalogue types that a column of the contract may have; numeric(p,s) is compared by name, its range row by row. */
const ACCEPTED: Record<string, RegExp> = {
  uuid: /^uuid$/,
  text: /^(text|character varying(\(\d+\))?|character\(\d+\)|name)$/,
  integer: /^(integer|smallint)$/,
  bigint: /^(bigint|integer|smallint)$/,
  timestamp: /^timestamp(\(\d\))? with time zone$/,
  date: /^date$/,
  boolean: /^boolean$/,
  float: /^(double precision|real)$/,
  decimal: /^numeric(\(\d+,\d+\))?$/,
};
const accepted = (type: ColumnType): RegExp | undefined =>
  ACCEPTED[type.startsWith('decimal') ? 'decimal' : type];

/**
 * Runs `work` while one connection holds a snapshot of the product database; every source reads that snapshot on a
 * connection of its own, so a broken source does not end its neighbours' transaction.
 */
export async function withPostgresSnapshot<T>(
  postgres: Postgres,
  sources: readonly PostgresSource[],
  lag: Lag,
  work: (snapshot: { bound: string; settled: string; sources: ReadableSource[] }) => Promise<T>,
  { snapshot }: { snapshot?: string } = {},
): Promise<T> {
  // Asked before the snapshot is taken: what begins in between begins after `settled`.
  const [open] = await postgres.query(oldestTransaction, [], z.object({ settled: z.string() }));
  return await postgres.transaction(async (holder) => {
    // Of one that somebody else exported, e.g. a replication slot; its id is checked because SET takes no parameters.
    if (snapshot !== undefined)
      await holder.execute(`SET TRANSACTION SNAPSHOT '${snapshotId.parse(snapshot)}'`);
    const [held] = await holder.query(
      `SELECT pg_export_snapshot() AS id, now() AS bound`,
      [],
      z.object({ id: snapshotId, bound: z.string() }),
    );
    if (!held || !open)
      throw new AppError({
        class: 'bug',
        source: 'postgres',
        code: 'no_snapshot',
        message: 'Postgres gave no snapshot.',
      });
    const readable = sources.map((definition): ReadableSource => ({
      definition,
      read: (cursor, land, note) =>
        postgres.transaction(async (session) => {
          await session.execute(`SET TRANSACTION SNAPSHOT '${held.id}'`);
          await checkShape(session, definition);
          for (const column of await surplusColumns(session, definition))
            note?.(`${column} is not in the contract`);
          await copy(session, definition, await copyStatement(session, definition, cursor, lag), land);
        }, SNAPSHOT),
      readKeys: (land) =>
        postgres.transaction(async (session) => {
          await session.execute(`SET TRANSACTION SNAPSHOT '${held.id}'`);
          const keys = definition.key.map((name) => `s."${name}"`).join(', ');
          await copy(
            session,
            definition,
            `COPY (SELECT ${keys} FROM (${definition.select}) s) TO STDOUT`,
            (bytes) => land({ ...bytes, columns: definition.key }),
          );
        }, SNAPSHOT),
    }));
    return await work({ bound: held.bound, settled: open.settled, sources: readable });
  }, SNAPSHOT);
}

async function copy(
  session: PostgresSession,
  source: PostgresSource,
  statement: string,
  land: (bytes: SourceBytes) => Promise<void>,
): Promise<void> {
  const stream = session.copyOut(statement);
  try {
    await land({ format: 'TabSeparated', stream });
  } catch (error) {
    // Bytes that nobody took would stand in the way of the ROLLBACK for ever.
    stream.on('error', () => undefined).destroy();
    throw brokenOff(source, error);
  }
}

/** Compares the SELECT's columns with the contract before the first byte moves. */
export async function checkShape(session: PostgresSession, source: PostgresSource): Promise<void> {
  const found = new Map((await describe(session, source)).map((column) => [column.name, column.type]));
  for (const column of source.columns) {
    const type = found.get(column.name);
    if (type === undefined) {
      throw drift(source, 'source_column_missing', `has no column ${column.name}`);
    }
    if (!accepted(column.type)?.test(type)) {
      throw drift(
        source,
        'source_column_type',
        `returns ${column.name} as ${type}, the contract says ${column.type}`,
      );
    }
  }
}

async function describe(
  session: PostgresSession,
  source: PostgresSource,
): Promise<{ name: string; type: string }[]> {
  try {
    return await session.describe(source.select);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'postgres_42p01' || error.code === 'postgres_3f000') {
      throw drift(source, 'source_table_missing', 'reads a table that does not exist', error);
    }
    if (error.code === 'postgres_42703')
      throw drift(source, 'source_column_missing', 'reads a column that does not exist', error);
    if (error.code === 'postgres_42501')
      throw drift(source, 'source_not_permitted', 'reads a table that this user may not read', error);
    throw brokenOff(source, error);
  }
}

/** A SELECT that Postgres refuses, or that fails on one of its rows, is a matter of its file; the rest is not. */
function brokenOff(source: PostgresSource, error: unknown): unknown {
  const ofSelect = error instanceof AppError && error.source === 'postgres' && error.class !== 'transient';
  return ofSelect ? drift(source, 'source_select_failed', 'cannot be read', error) : error;
}

function drift(source: PostgresSource, code: string, what: string, cause?: unknown): AppError {
  const detail = cause instanceof Error ? ` (${cause.message})` : '';
  return new AppError({
    class: 'configuration',
    source: 'warehouse',
    code,
    message: `Source ${source.name} ${what}${detail}. Edit ${source.selectFile}.`,
    cause,
  });
}

/** A node of a plan as EXPLAIN writes it, as far as it says which tables are read. */
interface PlanNode {
  Schema?: string | undefined;
  'Relation Name'?: string | undefined;
  Plans?: PlanNode[] | undefined;
}
const planNode: z.ZodType<PlanNode> = z.object({
  Schema: z.string().optional(),
  'Relation Name': z.string().optional(),
  get Plans() {
    return z.array(planNode).optional();
  },
});
const explained = z.object({ 'QUERY PLAN': z.array(z.object({ Plan: planNode })) });

/** Columns of the tables behind the SELECT that it does not return: the product grew, and nobody has asked for it here. */
async function surplusColumns(session: PostgresSession, source: PostgresSource): Promise<string[]> {
  const [plan] = await session.query(`EXPLAIN (VERBOSE, FORMAT JSON) ${source.select}`, [], explained);
  const tables: { schema: string; name: string }[] = [];
  const walk = (node: PlanNode): void => {
    if (node.Schema !== undefined && node['Relation Name'] !== undefined)
      tables.push({ schema: node.Schema, name: node['Relation Name'] });
    node.Plans?.forEach(walk);
  };
  plan?.['QUERY PLAN'].forEach(({ Plan }) => {
    walk(Plan);
  });
  const declared = source.columns.map(({ name }) => name);
  const rows = await session.query(
    tableColumns,
    [JSON.stringify(tables), declared],
    z.object({ name: z.string() }),
  );
  return rows.map(({ name }) => name);
}

/** COPY takes no parameters: the cursor travels as a transaction-local setting instead of inside the text. */
async function copyStatement(
  session: PostgresSession,
  source: PostgresSource,
  cursor: string | null,
  lag: Lag,
): Promise<string> {
  const columns = source.columns.map((column) => `s."${column.name}"`).join(', ');
  const select = `SELECT ${columns} FROM (${source.select}) s`;
  if (!source.cursor || cursor === null) return `COPY (${select}) TO STDOUT`;
  const [type, behind, amount] =
    source.cursor.kind === 'id'
      ? ['bigint', 'bigint', String(lag.ids)]
      : ['timestamptz', 'interval', `${lag.seconds} seconds`];
  await session.execute(
    `SELECT set_config('insights.cursor', $1, true), set_config('insights.lag', $2, true)`,
    [cursor, amount],
  );
  const column = `s."${source.cursor.column}"`;
  // A row without a cursor value is no row before the cursor: it is read, and rejected once.
  return `COPY (${select} WHERE ${column} >= current_setting('insights.cursor')::${type} - current_setting('insights.lag')::${behind} OR ${column} IS NULL) TO STDOUT`;
}
