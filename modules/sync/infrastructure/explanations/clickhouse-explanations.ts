import { z } from 'zod';
import { identifier, literal } from '../../../../src/kernel/sql-text.js';
import type { ClickHouse, QueryParams } from '../../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { Explanations, WarehouseFacts } from '../../application/explain-sync.js';
import type { SyncDefinition } from '../../domain/definition.js';
import type { ModelSide } from '../../domain/explanation.js';
import { comparedColumns } from '../../domain/reconciliation.js';
import { DIFF_SETTINGS } from '../change-store/clickhouse-change-store.js';
import { columnExpression, diffExpressions } from '../change-store/diff-sql.js';
import { readBy, sourceTable } from '../change-store/model-source.js';
import { fill } from '../fill.js';
import { modelEncoding } from '../fingerprints/fingerprint-sql.js';

const sql = {
  modelRows: readStatement(import.meta.url, './sql/model_rows.sql'),
  stateRow: readStatement(import.meta.url, './sql/state_row.sql'),
  lastReject: readStatement(import.meta.url, './sql/last_reject.sql'),
  lastChange: readStatement(import.meta.url, './sql/last_change.sql'),
  stagedKey: readStatement(import.meta.url, './sql/staged_key.sql'),
  stageTables: readStatement(import.meta.url, '../change-store/sql/stage_tables.sql'),
};

const texts = z.record(z.string(), z.string().nullable());
const flag = z.union([z.boolean(), z.number()]).transform(Boolean);
const modelRow = z.object({
  key_hash: z.string(),
  row_hash: z.string(),
  key_missing: flag,
  copies: z.coerce.number(),
  source: texts,
  mapped: texts,
  prints: z.record(z.string(), z.string()),
});
const stateRow = z
  .object({
    key_hash: z.string(),
    row_hash: z.string(),
    mapping_hash: z.string(),
    deleted: flag,
    confirmed_run: z.string(),
    confirmed_at: z.string(),
    generation: z.number(),
  })
  .transform((row) => ({
    keyHash: row.key_hash,
    rowHash: row.row_hash,
    mappingHash: row.mapping_hash,
    deleted: row.deleted,
    confirmedRun: row.confirmed_run,
    confirmedAt: row.confirmed_at,
    generation: row.generation,
  }));
const rejectRow = z
  .object({
    error_class: z.string(),
    error_code: z.string(),
    error: z.string(),
    attempts: z.number(),
    run_id: z.string(),
    payload_hash: z.string(),
    first_rejected_at: z.string(),
    rejected_at: z.string(),
    resolved_at: z.string().nullable(),
  })
  .transform((row) => ({
    errorClass: row.error_class,
    errorCode: row.error_code,
    error: row.error,
    attempts: row.attempts,
    runId: row.run_id,
    payloadHash: row.payload_hash,
    firstRejectedAt: row.first_rejected_at,
    rejectedAt: row.rejected_at,
    resolvedAt: row.resolved_at,
  }));
const changeRow = z
  .object({
    run_id: z.string(),
    op: z.string(),
    reason: z.string(),
    row_hash: z.string(),
    generation: z.number(),
    fields: texts,
    confirmed_at: z.string(),
  })
  .transform((row) => ({
    runId: row.run_id,
    op: row.op,
    reason: row.reason,
    rowHash: row.row_hash,
    generation: row.generation,
    fields: row.fields,
    confirmedAt: row.confirmed_at,
  }));
const stageTable = z.object({ name: z.string(), comment: z.string() });
const stageOwner = z.object({ sync: z.string(), runId: z.string(), token: z.string() });

/** One key, looked up in the model and in all that runs keep of it. */
export class ClickHouseExplanations implements Explanations {
  constructor(private readonly clickhouse: ClickHouse) {}

  async find(definition: SyncDefinition, key: readonly string[]): Promise<WarehouseFacts> {
    const model = await this.model(definition, key);
    const params = { sync: definition.name, key, key_hash: model?.keyHash ?? '' };
    return {
      model,
      state: await this.first(sql.stateRow, params, stateRow),
      reject: await this.first(sql.lastReject, params, rejectRow),
      lastChange: await this.first(sql.lastChange, params, changeRow),
      stagedBy: await this.stagedBy(definition, key),
    };
  }

  private async model(definition: SyncDefinition, key: readonly string[]): Promise<ModelSide | null> {
    const rows = await this.rows(modelStatement(definition), { key }, modelRow);
    const [first] = rows;
    if (first === undefined) return null;
    return {
      keyHash: first.key_hash,
      rowHash: first.row_hash,
      copies: first.copies,
      keyMissing: first.key_missing,
      rows: rows
        .filter((row) => row.key_hash === first.key_hash)
        .map(({ source, mapped }) => ({ source, mapped })),
      prints: first.prints,
    };
  }

  /** A run keeps its stage until it has ended, and a killed one until the next begins. */
  private async stagedBy({ name }: SyncDefinition, key: readonly string[]): Promise<string | null> {
    const staged = z.object({ staged: flag });
    for (const table of await this.rows(sql.stageTables, {}, stageTable)) {
      const owner = ownerOf(table.comment);
      // A plan's stage has no token: nothing is sent from it.
      if (owner?.sync !== name || owner.token === '0') continue;
      const statement = fill(sql.stagedKey, { stage: identifier(table.name) });
      if ((await this.first(statement, { key }, staged))?.staged === true) return owner.runId;
    }
    return null;
  }

  private async first<T>(statement: string, params: QueryParams, schema: z.ZodType<T>): Promise<T | null> {
    return (await this.rows(statement, params, schema))[0] ?? null;
  }

  private async rows<T>(statement: string, params: QueryParams, schema: z.ZodType<T>): Promise<T[]> {
    return await this.clickhouse.rows(statement, params, schema, { settings: DIFF_SETTINGS });
  }
}

function modelStatement(definition: SyncDefinition): string {
  const { keyHash, rowHash, recordKey, keyMissing } = diffExpressions(definition);
  const { columns } = definition;
  const read = [...new Set(columns.flatMap(readBy))].map((name) => [name, `m.${identifier(name)}`] as const);
  return fill(sql.modelRows, {
    source: sourceTable(definition),
    key_hash: keyHash,
    row_hash: rowHash,
    record_key: recordKey,
    key_missing: keyMissing,
    read: textMap(read),
    mapped: textMap(columns.map((column) => [column.target, columnExpression(column)])),
    prints: textMap(
      comparedColumns(definition).map((column) => [
        column.target,
        `lower(hex(MD5(${modelEncoding([column])})))`,
      ]),
    ),
  });
}

/** Texts of expressions by name. */
function textMap(entries: readonly (readonly [name: string, expression: string])[]): string {
  const names = entries.map(([name]) => literal(name)).join(', ');
  const values = entries.map(([, expression]) => `toNullable(toString(${expression}))`).join(', ');
  return `CAST(([${names}], [${values}]) AS Map(String, Nullable(String)))`;
}

function ownerOf(comment: string): z.infer<typeof stageOwner> | null {
  try {
    return stageOwner.parse(JSON.parse(comment));
  } catch {
    return null;
  }
}
