import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type {
  ChangedRow,
  PreviewTotals,
  RowRange,
  StagedChanges,
  Value,
  Written,
} from '../../application/ports.js';
import type { MappedColumn, SyncDefinition } from '../../domain/definition.js';
import type { ChangeCounts } from '../../domain/outcome.js';
import { fill } from '../fill.js';
import { staged, stagedFields } from './diff-sql.js';

const sql = {
  bytes: readStatement(import.meta.url, './sql/staged_bytes.sql'),
  batch: readStatement(import.meta.url, './sql/staged_batch.sql'),
  confirm: readStatement(import.meta.url, './sql/confirm.sql'),
  underWay: readStatement(import.meta.url, './sql/under_way.sql'),
  changelog: readStatement(import.meta.url, './sql/changelog.sql'),
  keepRejects: readStatement(import.meta.url, './sql/keep_rejects.sql'),
  resolveRejects: readStatement(import.meta.url, './sql/resolve_rejects.sql'),
  createPreview: readStatement(import.meta.url, './sql/create_preview.sql'),
  previewTotals: readStatement(import.meta.url, './sql/preview_totals.sql'),
  previewFields: readStatement(import.meta.url, './sql/preview_fields.sql'),
  keepPlan: readStatement(import.meta.url, './sql/keep_plan.sql'),
};

const batchRow = z.looseObject({
  seq: z.coerce.number(),
  op: z.enum(['insert', 'update', 'delete']),
  idempotency_key: z.string(),
});
const totalRow = z.object({
  op: z.string(),
  action: z.string(),
  rows: z.coerce.number(),
  changes_hash: z.string(),
  target_hash: z.string(),
});
const fieldRow = z.object({ field: z.string(), rows: z.coerce.number() });
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export interface StageNames {
  stage: string;
  aside: string;
}
export interface StageFacts {
  counts: ChangeCounts;
  ranges: RowRange[];
  whole: boolean;
}

