import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import type { Postgres, PostgresSession } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { Applied, StagedChanges, SyncTarget } from '../../application/ports.js';
import type { PostgresTable, SyncDefinition } from '../../domain/definition.js';
import { fill } from '../fill.js';

const sql = {
  stageRows: readStatement(import.meta.url, './sql/stage_rows.sql'),
  merge: readStatement(import.meta.url, './sql/merge.sql'),
  stageKeys: readStatement(import.meta.url, './sql/stage_keys.sql'),
  delete: readStatement(import.meta.url, './sql/delete.sql'),
};

const mergedRow = z.object({ inserted: z.coerce.number(), updated: z.coerce.number() });

/**
 * A table of schema `insights`. All writes of one sync are one transaction; rows travel as bytes from the warehouse into
 * COPY and are merged by one statement.
 */
export class PostgresTarget implements SyncTarget {
  constructor(private readonly postgres: Postgres) {}

  /**
   * @throws AppError by SQLSTATE; transient `incomplete_read` when fewer rows arrived than were staged: a stream that
   * was cut must not look like the end of the data.
   */
  async apply(definition: SyncDefinition, changes: StagedChanges): Promise<Applied> {
    const { target } = definition;
    if (target.kind !== 'postgres') {
      throw new AppError({
        class: 'bug',
        source: 'sync',
        code: 'wrong_target',
        message: `Sync ${definition.name} does not go to Postgres.`,
      });
    }
    return this.postgres.transaction(async (session) => {
      const upserts = changes.counts.insert + changes.counts.update;
      const merged =
        upserts > 0
          ? await merge(session, target, definition, changes, upserts)
          : { inserted: 0, updated: 0 };
      const deleted = changes.counts.delete > 0 ? await remove(session, target, definition, changes) : 0;
      const unchanged = upserts - merged.inserted - merged.updated;
      return { ...merged, deleted, unchanged, held: 0, heldReason: '' };
    });
  }
}

async function merge(
  session: PostgresSession,
  { table }: PostgresTable,
  { columns, keys }: SyncDefinition,
  changes: StagedChanges,
  expected: number,
): Promise<z.infer<typeof mergedRow>> {
  const all = columns.map((column) => quote(column.target));
  const written = columns.filter((column) => !column.key).map((column) => quote(column.target));
  const compared = columns.filter((column) => column.compared).map((column) => quote(column.target));
  const names = { table: quoteTable(table), columns: all.join(', ') };
  await session.execute(fill(sql.stageRows, names));
  expectRows(
    await session.copyIn(`COPY sync_rows (${names.columns}) FROM STDIN`, await changes.upsertBytes()),
    expected,
  );
  const statement = fill(sql.merge, {
    ...names,
    keys: keys.map((key) => quote(key.target)).join(', '),
    assignments: written.map((column) => `${column} = excluded.${column}`).join(', '),
    current: compared.map((column) => `t.${column}`).join(', '),
    incoming: compared.map((column) => `excluded.${column}`).join(', '),
  });
  const [counts] = await session.query(statement, [], mergedRow);
  return counts ?? { inserted: 0, updated: 0 };
}

async function remove(
  session: PostgresSession,
  { table }: PostgresTable,
  { keys }: SyncDefinition,
  changes: StagedChanges,
): Promise<number> {
  const columns = keys.map((key) => quote(key.target));
  const names = { table: quoteTable(table), keys: columns.join(', ') };
  await session.execute(fill(sql.stageKeys, names));
  expectRows(
    await session.copyIn(`COPY sync_gone (${names.keys}) FROM STDIN`, await changes.deletedKeyBytes()),
    changes.counts.delete,
  );
  const sameKey = columns.map((column) => `t.${column} = g.${column}`).join(' AND ');
  return session.execute(fill(sql.delete, { table: names.table, same_key: sameKey }));
}

function expectRows(arrived: number, expected: number): void {
  if (arrived === expected) return;
  throw new AppError({
    class: 'transient',
    source: 'clickhouse',
    code: 'incomplete_read',
    message: `${arrived} of ${expected} rows arrived from the warehouse; nothing was written.`,
  });
}

function quote(name: string): string {
  return `"${name}"`;
}

function quoteTable(table: string): string {
  return table.split('.').map(quote).join('.');
}
