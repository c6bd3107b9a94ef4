import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import { type Postgres, type PostgresSession } from '../../../src/platform/postgres/postgres.js';
import type { ReadableSource } from '../application/ports.js';
import { type ColumnType, ID_LAG } from '../domain/source.js';
import type { PostgresSource } from './sources/catalog.js';

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
  lagSeconds: number,
  work: (snapshot: { bound: string; sources: ReadableSource[] }) => Promise<T>,
): Promise<T> {
  return await postgres.transaction(async (holder) => {
    const [held] = await holder.query(
      `SELECT pg_export_snapshot() AS id, now() AS bound`,
      [],
      z.object({ id: z.string().regex(/^[0-9A-F-]+$/), bound: z.string() }),
    );
    if (!held)
      throw new AppError({
        class: 'bug',
        source: 'postgres',
        code: 'no_snapshot',
        message: 'Postgres gave no snapshot.',
      });
    const readable = sources.map((definition): ReadableSource => ({
      definition,
      read: (cursor, land) =>
        postgres.transaction(async (session) => {
          await session.execute(`SET TRANSACTION SNAPSHOT '${held.id}'`);
          await checkShape(session, definition);
          const bytes = session.copyOut(await copyStatement(session, definition, cursor, lagSeconds));
          try {
            await land({ format: 'TabSeparated', stream: bytes });
          } catch (error) {
            throw brokenOff(definition, error);
          }
        }, SNAPSHOT),
    }));
    return await work({ bound: held.bound, sources: readable });
  }, SNAPSHOT);
}

/** Compares the SELECT's columns with the contract before the first byte moves. */
async function checkShape(session: PostgresSession, source: PostgresSource): Promise<void> {
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

/** COPY takes no parameters: the cursor travels as a transaction-local setting instead of inside the text. */
async function copyStatement(
  session: PostgresSession,
  source: PostgresSource,
  cursor: string | null,
  lagSeconds: number,
): Promise<string> {
  const columns = source.columns.map((column) => `s."${column.name}"`).join(', ');
  const select = `SELECT ${columns} FROM (${source.select}) s`;
  if (!source.cursor || cursor === null) return `COPY (${select}) TO STDOUT`;
  const lag = source.cursor.kind === 'id' ? String(ID_LAG) : `${lagSeconds} seconds`;
  await session.execute(
    `SELECT set_config('insights.cursor', $1, true), set_config('insights.lag', $2, true)`,
    [cursor, lag],
  );
  const type = source.cursor.kind === 'id' ? ['bigint', 'bigint'] : ['timestamptz', 'interval'];
  return `COPY (${select} WHERE s."${source.cursor.column}" >= current_setting('insights.cursor')::${type[0]} - current_setting('insights.lag')::${type[1]}) TO STDOUT`;
}
