import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { ChangedRow, ChangeStore, Value, StagedChanges } from '../../application/ports.js';
import type { MappedColumn, SyncDefinition } from '../../domain/definition.js';
import type { ChangeCounts } from '../../domain/outcome.js';
import { fill } from '../fill.js';
import { diffExpressions, quote, staged } from './diff-sql.js';

const sql = {
  diff: readStatement(import.meta.url, './sql/diff.sql'),
  count: readStatement(import.meta.url, './sql/count.sql'),
  stage: readStatement(import.meta.url, './sql/stage.sql'),
  countStaged: readStatement(import.meta.url, './sql/count_staged.sql'),
  upserts: readStatement(import.meta.url, './sql/upserts.sql'),
  upsertBatch: readStatement(import.meta.url, './sql/upsert_batch.sql'),
  deletes: readStatement(import.meta.url, './sql/deletes.sql'),
  deleteBatch: readStatement(import.meta.url, './sql/delete_batch.sql'),
  intend: readStatement(import.meta.url, './sql/intend.sql'),
  confirm: readStatement(import.meta.url, './sql/confirm.sql'),
  keepRejects: readStatement(import.meta.url, './sql/keep_rejects.sql'),
  staleTables: readStatement(import.meta.url, './sql/stale_tables.sql'),
};

/** join_use_nulls tells a missing side of the join from zeros; final hides replaced versions. Both shape the result of diff.sql. */
const settings = { join_use_nulls: 1, final: 1 } as const;

const countRow = z.object({ op: z.string(), reason: z.string(), rows: z.coerce.number() });
const batchRow = z.looseObject({ keyHash: z.string(), op: z.enum(['insert', 'update', 'delete']) });

/** Key and row hashes of the model against `sync_state`; rows never leave ClickHouse until they are sent. */
export class ClickHouseChangeStore implements ChangeStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async count(definition: SyncDefinition): Promise<ChangeCounts> {
    const query = fill(sql.count, { diff: renderDiff(definition) });
    return toCounts(await this.clickhouse.rows(query, diffParams(definition), countRow, { settings }));
  }

  async stage(definition: SyncDefinition, runId: string): Promise<StagedChanges> {
    const changes = quote(`sync_changes_${definition.name}_${runId.replaceAll('-', '')}`);
    await this.clickhouse.command(`DROP TABLE IF EXISTS ${changes}`);
    await this.clickhouse.command(
      fill(sql.stage, { changes, diff: renderDiff(definition) }),
      diffParams(definition),
      { settings },
    );
    const counts = toCounts(await this.clickhouse.rows(fill(sql.countStaged, { changes }), {}, countRow));
    return new ChangeTable(this.clickhouse, definition, changes, counts);
  }

  async dropStale(): Promise<void> {
    const tables = await this.clickhouse.rows(sql.staleTables, {}, z.object({ name: z.string() }));
    for (const { name } of tables)
      await this.clickhouse.command('DROP TABLE IF EXISTS {name: Identifier}', { name });
  }
}

class ChangeTable implements StagedChanges {
  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly definition: SyncDefinition,
    private readonly table: string,
    readonly counts: ChangeCounts,
  ) {}

  async upsertBytes(): Promise<Readable> {
    const columns = this.definition.columns.map(staged).join(', ');
    return this.clickhouse.selectBytes(fill(sql.upserts, { changes: this.table, columns }));
  }

  async deletedKeyBytes(): Promise<Readable> {
    const columns = this.definition.keys.map((_key, index) => `record_key[${index + 1}]`).join(', ');
    return this.clickhouse.selectBytes(fill(sql.deletes, { changes: this.table, columns }));
  }

  upsertBatches(size: number): AsyncIterable<ChangedRow[]> {
    const { columns } = this.definition;
    const select = columns.map((column) => `${staged(column)} AS ${alias(column)}`).join(', ');
    return this.batches(fill(sql.upsertBatch, { changes: this.table, columns: select }), columns, size);
  }

  deleteBatches(size: number): AsyncIterable<ChangedRow[]> {
    const { keys } = this.definition;
    const select = keys.map((key, index) => `record_key[${index + 1}] AS ${alias(key)}`).join(', ');
    return this.batches(fill(sql.deleteBatch, { changes: this.table, columns: select }), keys, size);
  }

  async hold(keyHashes: readonly string[], reason: string): Promise<void> {
    await this.clickhouse.insertRows(
      this.table,
      keyHashes.map((key_hash) => ({ op: 'held', reason, key_hash })),
    );
  }

  async intend(runId: string): Promise<void> {
    await this.setState(sql.intend, runId);
  }

  async confirm(runId: string): Promise<void> {
    await this.setState(sql.confirm, runId);
  }

  async keepRejects(runId: string): Promise<void> {
    await this.clickhouse.command(fill(sql.keepRejects, { changes: this.table }), {
      sync: this.definition.name,
      run_id: runId,
    });
  }

  async drop(): Promise<void> {
    await this.clickhouse.command(`DROP TABLE IF EXISTS ${this.table}`);
  }

  private async setState(statement: string, runId: string): Promise<void> {
    await this.clickhouse.command(fill(statement, { changes: this.table }), {
      sync: this.definition.name,
      mapping_hash: this.definition.mappingHash,
      run_id: runId,
    });
  }

  /** Pages by key hash, so that a page is cheap however far down it lies. */
  private async *batches(
    query: string,
    columns: readonly MappedColumn[],
    size: number,
  ): AsyncGenerator<ChangedRow[]> {
    let after = '0';
    for (;;) {
      const rows = await this.clickhouse.rows(query, { after, size }, batchRow);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => ({
        keyHash: row.keyHash,
        op: row.op,
        values: Object.fromEntries(
          columns.map((column) => [column.target, readValue(column, row[unquoted(column)])]),
        ),
      }));
      if (rows.length < size) return;
      after = last.keyHash;
    }
  }
}

const unquoted = (column: MappedColumn): string => `value_${column.target}`;
const alias = (column: MappedColumn): string => quote(unquoted(column));

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

function readValue(column: MappedColumn, raw: unknown): Value {
  const value = scalar.parse(raw);
  if (value === null) return null;
  if (column.type === 'integer') return BigInt(value);
  if (column.type === 'float') return Number(value);
  return typeof value === 'boolean' ? value : String(value);
}

function renderDiff(definition: SyncDefinition): string {
  return fill(sql.diff, diffExpressions(definition));
}

function diffParams(definition: SyncDefinition) {
  return {
    sync: definition.name,
    mapping_hash: definition.mappingHash,
    mirror: definition.mode === 'mirror',
  };
}

function toCounts(rows: readonly z.infer<typeof countRow>[]): ChangeCounts {
  const sum = (wanted: (row: z.infer<typeof countRow>) => boolean): number =>
    rows.filter(wanted).reduce((total, row) => total + row.rows, 0);
  return {
    insert: sum((row) => row.op === 'insert'),
    update: sum((row) => row.op === 'update'),
    delete: sum((row) => row.op === 'delete'),
    unchanged: sum((row) => row.op === 'unchanged'),
    reject: sum((row) => row.op === 'reject'),
    remapped: sum((row) => row.op === 'update' && row.reason === 'mapping_changed'),
  };
}
