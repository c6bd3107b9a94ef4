import type { Hold } from '../domain/hold.js';
import { nextSlot } from '../domain/schedule.js';
import type { SyncDefinition } from '../domain/definition.js';
import type { SyncStatus } from '../domain/outcome.js';
import type { Pause } from './control-ports.js';
import { describeTarget } from './describe-syncs.js';

export type SyncRunStatus = SyncStatus | 'queued' | 'running';

/** One run of one sync. Instants are ISO 8601 UTC, counts are rows. */
export interface SyncRunView {
  runId: string;
  sync: string;
  target: string;
  status: SyncRunStatus;
  trigger: string;
  requestedBy: string;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  failed: number;
  held: number;
  reason: string | null;
  error: { class: string; code: string; message: string } | null;
  /** Milliseconds by phase. */
  timings: Record<string, number>;
  /** Rows written a second of the phase that writes; null when nothing was written. */
  rowsPerSecond: number | null;
  cancelRequestedAt: string | null;
  cancelledBy: string | null;
}

/** Where one sync stands. */
export interface SyncStatusView {
  name: string;
  description: string;
  owner: string;
  tags: string[];
  mode: SyncDefinition['mode'];
  target: string;
  trigger: string;
  /** Of a schedule; null for other triggers, and while the sync is paused. */
  nextRunAt: string | null;
  paused: Pause | null;
  hold: Hold | null;
  /** The run that may write now. */
  holder: { runId: string; expiresAt: string } | null;
  /** Rows that the target refuses; null while the warehouse does not answer. */
  openRejects: number | null;
  runs: SyncRunView[];
}

/** A row that its target refuses. */
export interface SyncRejectView {
  sync: string;
  key: string[];
  error: { class: string; code: string; message: string };
  attempts: number;
  firstRejectedAt: string;
  rejectedAt: string;
  runId: string;
  payload: string;
}

export interface SyncStatusReader {
  /** `runs`: how many of each sync. `now` in epoch milliseconds. */
  list(
    definitions: readonly SyncDefinition[],
    query: { runs: number; now: number },
  ): Promise<SyncStatusView[]>;
  /** Null when there is no such run. */
  run(sync: string, runId: string): Promise<SyncRunView | null>;
  /** The latest attempt first. */
  rejects(syncs: readonly string[], query: { code?: string; limit: number }): Promise<SyncRejectView[]>;
}

/** What the stores say about one sync. */
export type StatusFacts = Pick<SyncStatusView, 'paused' | 'hold' | 'holder' | 'openRejects' | 'runs'>;

/** Definition and facts as one view. `now` in epoch milliseconds. Pure. */
export function statusOf(definition: SyncDefinition, facts: StatusFacts, now: number): SyncStatusView {
  const { name, description, owner, tags, mode, target, trigger } = definition;
  const next = trigger.kind === 'cron' && facts.paused === null ? nextSlot(trigger, now) : null;
  return {
    name,
    description,
    owner,
    tags,
    mode,
    target: describeTarget(target),
    trigger: describeTrigger(trigger),
    nextRunAt: next === null ? null : new Date(next.at).toISOString(),
    ...facts,
  };
}

function describeTrigger(trigger: SyncDefinition['trigger']): string {
  if (trigger.kind === 'cron') return `cron ${trigger.cron} ${trigger.zone}`;
  return trigger.kind === 'after' ? `after ${trigger.models.join(', ')}` : 'manual';
}

/** Written rows a second; `timings` in milliseconds by phase. Pure. */
export function rowsPerSecond(
  run: Pick<SyncRunView, 'inserted' | 'updated' | 'deleted' | 'timings'>,
): number | null {
  const rows = run.inserted + run.updated + run.deleted;
  const milliseconds = run.timings.send ?? 0;
  return rows === 0 || milliseconds === 0 ? null : Math.round((rows * 1000) / milliseconds);
}
