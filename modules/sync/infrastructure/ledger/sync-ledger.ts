import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import type { Postgres } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { SyncLedger } from '../../application/ports.js';
import type { SyncOutcome } from '../../domain/outcome.js';

const recordRun = readStatement(import.meta.url, './sql/record_run.sql');
const recordHistory = readStatement(import.meta.url, './sql/record_history.sql');

/** insights_ops.sync_runs (one row a run and sync) and the warehouse's sync_runs (one row an attempt, to be queried). */
export class StoredSyncLedger implements SyncLedger {
  constructor(
    private readonly postgres: Postgres,
    private readonly clickhouse: ClickHouse,
  ) {}

  async record(runId: string, outcome: SyncOutcome, startedAt: string): Promise<void> {
    const { name, target, status, inserted, updated, deleted, unchanged, failed, held, reason } = outcome;
    const figures = { target, status, inserted, updated, deleted, unchanged, failed, held, reason };
    await this.postgres.execute(recordRun, [runId, name, ...Object.values(figures)]);
    await this.clickhouse.command(recordHistory, {
      run_id: runId,
      sync: name,
      ...figures,
      started_at: startedAt,
    });
  }
}
