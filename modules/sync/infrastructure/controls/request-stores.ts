import { z } from 'zod';
import type { Queryable } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import {
  type QueuedRun,
  type RequestStore,
  type ScheduleStore,
  selectionSchema,
  type SyncRequest,
} from '../../application/control-ports.js';

const statement = (name: string) => readStatement(import.meta.url, `./sql/${name}.sql`);
const sql = {
  queueRun: statement('queue_run'),
  queueSlot: statement('queue_slot'),
  openRun: statement('open_run'),
  refuseRun: statement('refuse_run'),
  forgottenRuns: statement('forgotten_runs'),
  abandonRuns: statement('abandon_runs'),
  scheduleSince: statement('schedule_since'),
  scheduleLooked: statement('schedule_looked'),
};

const runRow = z
  .object({ run_id: z.string(), name: z.string() })
  .transform(({ run_id, name }): QueuedRun => ({ runId: run_id, sync: name }));
const requestRow = z
  .object({
    run_id: z.string(),
    name: z.string(),
    target: z.string(),
    trigger: z.enum(['api', 'schedule', 'replay']),
    requested_by: z.string(),
    request: selectionSchema,
  })
  .transform(({ run_id, name, requested_by, request, ...rest }): SyncRequest => ({
    ...rest,
    runId: run_id,
    sync: name,
    requestedBy: requested_by,
    selection: request,
  }));
const sinceRow = z.object({ ticked_at: z.string() });

const paramsOf = ({ runId, sync, target, trigger, requestedBy, selection }: SyncRequest): unknown[] => [
  runId,
  sync,
  target,
  trigger,
  requestedBy,
  JSON.stringify(selection),
];

/** Requested runs in insights_ops.sync_runs, and the slots of schedules in insights_ops.sync_slots. */
export class PostgresRequestStore implements RequestStore {
  constructor(private readonly postgres: Queryable) {}

  async queue(request: SyncRequest): Promise<void> {
    await this.postgres.execute(sql.queueRun, paramsOf(request));
  }

  async queueSlot(request: SyncRequest, slot: string): Promise<boolean> {
    return (await this.postgres.execute(sql.queueSlot, [...paramsOf(request), slot])) > 0;
  }

  async open({ runId, sync }: QueuedRun): Promise<SyncRequest | null> {
    const [request] = await this.postgres.query(sql.openRun, [runId, sync], requestRow);
    return request ?? null;
  }

  async refuse(
    { runId, sync }: QueuedRun,
    failure: { class: string; code: string; message: string },
  ): Promise<void> {
    const params = [runId, sync, failure.class, failure.code, failure.message];
    await this.postgres.execute(sql.refuseRun, params);
  }

  async forgotten(): Promise<QueuedRun[]> {
    return await this.postgres.query(sql.forgottenRuns, [], runRow);
  }

  async abandon(): Promise<QueuedRun[]> {
    return await this.postgres.query(sql.abandonRuns, [], runRow);
  }
}

/** Schedules as last seen, in insights_ops.sync_controls. */
export class PostgresScheduleStore implements ScheduleStore {
  constructor(private readonly postgres: Queryable) {}

  async since(sync: string, schedule: string, now: number): Promise<number> {
    const params = [sync, schedule, new Date(now).toISOString()];
    const [row] = await this.postgres.query(sql.scheduleSince, params, sinceRow);
    return row === undefined ? now : Date.parse(row.ticked_at);
  }

  async looked(sync: string, schedule: string, now: number): Promise<void> {
    await this.postgres.execute(sql.scheduleLooked, [sync, schedule, new Date(now).toISOString()]);
  }
}
