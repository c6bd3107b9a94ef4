import type { AppError, ErrorClass } from '../../../src/kernel/errors.js';

/** Rows of a difference, by what is to be done with them. */
export interface ChangeCounts {
  insert: number;
  update: number;
  delete: number;
  unchanged: number;
  /** Rows that cannot be sent: null or duplicate key. */
  reject: number;
  /** Of `update`: rows confirmed under another mapping. */
  remapped: number;
}

export type SyncStatus = 'succeeded' | 'partial' | 'failed' | 'held';

/** What one sync did in one run. Counts are rows; `inserted` to `deleted` were really written. */
export interface SyncOutcome {
  name: string;
  /** `postgres` or `graph`. */
  target: string;
  status: SyncStatus;
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  failed: number;
  held: number;
  /** Why rows were sent again, held or refused; '' when there is nothing to say. */
  reason: string;
  error?: { class: ErrorClass; code: string; message: string };
}

type Written = Pick<SyncOutcome, 'inserted' | 'updated' | 'deleted' | 'unchanged' | 'held'>;

/** Outcome of a sync whose target answered. Pure. */
export function finished(
  sync: { name: string; target: string },
  written: Written & { heldReason: string },
  counts: Pick<ChangeCounts, 'reject' | 'remapped'>,
): SyncOutcome {
  const { heldReason, ...rows } = written;
  const reasons = [
    ...(counts.remapped > 0 ? [`mapping_changed: ${counts.remapped}`] : []),
    ...(rows.held > 0 ? [`${heldReason}: ${rows.held}`] : []),
    ...(counts.reject > 0 ? [`rejected: ${counts.reject}`] : []),
  ];
  return {
    ...sync,
    status: statusOf(rows, counts.reject),
    ...rows,
    failed: counts.reject,
    reason: reasons.join(', '),
  };
}

/** Outcome of a sync that confirmed nothing: every changed row is still to be sent. Pure. */
export function failed(
  sync: { name: string; target: string },
  counts: ChangeCounts | undefined,
  error: AppError,
): SyncOutcome {
  const pending = counts === undefined ? 0 : counts.insert + counts.update + counts.delete + counts.reject;
  return {
    ...sync,
    status: 'failed',
    inserted: 0,
    updated: 0,
    deleted: 0,
    unchanged: counts?.unchanged ?? 0,
    failed: pending,
    held: 0,
    reason: error.code,
    error: { class: error.class, code: error.code, message: error.message },
  };
}

/** Outcome of a sync that was not asked, because what it sends was not computed in this run; `cause` says why. Pure. */
export function blocked(sync: { name: string; target: string }, cause: string): SyncOutcome {
  const nothing = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, failed: 0, held: 0 };
  const code = 'upstream_blocked';
  const message = `Sync ${sync.name} is held: ${cause}.`;
  return {
    ...sync,
    status: 'held',
    ...nothing,
    reason: `${code}: ${cause}`,
    error: { class: 'rejected', code, message },
  };
}

/**
 * `partial` when a row was refused. A row that waits for its node is no error, as a late parent is none: only when all
 * there is waits, which looks like the wrong graph, the sync is `held`.
 */
function statusOf(rows: Written, rejected: number): SyncStatus {
  if (rejected > 0) return 'partial';
  const delivered = rows.inserted + rows.updated + rows.deleted + rows.unchanged;
  return rows.held > 0 && delivered === 0 ? 'held' : 'succeeded';
}

/** Status of the whole step: failed when nothing got through, partial when something did not. */
export function overall(outcomes: readonly Pick<SyncOutcome, 'status'>[]): SyncStatus {
  const statuses = new Set(outcomes.map((outcome) => outcome.status));
  if (statuses.size > 1) return 'partial';
  const [only] = statuses;
  return only ?? 'succeeded';
}
