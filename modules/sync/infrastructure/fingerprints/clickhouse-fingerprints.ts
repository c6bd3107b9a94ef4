import type { Readable } from 'node:stream';
import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import { identifier, literal } from '../../../../src/kernel/sql-text.js';
import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { BucketSum } from '../../application/ports.js';
import type { Fingerprints, OpenFingerprints } from '../../application/reconcile-sync.js';
import type { MappedColumn, SyncDefinition } from '../../domain/definition.js';
import { type ComparedRows, type RowVerdict, rowVerdicts } from '../../domain/reconciliation.js';
import { DIFF_SETTINGS } from '../change-store/clickhouse-change-store.js';
import { diffExpressions } from '../change-store/diff-sql.js';
import { openSource, type OpenSource } from '../change-store/model-source.js';
import { fill } from '../fill.js';
import { modelEncoding, stateEncoding } from './fingerprint-sql.js';

const sql = {
  countRows: readStatement(import.meta.url, './sql/count_rows.sql'),
  modelRows: readStatement(import.meta.url, './sql/model_rows.sql'),
  bucketSums: readStatement(import.meta.url, './sql/bucket_sums.sql'),
  createTargetRows: readStatement(import.meta.url, './sql/create_target_rows.sql'),
  compare: readStatement(import.meta.url, './sql/compare.sql'),
};
const settings = DIFF_SETTINGS;

const sumRow = z.object({ bucket: z.number(), rows: z.coerce.number(), sum: z.string() });
const verdictRow = z.object({
  verdict: z.enum(rowVerdicts),
  rows: z.coerce.number(),
  keys: z.array(z.array(z.string())),
});

/** Fingerprints of a model, and the comparison of its rows with a target's, both inside the warehouse. */
export class ClickHouseFingerprints implements Fingerprints {
  constructor(private readonly clickhouse: ClickHouse) {}

  async open(definition: SyncDefinition, id: string): Promise<OpenFingerprints> {
    const source = await openSource(this.clickhouse, definition, id);
    try {
      const { rows } = await this.clickhouse.row(
        fill(sql.countRows, { source: source.table }),
        {},
        z.object({ rows: z.coerce.number() }),
        { settings },
      );
      return new ModelFingerprints(this.clickhouse, definition, source, id, rows);
    } catch (error) {
      await source.close();
      throw error;
    }
  }
}

class ModelFingerprints implements OpenFingerprints {
  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly definition: SyncDefinition,
    private readonly source: OpenSource,
    private readonly id: string,
    readonly rows: number,
  ) {}

  async bucketSums(columns: readonly MappedColumn[], buckets: number): Promise<BucketSum[]> {
    const statement = fill(sql.bucketSums, { rows: this.modelRows(columns) });
    return await this.clickhouse.rows(statement, { buckets }, sumRow, { settings });
  }

  async compare(
    columns: readonly MappedColumn[],
    buckets: number,
    wanted: readonly number[],
    bytes: Readable,
    limit: number,
  ): Promise<Partial<Record<RowVerdict, ComparedRows>>> {
    const { name, mappingHash, keys, mode } = this.definition;
    // Named and owned like a plan's stage, so that what a kill leaves behind is removed with those.
    const table = `sync_stage_${this.id.replaceAll('-', '')}_${name}`;
    const owner = { sync: name, runId: this.id, token: '0', mappingHash, madeAt: new Date().toISOString() };
    const target = identifier(table);
    try {
      await this.clickhouse.command(
        fill(sql.createTargetRows, { table: target, owner: literal(JSON.stringify(owner)) }),
      );
      await this.clickhouse.insertBytes(table, ['key_print', 'row_print', 'keys'], 'TabSeparated', bytes);
      await this.clickhouse.insertRows(
        table,
        wanted.map((bucket) => ({ bucket })),
      );
      const found = await this.clickhouse.rows(
        fill(sql.compare, { rows: this.modelRows(columns), target, state_key: stateEncoding(keys) }),
        { sync: name, mapping_hash: mappingHash, buckets, insert_only: mode === 'insert', limit },
        verdictRow,
        { settings },
      );
      return Object.fromEntries(
        found.map(({ verdict, rows, keys: texts }) => [verdict, { rows, keys: texts }]),
      );
    } finally {
      bytes.destroy();
      await this.clickhouse.command(`DROP TABLE IF EXISTS ${target}`);
    }
  }

  async close(): Promise<void> {
    const same = await this.source.same();
    await this.source.close();
    if (same) return;
    throw new AppError({
      class: 'transient',
      source: 'sync',
      code: 'model_changed',
      message: `The model of sync ${this.definition.name} was built anew while it was compared; compare again when the build is done.`,
    });
  }

  private modelRows(columns: readonly MappedColumn[]): string {
    const { keyHash, rowHash, recordKey, keyMissing } = diffExpressions(this.definition);
    return fill(sql.modelRows, {
      source: this.source.table,
      key_text: modelEncoding(this.definition.keys),
      row_text: modelEncoding(columns),
      key_missing: keyMissing,
      key_hash: keyHash,
      row_hash: rowHash,
      record_key: recordKey,
    });
  }
}
