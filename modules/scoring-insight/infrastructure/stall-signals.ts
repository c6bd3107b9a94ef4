import { z } from 'zod';
import type { Queryable } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { ClearedStall, StallSignal, StallSignalStore } from '../application/ports.js';

const activeSql = readStatement(import.meta.url, './sql/active-stall-subjects.sql');
const updateSql = readStatement(import.meta.url, './sql/stalled-signals.sql');

/** The `deal_stalled` signals in insights_ops.signals, which alert rules read. */
export class PostgresStallSignals implements StallSignalStore {
  constructor(private readonly postgres: Queryable) {}

  async active(): Promise<string[]> {
    const rows = await this.postgres.query(activeSql, [], z.object({ subject: z.string() }));
    return rows.map(({ subject }) => subject);
  }

  async update(
    raised: readonly StallSignal[],
    cleared: readonly ClearedStall[],
    asOf: string,
  ): Promise<{ raised: number; cleared: number }> {
    const raisedRows = raised.map(({ severity, evidence }) => ({
      subject: evidence.partnershipId,
      severity,
      since: evidence.enteredStageAt,
      evidence,
    }));
    const clearedRows = cleared.map(({ partnershipId, outcome }) => ({
      subject: partnershipId,
      // How the deal stands now: alerting tells a closed deal from one that moved on by it.
      evidence: outcome === null ? {} : { outcome },
    }));
    const [counts] = await this.postgres.query(
      updateSql,
      [JSON.stringify(raisedRows), JSON.stringify(clearedRows), asOf],
      z.object({ raised: z.number(), cleared: z.number() }),
    );
    return counts ?? { raised: 0, cleared: 0 };
  }
}
