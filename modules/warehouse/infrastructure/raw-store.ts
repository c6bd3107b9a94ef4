import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { Extraction, RawLayer, SourceBytes } from '../application/ports.js';
import { loadStatements, type SourceDefinition } from '../domain/source.js';

const lastCursor = readStatement(import.meta.url, './sql/last_cursor.sql');

/** What decides whether a row of this source is good; another value means that rejected rows may be good now. */
function rulesOf(source: SourceDefinition, stages: readonly string[]): string {
  const { load } = loadStatements(source);
  return createHash('sha256')
    .update(JSON.stringify([load, load.includes('{stages:') ? stages : []]))
    .digest('hex');
}

/** The raw layer in ClickHouse: stage, check, load, reject, cursor. */
export class RawStore implements RawLayer {
  constructor(private readonly clickhouse: ClickHouse) {}

  async cursor(source: SourceDefinition, stages: readonly string[]): Promise<string | null> {
    const params = { source: source.name, rules: rulesOf(source, stages) };
    const [row] = await this.clickhouse.rows(lastCursor, params, z.object({ cursor: z.string() }));
    return row?.cursor ?? null;
  }

  /** Bytes into the source's stage, untouched: whatever they hold, the load decides row by row. */
  async stage(source: SourceDefinition, bytes: SourceBytes, onLines: (lines: number) => void): Promise<void> {
    const { stageTable, columns } = loadStatements(source);
    const counted = new Transform({
      transform(chunk: Buffer | string, _encoding, done) {
        const buffer = Buffer.from(chunk);
        let lines = 0;
        for (let at = buffer.indexOf(10); at >= 0; at = buffer.indexOf(10, at + 1)) lines++;
        onLines(lines);
        done(null, buffer);
      },
    });
    await Promise.all([
      pipeline(bytes.stream, counted),
      this.clickhouse.insertBytes(stageTable, columns, bytes.format, counted, {
        settings: {
          input_format_skip_unknown_fields: 1,
          input_format_csv_empty_as_default: 0,
          input_format_csv_use_default_on_bad_values: 0,
        },
      }),
    ]);
  }

  async emptyStage(source: SourceDefinition): Promise<void> {
    const { dropStage, createStage } = loadStatements(source);
    await this.clickhouse.command(dropStage);
    await this.clickhouse.command(createStage);
  }

  /**
   * Staged rows into raw or into the rejects, then the cursor. Each part repeats harmlessly, and the cursor is written
   * last: killed anywhere, the next run reads the same rows again and adds only what is missing.
   */
  async load(
    source: SourceDefinition,
    extraction: Extraction,
  ): Promise<{ staged: number; loaded: number; rejected: number }> {
    const statements = loadStatements(source);
    const params = { run_id: extraction.runId, extracted_at: extraction.bound, stages: extraction.stages };
    const { staged } = await this.clickhouse.row(
      statements.count,
      {},
      z.object({ staged: z.coerce.number() }),
    );
    if (staged === 0) return { staged, loaded: 0, rejected: 0 };
    const { written: loaded } = await this.clickhouse.command(statements.load, params);
    const { written: rejected } = await this.clickhouse.command(statements.reject, params);
    if (statements.cursor) {
      const { cursor } = await this.clickhouse.row(
        statements.cursor,
        { bound: extraction.bound },
        z.object({ cursor: z.string().nullable() }),
      );
      if (cursor) {
        await this.clickhouse.insertRows('raw_cursors', [
          {
            source: source.name,
            cursor,
            rules: rulesOf(source, extraction.stages),
            run_id: extraction.runId,
            confirmed_at: extraction.bound,
          },
        ]);
      }
    }
    return { staged, loaded, rejected };
  }

  async dropStage(source: SourceDefinition): Promise<void> {
    await this.clickhouse.command(loadStatements(source).dropStage);
  }
}
