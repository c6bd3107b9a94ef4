import { z } from 'zod';
import type { Queryable } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { ActiveStall, ClearedStall, StallSignal, StallSignalStore } from '../application/ports.js';

const activeSql = readStatement(import.meta.url, './sql/active-stall-subjects.sql');
const updateSql = readStatement(import.meta.url, './sql/stalled-signals.sql');

const activeRow = z
  .object({ subject: z.string(), stage: z.string().nullable(), stage_visit: z.number().nullable() })
  .transform(({ subject, stage, stage_visit }): ActiveStall => ({
    partnershipId: subject,
    stage: stage ?? '',
    stageVisit: stage_visit ?? 0,
  }));

/** The `deal_stalled` signals in insights_ops.signals, which alert rules read. */
export class PostgresStallSignals implements StallSignalStore {
  constructor(private readonly postgres: Queryable) {}

  async active(): Promise<ActiveStall[]> {
    return await this.postgres.query(activeSql, [], activeRow);
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
