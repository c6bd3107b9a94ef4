import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ANY_PARTITIONS, type ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { CdcBatch, ChangeTarget } from '../../application/cdc-ports.js';
import type { StreamedSource } from '../../domain/cdc.js';
import { loadStatements } from '../load-statements.js';
import type { RawStore } from '../raw-store.js';
import { loadChanges } from './load-changes.js';

const runningInserts = readStatement(import.meta.url, './sql/running_inserts.sql');
const laterThanLoaded = readStatement(import.meta.url, './sql/later_than_loaded.sql');
const landedRow = readStatement(import.meta.url, './sql/landed_row.sql');
const SETTLE_POLL_MS = 250;

/** Changes into raw by way of the same stages and checks that extraction has. */
export class RawChangeTarget implements ChangeTarget {
  /** Sources whose stage has rows of the batch in hand. */
  private readonly open = new Set<string>();

  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly store: RawStore,
    private readonly stageNames: readonly string[],
    private readonly now: () => string,
  ) {}

  async nextInstant(sources: readonly StreamedSource[], from = this.now()): Promise<string> {
    let latest = from;
    for (const { definition } of sources) {
      const next = await this.store.nextInstant(definition, latest);
      if (next > latest) latest = next;
    }
    return latest;
  }

  async confirmedInstant(sources: readonly StreamedSource[]): Promise<string> {
    const { later } = await this.clickhouse.row(
      laterThanLoaded,
      { instant: this.now(), sources: sources.map(({ definition }) => definition.name) },
      z.object({ later: z.string() }),
    );
    return later;
  }

  async landed(sources: readonly StreamedSource[], { base, generation }: CdcBatch): Promise<boolean> {
    for (const { definition } of sources) {
      const params = { raw: `raw_${definition.name}`, base, run_id: generation };
      const rows = await this.clickhouse.rows(landedRow, params, z.object({ landed: z.number() }));
      if (rows.length > 0) return true;
    }
    return false;
  }

  async stage(source: StreamedSource, lines: readonly string[]): Promise<void> {
    const { definition } = source;
    if (!this.open.has(definition.name)) {
      await this.store.emptyStage(definition);
      this.open.add(definition.name);
    }
    const columns = [...definition.columns.map(({ name }) => name), '_op', '_seq'];
    const stream = Readable.from(lines);
    await this.store.stage(definition, { format: 'TabSeparated', stream, columns }, () => undefined);
  }

  async load(source: StreamedSource, batch: CdcBatch): Promise<{ loaded: number; rejected: number }> {
    const { definition } = source;
    if (!this.open.has(definition.name)) return { loaded: 0, rejected: 0 };
    const table = this.store.stageTable(definition);
    const params = { run_id: batch.generation, extracted_at: batch.base, stages: this.stageNames };
    const { written: loaded } = await this.clickhouse.command(
      loadChanges(definition, table),
      params,
      ANY_PARTITIONS,
    );
    const { written: rejected } = await this.clickhouse.command(
      loadStatements(definition, table).reject,
      params,
    );
    // Also when nothing is new: a load that was killed before it told may have left rows behind.
    await this.store.confirm(definition, { cursor: null, runId: batch.generation, extractedAt: batch.base });
    return { loaded, rejected };
  }

  async rejudge(
    { definition }: StreamedSource,
    generation: string,
    parentsSince: string | null,
  ): Promise<number> {
    await this.store.emptyStage(definition);
    const extraction = { runId: generation, bound: this.now(), stages: this.stageNames };
    return (
      await this.store.load(definition, extraction, {
        movesCursor: false,
        ...(parentsSince === null ? {} : { parentsSince }),
      })
    ).rejected;
  }

  async confirmFresh(sources: readonly StreamedSource[], generation: string, at: string): Promise<void> {
    for (const { definition } of sources)
      await this.store.confirm(definition, { cursor: null, runId: generation, extractedAt: at });
  }

  clear(): void {
    this.open.clear();
  }

  async settle(sources: readonly StreamedSource[], signal: AbortSignal): Promise<void> {
    const tables = sources.map(({ definition }) => `raw_${definition.name}`);
    for (;;) {
      signal.throwIfAborted();
      const { running } = await this.clickhouse.row(
        runningInserts,
        { tables },
        z.object({ running: z.coerce.number() }),
      );
      if (running === 0) return;
      await delay(SETTLE_POLL_MS, undefined, { signal });
    }
  }
}