/** The rows that one run sends, in a table of their own; every question about them is asked of that table. */
export class StagedTable implements StagedChanges {
  readonly counts: ChangeCounts;
  readonly ranges: RowRange[];
  /** Asked of the target, and its answer is not known. */
  private asked: RowRange[] = [];

  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly definition: SyncDefinition,
    private readonly names: StageNames,
    private readonly run: { runId: string; token: string },
    private readonly facts: StageFacts,
  ) {
    this.counts = facts.counts;
    this.ranges = facts.ranges;
  }

  async bytes(range: RowRange, options: { withSeq?: boolean } = {}): Promise<Readable> {
    const columns = [
      ...(options.withSeq === false ? [] : ['seq']),
      ...(range.kind === 'delete'
        ? this.definition.keys.map((_key, index) => `record_key[${index + 1}]`)
        : this.definition.columns.map(staged)),
    ].join(', ');
    const statement = fill(sql.bytes, { stage: this.names.stage, columns });
    return await this.clickhouse.selectBytes(statement, { from: range.from, to: range.to });
  }

  async rows(range: RowRange): Promise<ChangedRow[]> {
    const { columns, keys } = this.definition;
    const wanted = range.kind === 'delete' ? keys : columns;
    const select = wanted.map((column, index) =>
      range.kind === 'delete'
        ? `record_key[${index + 1}] AS value_${index}`
        : `${staged(column)} AS value_${index}`,
    );
    const statement = fill(sql.batch, { stage: this.names.stage, columns: select.join(', ') });
    const params = { sync: this.definition.name, from: range.from, to: range.to };
    const rows = await this.clickhouse.rows(statement, params, batchRow);
    return rows.map((row) => ({
      seq: row.seq,
      op: row.op,
      idempotencyKey: row.idempotency_key,
      values: Object.fromEntries(
        wanted.map((column, index) => [column.target, readValue(column, row[`value_${index}`])]),
      ),
    }));
  }

  begin(range: RowRange): void {
    this.asked.push(range);
  }

  settle(range: RowRange): void {
    this.asked = this.asked.filter((asked) => asked.from < range.from || asked.to > range.to);
  }

  async setAside({ waiting, refused }: Pick<Written, 'waiting' | 'refused'>): Promise<void> {
    await this.clickhouse.insertRows(this.names.aside, [
      ...waiting.map(({ seq, reason }) => ({ seq, outcome: 'waiting', error_code: reason })),
      ...refused.map(({ seq, error }) => ({
        seq,
        outcome: 'refused',
        error_class: error.class,
        error_code: error.code,
        error: error.message,
      })),
    ]);
  }

  async confirm(range: RowRange): Promise<void> {
    await Promise.all([
      this.command(sql.confirm, this.names, range),
      this.command(sql.changelog, { ...this.names, fields: stagedFields(this.definition.columns) }, range),
    ]);
  }

  async finish({ complete }: { complete: boolean }): Promise<void> {
    const fields = stagedFields(this.definition.columns);
    await this.command(sql.keepRejects, { ...this.names, fields });
    await this.command(sql.resolveRejects, this.names, undefined, { whole: this.facts.whole && complete });
  }

  async preview(
    ask: ((range: RowRange) => Promise<Readable>) | undefined,
    keepAs?: string,
  ): Promise<PreviewTotals> {
    const preview = this.names.stage.replace(/`$/, '_preview`');
    await this.clickhouse.command(`DROP TABLE IF EXISTS ${preview}`);
    await this.clickhouse.command(fill(sql.createPreview, { preview }));
    try {
      for (const range of ask === undefined ? [] : this.ranges)
        await this.clickhouse.insertBytes(
          preview,
          ['seq', 'action', 'before'],
          'TabSeparated',
          await (ask?.(range) ?? Promise.reject(new Error('nothing to ask'))),
        );
      const { stage } = this.names;
      const settings = { join_use_nulls: 0 as const };
      const totals = fill(sql.previewTotals, { stage, preview });
      const rows = await this.clickhouse.rows(totals, {}, totalRow, { settings });
      const fields = await this.clickhouse.rows(fill(sql.previewFields, { preview }), {}, fieldRow);
      if (keepAs !== undefined) {
        const statement = fill(sql.keepPlan, {
          stage,
          preview,
          fields: stagedFields(this.definition.columns),
        });
        const params = { plan_id: keepAs, sync: this.definition.name };
        await this.clickhouse.command(statement, params, { settings });
      }
      const sum = (hashes: string[]): string =>
        hashes.reduce((total, hash) => total + BigInt(hash), 0n).toString();
      return {
        actions: rows.map(({ op, action, rows: many }) => ({ op, action, rows: many })),
        fields,
        changesHash: sum(rows.map((row) => row.changes_hash)),
        targetHash: sum(rows.map((row) => row.target_hash)),
      };
    } finally {
      await this.clickhouse.command(`DROP TABLE IF EXISTS ${preview}`).catch(() => undefined);
    }
  }

  async drop(): Promise<void> {
    for (const range of this.asked) await this.command(sql.underWay, this.names, range);
    await this.clickhouse.command(`DROP TABLE IF EXISTS ${this.names.aside}`);
    await this.clickhouse.command(`DROP TABLE IF EXISTS ${this.names.stage}`);
  }

  private async command(
    statement: string,
    names: StageNames & { fields?: string },
    range: Pick<RowRange, 'from' | 'to'> = { from: 0, to: 0 },
    more: Record<string, unknown> = {},
  ): Promise<void> {
    const filled = fill(
      statement,
      Object.fromEntries(Object.entries({ ...names }).filter(([name]) => statement.includes(`{{${name}}}`))),
    );
    const { runId, token } = this.run;
    await this.clickhouse.command(
      filled,
      {
        sync: this.definition.name,
        mapping_hash: this.definition.mappingHash,
        run_id: runId,
        token,
        from: range.from,
        to: range.to,
        ...more,
      },
      { settings: { join_use_nulls: 0 } },
    );
  }
}

function readValue({ type }: MappedColumn, raw: unknown): Value {
  const value = scalar.parse(raw);
  if (value === null) return null;
  if (type === 'integer') return BigInt(value);
  if (type === 'float') return Number(value);
  if (type === 'boolean') return typeof value === 'boolean' ? value : value === 'true';
  return String(value);
}
