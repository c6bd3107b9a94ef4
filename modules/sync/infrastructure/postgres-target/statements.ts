import { readStatement } from '../../../../src/platform/sql-file.js';
import type { MappedColumn, PostgresTable, SyncDefinition } from '../../domain/definition.js';
import { fill } from '../fill.js';
import {
  columnList,
  differs,
  encoding,
  inserted,
  quote,
  quoteTable,
  sameKey,
  textsArray,
  textsObject,
  touchable,
  written,
} from './expressions.js';

const sql = {
  stageRows: readStatement(import.meta.url, './sql/stage_rows.sql'),
  setAside: readStatement(import.meta.url, './sql/set_aside.sql'),
  insert: readStatement(import.meta.url, './sql/insert.sql'),
  update: readStatement(import.meta.url, './sql/update.sql'),
  delete: readStatement(import.meta.url, './sql/delete.sql'),
  preview: readStatement(import.meta.url, './sql/preview.sql'),
  find: readStatement(import.meta.url, './sql/find.sql'),
  bucketSums: readStatement(import.meta.url, './sql/bucket_sums.sql'),
  bucketRows: readStatement(import.meta.url, './sql/bucket_rows.sql'),
};

/** Statements of a definition. Pure but for reading its own files. */
export class Statements {
  readonly table: string;
  private readonly sameKey: string;
  private readonly touchable: string;

  constructor(
    private readonly definition: SyncDefinition,
    target: PostgresTable,
  ) {
    this.table = quoteTable(target);
    this.sameKey = sameKey(definition);
    this.touchable = touchable(definition);
  }

  stage(columns: readonly MappedColumn[]): string {
    return fill(sql.stageRows, { table: this.table, columns: columnList(columns) });
  }

  /** Undefined where every staged row has a place: it is inserted, or the row that is there is this sync's. */
  setAside(): string | undefined {
    const { mode, scope } = this.definition;
    const row = `SELECT FROM ${this.table} AS t WHERE ${this.sameKey}`;
    if (mode === 'update') {
      const reason = `CASE WHEN EXISTS (${row}) THEN 'outside_scope' ELSE 'missing_row' END`;
      return fill(sql.setAside, { placeless: `NOT EXISTS (${row} AND ${this.touchable})`, reason });
    }
    if (scope.length === 0) return undefined;
    const placeless = `EXISTS (${row} AND (${this.touchable}) IS NOT TRUE)`;
    return fill(sql.setAside, { placeless, reason: `'outside_scope'` });
  }

  insert(): string {
    const { columns, keys } = this.definition;
    return fill(sql.insert, {
      table: this.table,
      columns: columnList(columns),
      values: columns.map(inserted).join(', '),
      same_key: this.sameKey,
      keys: columnList(keys),
    });
  }

  update(): string {
    const assigned = this.definition.columns.filter(({ key }) => !key);
    return fill(sql.update, {
      table: this.table,
      assignments: assigned.map((column) => `${quote(column.target)} = ${written(column)}`).join(', '),
      same_key: this.sameKey,
      touchable: this.touchable,
      differs: differs(this.definition),
    });
  }

  delete(): string {
    return fill(sql.delete, { table: this.table, same_key: this.sameKey, touchable: this.touchable });
  }

  preview(kind: 'upsert' | 'delete'): string {
    const { columns, keys, mode } = this.definition;
    const missing = `t.${quote(keys[0]?.target ?? '')} IS NULL`;
    const outside = `(${this.touchable}) IS NOT TRUE`;
    const changing = mode === 'insert' ? 'false' : differs(this.definition);
    const values = columns.filter(({ key }) => !key);
    const action =
      kind === 'delete'
        ? `CASE WHEN ${missing} OR ${outside} THEN 'unchanged' ELSE 'delete' END`
        : `CASE WHEN ${missing} THEN '${mode === 'update' ? 'waiting' : 'insert'}' WHEN ${outside} THEN 'waiting' WHEN ${changing} THEN 'update' ELSE 'unchanged' END`;
    const changed = `CASE WHEN ${this.touchable} AND (${changing}) THEN ${textsObject(values, true)} ELSE '{}' END`;
    return fill(sql.preview, {
      table: this.table,
      same_key: this.sameKey,
      action,
      there: `NOT (${missing})`,
      before: kind === 'delete' ? textsObject(columns) : changed,
    });
  }

  find(): string {
    const { columns, keys } = this.definition;
    return fill(sql.find, {
      table: this.table,
      texts: textsObject(columns),
      is_key: keys.map(({ target }, index) => `t.${quote(target)} = $${index + 1}`).join(' AND '),
    });
  }

  bucketSums(columns: readonly MappedColumn[], buckets: number): string {
    return fill(sql.bucketSums, this.fingerprints(columns, buckets));
  }

  bucketRows(columns: readonly MappedColumn[], buckets: number): string {
    const keyTexts = textsArray(this.definition.keys);
    return fill(sql.bucketRows, { ...this.fingerprints(columns, buckets), key_texts: keyTexts });
  }

  private fingerprints(columns: readonly MappedColumn[], buckets: number) {
    return {
      table: this.table,
      touchable: this.touchable,
      key_text: encoding(this.definition.keys),
      row_text: encoding(columns),
      buckets: Math.trunc(buckets).toString(),
    };
  }
}
