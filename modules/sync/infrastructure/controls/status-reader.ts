import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import type { Queryable } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import {
  rowsPerSecond,
  statusOf,
  type SyncRejectView,
  type SyncRunView,
  type SyncStatusReader,
  type SyncStatusView,
} from '../../application/sync-status.js';
import type { SyncDefinition } from '../../domain/definition.js';
import { PostgresControlStore, PostgresHoldStore } from './control-stores.js';

const statement = (name: string) => readStatement(import.meta.url, `./sql/${name}.sql`);
const sql = {
  listRuns: statement('list_runs'),
  listLeases: statement('list_leases'),
  countRejects: statement('count_rejects'),
  listRejects: statement('list_rejects'),
};

const count = z.coerce.number().int().nonnegative();
const instant = z.string().nullable();
const runRow = z
  .object({
    run_id: z.string(),
    name: z.string(),
    target: z.string(),
    status: z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'held', 'cancelled', 'skipped']),
    trigger: z.string(),
    requested_by: z.string(),
    created_at: z.string(),
    started_at: instant,
    finished_at: instant,
    inserted: count,
    updated: count,
    deleted: count,
    unchanged: count,
    failed: count,
    held: count,
    reason: z.string().nullable(),
    timings: z.record(z.string(), z.number()),
    error_class: z.string().nullable(),
    error_code: z.string().nullable(),
    error_message: z.string().nullable(),
    cancel_requested_at: instant,
    cancelled_by: z.string().nullable(),
  })
  .transform((row): SyncRunView => {
    const { run_id, name, requested_by, created_at, started_at, finished_at, ...others } = row;
    const { error_class, error_code, error_message, cancel_requested_at, cancelled_by, ...figures } = others;
    return {
      runId: run_id,
      sync: name,
      requestedBy: requested_by,
      createdAt: created_at,
      startedAt: started_at,
      finishedAt: finished_at,
      ...figures,
      error:
        error_code === null
          ? null
          : { class: error_class ?? 'bug', code: error_code, message: error_message ?? '' },
      rowsPerSecond: rowsPerSecond(figures),
      cancelRequestedAt: cancel_requested_at,
      cancelledBy: cancelled_by,
    };
  });
const leaseRow = z.object({ sync: z.string(), run_id: z.string(), expires_at: z.string() });
const rejectCount = z.object({ sync: z.string(), rejects: count });
const rejectRow = z
  .object({
    sync: z.string(),
    record_key: z.array(z.string()),
    payload: z.string(),
    run_id: z.string(),
    error_class: z.string(),
    error_code: z.string(),
    error: z.string(),
    attempts: count,
    first_rejected_at: z.string(),
    rejected_at: z.string(),
  })
  .transform((row): SyncRejectView => ({
    sync: row.sync,
    key: row.record_key,
    error: { class: row.error_class, code: row.error_code, message: row.error },
    attempts: row.attempts,
    firstRejectedAt: row.first_rejected_at,
    rejectedAt: row.rejected_at,
    runId: row.run_id,
    payload: row.payload,
  }));

/** Reads the service's ledger, and rejects from the warehouse. */
export class StoredSyncStatus implements SyncStatusReader {
  constructor(
    private readonly postgres: Queryable,
    private readonly clickhouse: ClickHouse,
  ) {}

  async list(
    definitions: readonly SyncDefinition[],
    query: { runs: number; now: number },
  ): Promise<SyncStatusView[]> {
    const names = definitions.map(({ name }) => name);
    const [runs, leases, pauses, holds, rejects] = await Promise.all([
      this.postgres.query(sql.listRuns, [names, query.runs, null], runRow),
      this.postgres.query(sql.listLeases, [], leaseRow),
      new PostgresControlStore(this.postgres).pauses(),
      new PostgresHoldStore(this.postgres).all(),
      this.countRejects(),
    ]);
    return definitions.map((definition) => {
      const { name } = definition;
      const lease = leases.find(({ sync }) => sync === name);
      const facts = {
        paused: pauses.get(name) ?? null,
        hold: holds.find(({ sync }) => sync === name) ?? null,
        holder: lease === undefined ? null : { runId: lease.run_id, expiresAt: lease.expires_at },
        openRejects: rejects === null ? null : (rejects.get(name) ?? 0),
        runs: runs.filter(({ sync }) => sync === name),
      };
      return statusOf(definition, facts, query.now);
    });
  }

  async run(sync: string, runId: string): Promise<SyncRunView | null> {
    const [run] = await this.postgres.query(sql.listRuns, [[sync], 1, runId], runRow);
    return run ?? null;
  }

  async rejects(
    syncs: readonly string[],
    { code = '', limit }: { code?: string; limit: number },
  ): Promise<SyncRejectView[]> {
    return await this.clickhouse.rows(sql.listRejects, { syncs: [...syncs], code, limit }, rejectRow);
  }

  /** Null while ClickHouse does not answer: where a sync stands is asked most when something is down. */
  private async countRejects(): Promise<ReadonlyMap<string, number> | null> {
    try {
      const rows = await this.clickhouse.rows(sql.countRejects, {}, rejectCount);
      return new Map(rows.map(({ sync, rejects }) => [sync, rejects]));
    } catch (error) {
      if (error instanceof AppError && error.source === 'clickhouse') return null;
      throw error;
    }
  }
}
