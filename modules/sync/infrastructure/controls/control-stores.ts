import { z } from 'zod';
import type { Queryable } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type {
  ControlStore,
  HoldDecision,
  HoldStore,
  Pause,
  SignalStore,
} from '../../application/control-ports.js';
import type { Hold } from '../../domain/hold.js';
import type { SyncSignal } from '../../domain/sync-signals.js';

const statement = (name: string) => readStatement(import.meta.url, `./sql/${name}.sql`);
const sql = {
  findHold: statement('find_hold'),
  putHold: statement('put_hold'),
  clearHold: statement('clear_hold'),
  decideHold: statement('decide_hold'),
  pauses: statement('pauses'),
  pause: statement('pause'),
  resume: statement('resume'),
  cancel: statement('cancel'),
  raiseSignal: statement('raise_signal'),
  clearSignal: statement('clear_signal'),
};

/** bigint columns that count rows: far below 2^53. */
const count = z.coerce.number().int().nonnegative();
const holdRow = z
  .object({
    sync: z.string(),
    run_id: z.string(),
    mapping_hash: z.string(),
    creates: count,
    updates: count,
    deletes: count,
    reason: z.string(),
    held_at: z.string(),
    state: z.enum(['held', 'released', 'rejected']),
    decided_by: z.string().nullable(),
    decided_at: z.string().nullable(),
  })
  .transform(({ run_id, mapping_hash, held_at, decided_by, decided_at, ...hold }): Hold => ({
    ...hold,
    runId: run_id,
    mappingHash: mapping_hash,
    heldAt: held_at,
    decidedBy: decided_by,
    decidedAt: decided_at,
  }));
const pauseRow = z.object({ sync: z.string(), paused_at: z.string(), paused_by: z.string() });
const cancelledRow = z.object({ run_id: z.string(), status: z.enum(['queued', 'running']) });

/** insights_ops.sync_holds. */
export class PostgresHoldStore implements HoldStore {
  constructor(private readonly postgres: Queryable) {}

  async find(sync: string): Promise<Hold | null> {
    const [hold] = await this.postgres.query(sql.findHold, [sync], holdRow);
    return hold ?? null;
  }

  async all(): Promise<Hold[]> {
    return await this.postgres.query(sql.findHold, [null], holdRow);
  }

  async put(hold: Omit<Hold, 'state' | 'decidedBy' | 'decidedAt'>): Promise<void> {
    const { sync, runId, mappingHash, creates, updates, deletes, reason, heldAt } = hold;
    const params = [sync, runId, mappingHash, creates, updates, deletes, reason, heldAt];
    await this.postgres.execute(sql.putHold, params);
  }

  async clear(sync: string): Promise<void> {
    await this.postgres.execute(sql.clearHold, [sync]);
  }

  async decide(sync: string, { state, by, now, runId }: HoldDecision): Promise<Hold | null> {
    const [hold] = await this.postgres.query(sql.decideHold, [sync, state, by, now, runId ?? null], holdRow);
    return hold ?? null;
  }
}

/** insights_ops.sync_controls, and the requests to stop in insights_ops.sync_runs. */
export class PostgresControlStore implements ControlStore {
  constructor(private readonly postgres: Queryable) {}

  async pauses(): Promise<ReadonlyMap<string, Pause>> {
    const rows = await this.postgres.query(sql.pauses, [], pauseRow);
    return new Map(rows.map((row) => [row.sync, { at: row.paused_at, by: row.paused_by }]));
  }

  async pause(sync: string, { at, by }: Pause): Promise<void> {
    await this.postgres.execute(sql.pause, [sync, at, by]);
  }

  async resume(sync: string): Promise<void> {
    await this.postgres.execute(sql.resume, [sync]);
  }

  async cancel(
    sync: string,
    by: string,
    now: string,
  ): Promise<{ runId: string; status: 'queued' | 'running' }[]> {
    const rows = await this.postgres.query(sql.cancel, [sync, by, now], cancelledRow);
    return rows.map(({ run_id: runId, status }) => ({ runId, status }));
  }
}

/** insights_ops.signals of syncs. Only writes; rules decide. */
export class PostgresSignalStore implements SignalStore {
  constructor(private readonly postgres: Queryable) {}

  async raise({ kind, subject, severity, evidence }: SyncSignal, now: string): Promise<void> {
    await this.postgres.execute(sql.raiseSignal, [kind, subject, severity, JSON.stringify(evidence), now]);
  }

  async clear(kind: SyncSignal['kind'], sync: string, now: string): Promise<void> {
    await this.postgres.execute(sql.clearSignal, [kind, sync, now]);
  }
}
