import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import type { Postgres } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { Lease, SyncLeases } from '../../application/ports.js';

const sql = {
  take: readStatement(import.meta.url, './sql/take.sql'),
  renew: readStatement(import.meta.url, './sql/renew.sql'),
  release: readStatement(import.meta.url, './sql/release.sql'),
  abandon: readStatement(import.meta.url, './sql/abandon.sql'),
};

const POLL_MS = 250;
const takenRow = z.object({ token: z.string(), before: z.string().nullable() });
const renewedRow = z.object({ held: z.boolean(), cancelled_by: z.string().nullable() });

export interface LeaseTimes {
  /** How long a worker may be silent before another takes over, in seconds. */
  lastsSeconds: number;
  heartbeatMs: number;
}
const TIMES: LeaseTimes = { lastsSeconds: 60, heartbeatMs: 5_000 };

/** insights_ops.sync_leases: one row a sync, judged by the database's clock alone. */
export class PostgresLeases implements SyncLeases {
  constructor(
    private readonly postgres: Postgres,
    private readonly times: LeaseTimes = TIMES,
  ) {}

  async acquire(
    sync: string,
    runId: string,
    { waitMs, signal }: { waitMs: number; signal: AbortSignal },
  ): Promise<Lease | null> {
    const began = performance.now();
    for (;;) {
      signal.throwIfAborted();
      const [taken] = await this.postgres.query(sql.take, [sync, runId, this.times.lastsSeconds], takenRow);
      if (taken !== undefined) {
        const { before } = taken;
        if (before !== null && before !== runId) await this.postgres.execute(sql.abandon, [sync, before]);
        return new HeldLease(this.postgres, sync, runId, taken.token, this.times);
      }
      if (performance.now() - began >= waitMs) return null;
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

class HeldLease implements Lease {
  private readonly ended = new AbortController();
  private readonly released = new AbortController();
  private readonly heartbeat: Promise<void>;

  constructor(
    private readonly postgres: Postgres,
    private readonly sync: string,
    private readonly runId: string,
    private readonly token: string,
    private readonly times: LeaseTimes,
  ) {
    this.heartbeat = this.beat();
  }

  get signal(): AbortSignal {
    return this.ended.signal;
  }

  get fence() {
    return { sync: this.sync, token: this.token, check: () => this.renew() };
  }

  async release(): Promise<void> {
    this.released.abort();
    await this.heartbeat;
    // A lease that cannot be given back runs out by itself.
    await this.postgres.execute(sql.release, [this.sync, this.token]).catch(() => undefined);
  }

  private async renew(): Promise<void> {
    const params = [this.sync, this.token, this.times.lastsSeconds, this.runId];
    const [row] = await this.postgres.query(sql.renew, params, renewedRow);
    if (row?.held !== true) throw this.end(lost(this.sync));
    if (row.cancelled_by !== null) throw this.end(cancelled(this.sync, row.cancelled_by));
  }

  private end(reason: AppError): AppError {
    this.ended.abort(reason);
    return reason;
  }

  private async beat(): Promise<void> {
    while (!this.ended.signal.aborted) {
      try {
        await delay(this.times.heartbeatMs, undefined, { signal: this.released.signal });
      } catch {
        return;
      }
      // A heartbeat that fails proves nothing: the write itself asks again, in its own transaction.
      await this.renew().catch(() => undefined);
    }
  }
}

const lost = (sync: string) =>
  new AppError({
    class: 'transient',
    source: 'sync',
    code: 'lease_lost',
    message: `Another worker has taken over sync ${sync}; this one writes nothing more.`,
  });

const cancelled = (sync: string, by: string) =>
  new AppError({
    class: 'transient',
    source: 'sync',
    code: 'cancelled',
    message: `Sync ${sync} was cancelled by ${by}; what was not confirmed goes out with the next run.`,
  });
