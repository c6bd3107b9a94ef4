import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import type { Postgres, PostgresSession } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type {
  BucketSum,
  Fence,
  RowRange,
  StagedRows,
  SyncTarget,
  TargetProblem,
  Written,
} from '../../application/ports.js';
import type { MappedColumn, PostgresTable, SyncDefinition } from '../../domain/definition.js';
import { fill } from '../fill.js';
import { tableProblems } from './check-table.js';
import { columnList, quote, quoteTable } from './expressions.js';
import { Statements } from './statements.js';

const sql = {
  fence: readStatement(import.meta.url, './sql/fence.sql'),
  renewFence: readStatement(import.meta.url, './sql/renew_fence.sql'),
  isEmpty: readStatement(import.meta.url, './sql/is_empty.sql'),
  lockWriters: readStatement(import.meta.url, './sql/lock_writers.sql'),
  stageValues: readStatement(import.meta.url, './sql/stage_values.sql'),
  keepValues: readStatement(import.meta.url, './sql/keep_values.sql'),
  stageBuckets: readStatement(import.meta.url, './sql/stage_buckets.sql'),
  keepBuckets: readStatement(import.meta.url, './sql/keep_buckets.sql'),
  describeTable: readStatement(import.meta.url, './sql/describe_table.sql'),
  describeColumns: readStatement(import.meta.url, './sql/describe_columns.sql'),
  describeKeys: readStatement(import.meta.url, './sql/describe_keys.sql'),
};

const emptyRow = z.object({ empty: z.boolean() });
const asideRow = z.object({ seq: z.coerce.number(), reason: z.string() });
const textsRow = z.object({ texts: z.record(z.string(), z.string().nullable()) });
const sumRow = z.object({ bucket: z.number(), rows: z.coerce.number(), sum: z.string() });
const tableRow = z.object({
  kind: z.string(),
  rowSecurity: z.boolean(),
  maySelect: z.boolean(),
  mayInsert: z.boolean(),
  mayDelete: z.boolean(),
});
const columnRow = z.object({
  name: z.string(),
  type: z.string(),
  notNull: z.boolean(),
  hasDefault: z.boolean(),
  generated: z.boolean(),
  mayUpdate: z.boolean(),
});
const keyRow = z.object({ columns: z.array(z.string()) });

/** Fewer rows are merged as fast as they are copied, and need no lock of the table. */
const WORTH_A_LOCK = 1000;

/**
 * A table of schema `insights`, or named columns of a product table. A range is one transaction: rows travel as bytes from
 * the warehouse into COPY and are merged by statements over whole sets. Errors are AppErrors by SQLSTATE, those of deferred
 * constraints included: they are the range's as well, since the commit is part of the write.
 */
export class PostgresTarget implements SyncTarget {
  readonly batchSize = null;

  constructor(private readonly postgres: Postgres) {}

  async check(definition: SyncDefinition): Promise<TargetProblem[]> {
    const target = tableOf(definition);
    const name = target.table.split('.');
    const [table] = await this.postgres.query(sql.describeTable, name, tableRow);
    if (!table) return tableProblems(definition, target, null);
    const columns = await this.postgres.query(sql.describeColumns, name, columnRow);
    const keys = await this.postgres.query(sql.describeKeys, name, keyRow);
    const uniqueKeys = keys.map((key) => key.columns.sort());
    return tableProblems(definition, target, { ...table, columns, uniqueKeys });
  }

