import { z } from 'zod';
import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import { redact } from '../../../../src/platform/logging/redact.js';
import type { Postgres } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { SyncLedger, SyncRunStart } from '../../application/ports.js';
import type { SyncOutcome } from '../../domain/outcome.js';

const sql = {
  startRun: readStatement(import.meta.url, './sql/start_run.sql'),
  recordRun: readStatement(import.meta.url, './sql/record_run.sql'),
  recordHistory: readStatement(import.meta.url, './sql/record_history.sql'),
};

const recordedRow = z.object({ started_at: z.string(), trigger: z.string(), requested_by: z.string() });

/** insights_ops.sync_runs (one row a run and sync) and the warehouse's sync_runs (one row an attempt, to be queried). */
export class StoredSyncLedger implements SyncLedger {
  constructor(
    private readonly postgres: Postgres,
    private readonly clickhouse: ClickHouse,
  ) {}

  async start({ runId, sync, target, trigger, requestedBy }: SyncRunStart): Promise<void> {
    await this.postgres.execute(sql.startRun, [runId, sync, target, trigger, requestedBy]);
  }

  async record(runId: string, outcome: SyncOutcome): Promise<void> {
    const { name, target, status, inserted, updated, deleted, unchanged, failed, held, timings } = outcome;
    const figures = { inserted, updated, deleted, unchanged, failed, held };
    const reason = redact(outcome.reason);
    const error = [
      outcome.error?.class ?? '',
      outcome.error?.code ?? '',
      redact(outcome.error?.message ?? ''),
    ];
    const params = [
      runId,
      name,
      status,
      ...Object.values(figures),
      reason,
      JSON.stringify(timings),
      ...error,
    ];
    const [recorded] = await this.postgres.query(sql.recordRun, params, recordedRow);
    if (recorded === undefined) return;
    await this.clickhouse.command(sql.recordHistory, {
      run_id: runId,
      sync: name,
      target,
      status,
      ...figures,
      reason,
      started_at: recorded.started_at,
      trigger: recorded.trigger,
      requested_by: recorded.requested_by,
      error_class: error[0],
      error_code: error[1],
      timings,
    });
  }
}
