import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { Extraction, RawLayer, SourceBytes } from '../application/ports.js';
import { loadStatements, type SourceDefinition } from '../domain/source.js';

const lastPosition = readStatement(import.meta.url, './sql/last_position.sql');
const laterInstant = readStatement(import.meta.url, './sql/later_instant.sql');
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
    const [row] = await this.clickhouse.rows(lastCursor, params, z.object({ cursor: z.string().nullable() }));
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
    const before = await this.position(source);
    // Never at or before what a model may have been built up to, whatever the clocks say.
    const extractedAt = await this.after(extraction.bound, before.changed_at);
    const params = { run_id: extraction.runId, extracted_at: extractedAt, stages: extraction.stages };
    const { staged } = await this.clickhouse.row(
      statements.count,
      {},
      z.object({ staged: z.coerce.number() }),
    );
    const { written: loaded } = await this.clickhouse.command(statements.load, params, {
      settings: { max_partitions_per_insert_block: '0' },
    });
    const { written: rejected } = await this.clickhouse.command(statements.reject, params);
    const { cursor } = statements.cursor
      ? await this.clickhouse.row(
          statements.cursor,
          { bound: extraction.bound },
          z.object({ cursor: z.string().nullable() }),
        )
      : { cursor: null };
    await this.clickhouse.insertRows('raw_cursors', [
      {
        source: source.name,
        cursor: cursor || before.cursor,
        rules: rulesOf(source, extraction.stages),
        run_id: extraction.runId,
        confirmed_at: extractedAt,
        changed_at: loaded > 0 ? extractedAt : before.changed_at,
      },
    ]);
    return { staged, loaded, rejected };
  }

  /** What the last load of a source left: its cursor, and the position up to which it changed. */
  private async position(source: SourceDefinition): Promise<{ cursor: string | null; changed_at: string }> {
    const [row] = await this.clickhouse.rows(
      lastPosition,
      { source: source.name },
      z.object({ cursor: z.string().nullable(), changed_at: z.string() }),
    );
    return row ?? { cursor: null, changed_at: '1970-01-01T00:00:00.000000Z' };
  }

  private async after(instant: string, position: string): Promise<string> {
    const { later } = await this.clickhouse.row(
      laterInstant,
      { instant, position },
      z.object({ later: z.string() }),
    );
    return later;
  }

  async dropStage(source: SourceDefinition): Promise<void> {
    await this.clickhouse.command(loadStatements(source).dropStage);
  }
}