  /**
   * @throws AppError by SQLSTATE; transient `lease_lost`; transient `incomplete_read` when fewer rows arrived than were
   * staged: a stream that was cut must not look like the end of the data; the signal's reason when it aborts.
   */
  async write(
    definition: SyncDefinition,
    staged: StagedRows,
    range: RowRange,
    fence: Fence,
    signal: AbortSignal,
  ): Promise<Written> {
    const statements = new Statements(definition, tableOf(definition));
    return await this.postgres.transaction((session) =>
      untilAborted(session, signal, async () => {
        await holdLease(session, fence);
        if (range.kind === 'upsert' && (await isFirstLoad(session, definition, range, statements.table))) {
          const bytes = await staged.bytes(range, { withSeq: false });
          await copy(session, `${statements.table} (${columnList(definition.columns)})`, bytes, range);
          await session.execute(sql.renewFence, [fence.sync, fence.token]);
          return counts({ inserted: range.to - range.from });
        }
        await stage(session, statements, definition, staged, range);
        const written = await merge(session, statements, definition, range);
        await session.execute(sql.renewFence, [fence.sync, fence.token]);
        return written;
      }),
    );
  }

  async preview(definition: SyncDefinition, staged: StagedRows, range: RowRange): Promise<Readable> {
    const statements = new Statements(definition, tableOf(definition));
    return await this.read(async (session) => {
      await stage(session, statements, definition, staged, range);
      return statements.preview(range.kind);
    });
  }

  async find(
    definition: SyncDefinition,
    key: readonly string[],
  ): Promise<Record<string, string | null> | null> {
    const statement = new Statements(definition, tableOf(definition)).find();
    const [row] = await this.postgres.query(statement, key, textsRow);
    return row?.texts ?? null;
  }

  async bucketSums(
    definition: SyncDefinition,
    columns: readonly MappedColumn[],
    buckets: number,
  ): Promise<BucketSum[]> {
    const statement = new Statements(definition, tableOf(definition)).bucketSums(columns, buckets);
    return await this.postgres.transaction(async (session) => {
      await keepScope(session, definition);
      return await session.query(statement, [], sumRow);
    });
  }

  async bucketRows(
    definition: SyncDefinition,
    columns: readonly MappedColumn[],
    buckets: number,
    wanted: readonly number[],
  ): Promise<Readable> {
    const statement = new Statements(definition, tableOf(definition)).bucketRows(columns, buckets);
    return await this.read(async (session) => {
      await keepScope(session, definition);
      await session.execute(sql.stageBuckets);
      await session.execute(sql.keepBuckets, [wanted]);
      return statement;
    });
  }

  /** Rows of the SELECT that `prepare` gives. The session is theirs until the last of them is read; then all is rolled back. */
  private read(prepare: (session: PostgresSession) => Promise<string>): Promise<Readable> {
    return new Promise((resolve, reject) => {
      this.postgres
        .withSession(async (session) => {
          await session.execute('BEGIN');
          try {
            const rows = session.copyOut(`COPY (${await prepare(session)}) TO STDOUT`);
            resolve(rows);
            await finished(rows).catch(() => undefined);
          } finally {
            await session.execute('ROLLBACK').catch(() => undefined);
          }
        })
        .catch(reject);
    });
  }
}

function tableOf({ name, target }: SyncDefinition): PostgresTable {
  if (target.kind === 'postgres') return target;
  throw new AppError({
    class: 'bug',
    source: 'sync',
    code: 'wrong_target',
    message: `Sync ${name} does not go to Postgres.`,
  });
}

