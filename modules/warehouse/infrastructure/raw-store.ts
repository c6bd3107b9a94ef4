import { createHash, randomUUID } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { ANY_PARTITIONS, type ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type {
  Extraction,
  LoadCounts,
  LoadOptions,
  RawLayer,
  SourceBytes,
  SweepCounts,
} from '../application/ports.js';
import type { SourceDefinition } from '../domain/source.js';
import type { KeyComparison } from '../domain/sweep.js';
import { deletionStatements, rejudgeStatements } from './deletion-statements.js';
import { loadStatements, rulesOf } from './load-statements.js';

const lastPosition = readStatement(import.meta.url, './sql/last_position.sql');
const nextInstant = readStatement(import.meta.url, './sql/next_instant.sql');
const confirmLoad = readStatement(import.meta.url, './sql/confirm_load.sql');
const staleStages = readStatement(import.meta.url, './sql/stale_stages.sql');

const comparison = z.object({
  live: z.coerce.number(),
  missing: z.coerce.number(),
  found: z.coerce.number(),
  unknown: z.coerce.number(),
});

/** What a stage holds before it is loaded; `first`: raw has no row yet. */
const inspection = z.object({
  staged: z.coerce.number(),
  bad: z.coerce.number(),
  cursor: z.string().nullable(),
  first: z.boolean(),
});
const NOTHING_WRITTEN = { written: 0 };

/** What the last confirmed load of a source left. */
export interface Position {
  cursor: string | null;
  /** Fingerprint of the rules under which every row of the source was judged; '' before that happened. */
  rules: string;
  /** `_extracted_at` of the last load that brought or took rows. */
  changedAt: string;
  confirmedAt: string;
}
const NOTHING = '1970-01-01T00:00:00.000000Z';
const position = z
  .object({
    cursor: z.string().nullable(),
    rules: z.string(),
    changed_at: z.string(),
    confirmed_at: z.string(),
  })
  .transform((row): Position => ({
    cursor: row.cursor,
    rules: row.rules,
    changedAt: row.changed_at,
    confirmedAt: row.confirmed_at,
  }));

const fingerprint = (source: SourceDefinition, stages: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify(rulesOf(source, stages)))
    .digest('hex');

/** The raw layer in ClickHouse: stage, check, load, reject, delete, cursor. */
export class RawStore implements RawLayer {
  /** In the name of every stage, so that processes that overlap do not empty each other's. */
  private readonly token = randomUUID().replaceAll('-', '');
  private swept = false;

  constructor(private readonly clickhouse: ClickHouse) {}

  stageTable(source: SourceDefinition): string {
    return `stage_${source.name}_${this.token}`;
  }

  async cursor(source: SourceDefinition, stages: readonly string[]): Promise<string | null> {
    const { cursor, rules } = await this.position(source);
    return rules === fingerprint(source, stages) ? cursor : null;
  }

  /** Bytes into the source's stage, untouched: whatever they hold, the load decides row by row. */
  async stage(source: SourceDefinition, bytes: SourceBytes, onLines: (lines: number) => void): Promise<void> {
    const { columns } = this.statements(source);
    const named = bytes.columns ?? columns;
    const [first = columns[0], ...rest] = named;
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
      this.clickhouse.insertBytes(this.stageTable(source), [first, ...rest], bytes.format, counted, {
        settings: {
          input_format_skip_unknown_fields: 1,
          input_format_csv_empty_as_default: 0,
          input_format_csv_use_default_on_bad_values: 0,
        },
      }),
    ]);
  }

  async emptyStage(source: SourceDefinition): Promise<void> {
    await this.dropStaleStages();
    // What it replaces goes now, not minutes later.
    const settings = { database_atomic_wait_for_drop_and_detach_synchronously: 1 } as const;
    await this.clickhouse.command(this.statements(source).createStage, {}, { settings });
  }

  async dropStage(source: SourceDefinition): Promise<void> {
    await this.clickhouse.command(this.statements(source).dropStage);
  }

  /**
   * Staged rows into raw or into the rejects, what is gone marked as deleted, then the cursor. Each part repeats
   * harmlessly, and the cursor is written last: killed anywhere, the next run reads the same rows again and adds only
   * what is missing.
   */
  async load(
    source: SourceDefinition,
    extraction: Extraction,
    options: LoadOptions = {},
  ): Promise<LoadCounts> {
    const statements = this.statements(source);
    const { later: extractedAt, confirmedAt } = await this.standing(source, extraction.bound);
    const params = { run_id: extraction.runId, extracted_at: extractedAt, stages: extraction.stages };
    const bound = extraction.settled ?? extraction.bound;
    const { staged, bad, cursor, first } = await this.clickhouse.row(
      statements.inspect,
      { stages: extraction.stages, bound },
      inspection,
    );
    const { written: loaded } =
      staged === 0
        ? NOTHING_WRITTEN
        : await this.clickhouse.command(
            options.whole ? statements.loadWhole : statements.load,
            params,
            ANY_PARTITIONS,
          );
    const { written: rejected } =
      bad === 0 ? NOTHING_WRITTEN : await this.clickhouse.command(statements.reject, params);
    const { parentsSince = confirmedAt } = options;
    const since = parentsSince < confirmedAt ? parentsSince : confirmedAt;
    const late = await this.rejudge(source, { ...params, since });
    const gone =
      options.whole && first
        ? { deleted: 0, compared: { live: 0, missing: 0, found: staged, unknown: 0 }, believed: true }
        : options.whole
          ? await this.bury(source, params, options.whole)
          : { deleted: 0 };
    const moves = options.movesCursor !== false;
    await this.confirm(source, {
      cursor: moves ? cursor : null,
      runId: extraction.runId,
      extractedAt,
      ...(moves ? { rules: fingerprint(source, extraction.stages) } : {}),
    });
    return { staged, loaded, rejected: rejected + late, ...gone };
  }

  /**
   * Compares the keys of raw with those of the stage, which holds nothing but keys, and marks as deleted what `believe`
   * lets go. The cursor stays where it is.
   */
  async sweep(
    source: SourceDefinition,
    extraction: Extraction,
    believe: (found: KeyComparison) => boolean,
  ): Promise<SweepCounts> {
    const extractedAt = await this.nextInstant(source, extraction.bound);
    const params = { run_id: extraction.runId, extracted_at: extractedAt };
    const counts = await this.bury(source, params, believe);
    await this.confirm(source, { cursor: null, runId: extraction.runId, extractedAt });
    return counts;
  }

  /** What the last load of a source left; before the first one, nothing since 1970. */
  async position(source: SourceDefinition): Promise<Position> {
    const [row] = await this.clickhouse.rows(lastPosition, { source: source.name }, position);
    return row ?? { cursor: null, rules: '', changedAt: NOTHING, confirmedAt: NOTHING };
  }

  /**
   * The instant, or the first one after every load of the source: a model's increment is what came after its position,
   * whatever the clocks say and whatever a load that was killed left behind.
   */
  async nextInstant(source: SourceDefinition, instant: string): Promise<string> {
    return (await this.standing(source, instant)).later;
  }

  /** Writes down that a load is done. A null cursor and absent rules stay what they were. */
  async confirm(
    source: SourceDefinition,
    load: { cursor: string | null; rules?: string; runId: string; extractedAt: string },
  ): Promise<void> {
    await this.clickhouse.command(confirmLoad, {
      source: source.name,
      raw: `raw_${source.name}`,
      cursor: load.cursor ?? '',
      rules: load.rules ?? '',
      run_id: load.runId,
      confirmed_at: load.extractedAt,
    });
  }

  private async standing(
    source: SourceDefinition,
    instant: string,
  ): Promise<{ later: string; confirmedAt: string }> {
    const params = { source: source.name, raw: `raw_${source.name}`, instant };
    const row = z.object({ later: z.string(), confirmed_at: z.string() });
    const { later, confirmed_at: confirmedAt } = await this.clickhouse.row(nextInstant, params, row);
    return { later, confirmedAt };
  }

  private async bury(
    source: SourceDefinition,
    params: { run_id: string; extracted_at: string },
    believe: (found: KeyComparison) => boolean,
  ): Promise<SweepCounts> {
    const statements = deletionStatements(source, this.stageTable(source));
    const found = await this.clickhouse.row(statements.compare, {}, comparison);
    const believed = believe(found);
    if (!believed || found.missing === 0) return { deleted: 0, compared: found, believed };
    const { written } = await this.clickhouse.command(statements.bury, params, ANY_PARTITIONS);
    return { deleted: written, compared: found, believed };
  }

  /**
   * Rows that came before their parent, judged now that it is there, so that the order of arrival does not matter: those
   * that break the contract leave raw and join the rejects. How many. An hour of overlap, because the parent's clock may
   * have been behind ours; a row judged twice changes nothing.
   */
  private async rejudge(
    source: SourceDefinition,
    params: { run_id: string; extracted_at: string; stages: readonly string[]; since: string },
  ): Promise<number> {
    const statements = rejudgeStatements(source);
    if (!statements) return 0;
    const since = new Date(Math.max(0, Date.parse(params.since) - 3_600_000)).toISOString();
    const { parents } = await this.clickhouse.row(
      statements.parents,
      { since },
      z.object({ parents: z.coerce.number() }),
    );
    if (parents === 0) return 0;
    const { written } = await this.clickhouse.command(statements.reject, { ...params, since });
    await this.clickhouse.command(statements.bury, { ...params, since }, ANY_PARTITIONS);
    return written;
  }

  private async dropStaleStages(): Promise<void> {
    if (this.swept) return;
    this.swept = true;
    const stale = await this.clickhouse.rows(staleStages, {}, z.object({ name: z.string() }));
    for (const { name } of stale) await this.clickhouse.command(`DROP TABLE IF EXISTS ${name} SYNC`);
  }

  private statements(source: SourceDefinition) {
    return loadStatements(source, this.stageTable(source));
  }
}
