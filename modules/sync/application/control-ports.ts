import { z } from 'zod';
import type { Hold } from '../domain/hold.js';
import type { SyncSignal } from '../domain/sync-signals.js';
import type { Selection, SyncTriggerKind } from './ports.js';

/** Who paused a sync, and since when (ISO 8601 UTC). */
export interface Pause {
  at: string;
  by: string;
}

/** Runs that a guard stopped, one a sync. */
export interface HoldStore {
  find(sync: string): Promise<Hold | null>;
  /**
   * Keeps what the run would have done, as `held`. A decision that covers it and came meanwhile stays; a hold that
   * lasts keeps its `heldAt`.
   */
  put(hold: Omit<Hold, 'state' | 'decidedBy' | 'decidedAt'>): Promise<void>;
  /** Forgets the hold and its decision: the guard has nothing against the next run. */
  clear(sync: string): Promise<void>;
  /** The decided hold; null when there is none, or another than that of `runId`. */
  decide(sync: string, decision: HoldDecision): Promise<Hold | null>;
}
export interface HoldDecision {
  state: 'released' | 'rejected';
  by: string;
  now: string;
  /** Only the hold of this run. */
  runId?: string | undefined;
}

/** What people switch: pauses and requests to stop. */
export interface ControlStore {
  pauses(): Promise<ReadonlyMap<string, Pause>>;
  /** Pausing what is paused keeps who did it first. */
  pause(sync: string, pause: Pause): Promise<void>;
  resume(sync: string): Promise<void>;
  /** Asks the runs of the sync to stop: queued ones end at once, running ones at their next heartbeat. Returns their ids. */
  cancel(sync: string, by: string, now: string): Promise<{ runId: string; status: 'queued' | 'running' }[]>;
}

/** insights_ops.signals, the one place that alert rules read. */
export interface SignalStore {
  raise(signal: SyncSignal, now: string): Promise<void>;
  clear(kind: SyncSignal['kind'], sync: string, now: string): Promise<void>;
}

/** Which rows a request names, as a queue or a caller brings it. */
export const selectionSchema = z.strictObject({
  full: z.boolean().optional().describe('every row of the model, confirmed or not'),
  limit: z.int().positive().optional().describe('at most so many rows'),
  keys: z
    .array(z.array(z.string()).min(1))
    .min(1)
    .max(1_000)
    .optional()
    .describe('only these rows; values of the key columns as text, in the order of the definition'),
  fromRun: z.guid().optional().describe('only rows that this run wrote'),
  rejected: z
    .strictObject({ code: z.string().optional() })
    .optional()
    .describe('only rows whose last attempt was refused, of one error code where it is given'),
}) satisfies z.ZodType<Selection>;

/** A run that somebody asked for and a worker takes from the queue. */
export interface SyncRequest {
  runId: string;
  sync: string;
  target: string;
  trigger: Extract<SyncTriggerKind, 'api' | 'schedule' | 'replay'>;
  requestedBy: string;
  selection: Selection;
}
export type QueuedRun = Pick<SyncRequest, 'runId' | 'sync'>;

/** Requested runs, rows of insights_ops.sync_runs with status `queued`. */
export interface RequestStore {
  queue(request: SyncRequest): Promise<void>;
  /** As `queue`, for a slot of a schedule; false when another replica took the slot. */
  queueSlot(request: SyncRequest, slot: string): Promise<boolean>;
  /** What was asked for, while the run has not ended; else null. */
  open(run: QueuedRun): Promise<SyncRequest | null>;
  /** Ends a run that no queue took. */
  refuse(run: QueuedRun, failure: { class: string; code: string; message: string }): Promise<void>;
  /** Queued runs that no worker has begun for a while: their job may have died with its process. */
  forgotten(): Promise<QueuedRun[]>;
  /** Ends runs whose worker died: they say `running` without a lease, long or after the end of their pipeline run. */
  abandon(): Promise<QueuedRun[]>;
}

/** Up to when the times of each schedule were looked at. */
export interface ScheduleStore {
  /**
   * The instant up to which this very schedule was looked at before. A schedule that is new, or another than before,
   * begins at `now`. Epoch milliseconds.
   */
  since(sync: string, schedule: string, now: number): Promise<number>;
  looked(sync: string, schedule: string, now: number): Promise<void>;
}