/** Cuts the connection when the signal aborts, whatever the statement: nothing of the transaction stays. */
async function untilAborted<T>(
  session: PostgresSession,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const cut = (): void => session.destroy();
  signal.throwIfAborted();
  signal.addEventListener('abort', cut, { once: true });
  try {
    const result = await work();
    signal.throwIfAborted();
    return result;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

async function holdLease(session: PostgresSession, { sync, token }: Fence): Promise<void> {
  const leases = await session.query(sql.fence, [sync, token], z.object({ sync: z.string() }));
  if (leases.length > 0) return;
  throw new AppError({
    class: 'transient',
    source: 'sync',
    code: 'lease_lost',
    message: `Another worker writes ${sync} by now; nothing was written.`,
  });
}

/** Whether the rows can be copied straight into the table: nothing is there, and until the commit nobody else adds anything. */
async function isFirstLoad(
  session: PostgresSession,
  { mode, scope, columns }: SyncDefinition,
  { from, to }: RowRange,
  table: string,
): Promise<boolean> {
  if (mode === 'update' || scope.length > 0 || to - from < WORTH_A_LOCK) return false;
  if (columns.some(({ nulls }) => nulls === 'set_if_empty')) return false;
  const isEmpty = async (): Promise<boolean> =>
    (await session.query(fill(sql.isEmpty, { table }), [], emptyRow))[0]?.empty === true;
  // Looked at before the lock as well, so that a table in use is not locked for nothing.
  if (!(await isEmpty())) return false;
  await session.execute(fill(sql.lockWriters, { table }));
  return await isEmpty();
}

/** The range in sync_rows, and beside it the values that its statements look up. */
async function stage(
  session: PostgresSession,
  statements: Statements,
  definition: SyncDefinition,
  staged: StagedRows,
  range: RowRange,
): Promise<void> {
  const columns = range.kind === 'delete' ? definition.keys : definition.columns;
  await session.execute(statements.stage(columns));
  const bytes = await staged.bytes(range);
  await copy(session, `sync_rows ("#seq", ${columnList(columns)})`, bytes, range);
  await keepScope(session, definition);
  const defaults = definition.columns.flatMap(({ target, default: value }) =>
    value === undefined ? [] : [{ column: target, value }],
  );
  await keepValues(session, definition, 'sync_defaults', defaults);
}

async function copy(session: PostgresSession, into: string, bytes: Readable, range: RowRange): Promise<void> {
  const arrived = await session.copyIn(`COPY ${into} FROM STDIN`, bytes);
  const expected = range.to - range.from;
  if (arrived === expected) return;
  throw new AppError({
    class: 'transient',
    source: 'clickhouse',
    code: 'incomplete_read',
    message: `${arrived} of ${expected} rows arrived from the warehouse; nothing was written.`,
  });
}

async function keepScope(session: PostgresSession, definition: SyncDefinition): Promise<void> {
  await keepValues(session, definition, 'sync_scope', definition.scope);
}

/** Values that the definition names, typed like their columns: bound as parameters here, looked up by every statement. */
async function keepValues(
  session: PostgresSession,
  definition: SyncDefinition,
  name: string,
  given: readonly { column: string; value: string }[],
): Promise<void> {
  if (given.length === 0) return;
  const columns = given.map(({ column }) => quote(column)).join(', ');
  const table = quoteTable(tableOf(definition));
  await session.execute(fill(sql.stageValues, { name, columns, table }));
  const values = given.map((_one, index) => `$${index + 1}`).join(', ');
  await session.execute(
    fill(sql.keepValues, { name, columns, values }),
    given.map(({ value }) => value),
  );
}

/** Upserts: rows without a place are set aside, then those that are not there are inserted and those that differ updated. */
async function merge(
  session: PostgresSession,
  statements: Statements,
  { mode }: SyncDefinition,
  { kind, from, to }: RowRange,
): Promise<Written> {
  const rows = to - from;
  if (kind === 'delete') {
    const deleted = await session.execute(statements.delete());
    return counts({ deleted, unchanged: rows - deleted });
  }
  const setAside = statements.setAside();
  const waiting = setAside === undefined ? [] : await session.query(setAside, [], asideRow);
  const placed = rows - waiting.length;
  const inserted = mode === 'update' ? 0 : await session.execute(statements.insert());
  const updated = mode === 'insert' || inserted === placed ? 0 : await session.execute(statements.update());
  return counts({ inserted, updated, unchanged: placed - inserted - updated, waiting });
}

function counts(written: Partial<Written>): Written {
  return { inserted: 0, updated: 0, deleted: 0, unchanged: 0, waiting: [], refused: [], ...written };
}
