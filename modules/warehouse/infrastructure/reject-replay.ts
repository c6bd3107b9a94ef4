import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import { ANY_PARTITIONS, type ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { RejectReplay, ReplayFilter, ReplayJudgement } from '../application/replay-rejects.js';
import { plusMicros } from '../domain/micros.js';
import type { SourceDefinition } from '../domain/source.js';
import { RawStore } from './raw-store.js';
import { replayStatements } from './replay-statements.js';

const waitingStatement = readStatement(import.meta.url, './sql/waiting_rejects.sql');

const reasonRow = z
  .object({ reason_code: z.string(), reason: z.string(), count: z.coerce.number() })
  .transform((row) => ({ reasonCode: row.reason_code, reason: row.reason, count: row.count }));

/** Rejects in ClickHouse on their way back: stage, judgement, raw, mark, each repeatable. */
export class ClickHouseRejectReplay implements RejectReplay {
  private readonly raw: RawStore;
  readonly sources: readonly string[];

  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly definitions: readonly SourceDefinition[],
    private readonly stages: readonly string[],
  ) {
    // A store of its own: its stages are not those of an extraction that runs beside it.
    this.raw = new RawStore(clickhouse);
    this.sources = definitions.map(({ name }) => name);
  }

  async waiting({ source = '', reason = '' }: ReplayFilter): Promise<string[]> {
    const rows = await this.clickhouse.rows(
      waitingStatement,
      { source, reason },
      z.object({ source: z.string() }),
    );
    const found = new Set(rows.map((row) => row.source));
    return this.sources.filter((name) => found.has(name));
  }

  async judge(name: string, { reason = '' }: ReplayFilter): Promise<ReplayJudgement> {
    const source = this.definition(name);
    const statements = this.statements(source);
    const params = { source: name, reason };
    await this.raw.emptyStage(source);
    const stream = await this.clickhouse.selectBytes(statements.stage, params);
    await this.raw.stage(
      source,
      { format: 'TabSeparated', stream, columns: statements.columns },
      () => undefined,
    );
    await this.clickhouse.command(statements.dropJudged);
    await this.clickhouse.command(statements.judge, { stages: this.stages });
    const judged = await this.clickhouse.rows(statements.counts, {}, reasonRow);
    const unreadable = await this.clickhouse.rows(statements.unreadable, params, reasonRow);
    return {
      passing: judged.find(({ reasonCode }) => reasonCode === '')?.count ?? 0,
      failing: [...judged.filter(({ reasonCode }) => reasonCode !== ''), ...unreadable],
    };
  }

  async apply(name: string, { by, now }: { by: string; now: string }): Promise<number> {
    const source = this.definition(name);
    const statements = this.statements(source);
    const extractedAt = await this.raw.nextInstant(source, now);
    const runId = randomUUID();
    const { written } = await this.clickhouse.command(
      statements.load,
      { run_id: runId, extracted_at: extractedAt },
      ANY_PARTITIONS,
    );
    // Always: rows of a replay that was killed here are in raw, and models see only what was confirmed. Right after the last
    // load: a replay read nothing from the source. It moves neither cursor nor rules, does not make the source look fresh, and
    // leaves what came since that load to the next one.
    const { confirmedAt } = await this.raw.position(source);
    await this.raw.confirm(source, { cursor: null, runId, extractedAt: plusMicros(confirmedAt, 1) });
    // Last: killed before it, the rejects wait still and the repeat finds their rows in raw.
    await this.clickhouse.command(
      statements.mark,
      { source: name, now, by },
      { settings: { mutations_sync: '2' } },
    );
    return written;
  }

  async discard(name: string): Promise<void> {
    const source = this.definition(name);
    await this.clickhouse.command(this.statements(source).dropJudged);
    await this.raw.dropStage(source);
  }

  private definition(name: string): SourceDefinition {
    const found = this.definitions.find((source) => source.name === name);
    if (found) return found;
    throw new AppError({
      class: 'bug',
      source: 'warehouse',
      code: 'source_unknown',
      message: `Rejects of ${name} were to be replayed, and no source has this name.`,
    });
  }

  private statements(source: SourceDefinition) {
    return replayStatements(source, this.raw.stageTable(source));
  }
}
