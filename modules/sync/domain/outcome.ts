import type { AppError, ErrorClass } from '../../../src/kernel/errors.js';

/** Rows of a difference, by what is to be done with them. */
export interface ChangeCounts {
  insert: number;
  update: number;
  delete: number;
  unchanged: number;
  /** Rows that no target can take: null or duplicate key. */
  reject: number;
  /** Of `update`: rows confirmed under another mapping. */
  remapped: number;
  /** Of `update`: confirmed rows that somebody asked to be sent again. */
  requested: number;
  /** Rows of the model, and rows that the target confirmed before this run (of what was looked at). */
  model: number;
  confirmed: number;
}

export type SyncStatus = 'succeeded' | 'partial' | 'failed' | 'held' | 'cancelled' | 'skipped';

export interface SyncFailure {
  class: ErrorClass;
  code: string;
  message: string;
}

/** What one sync did in one run. Counts are rows; `inserted` to `deleted` were really written. */
export interface SyncOutcome {
  name: string;
  /** `postgres`, `graph` or `webhook`. */
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
  error?: SyncFailure;
  /** Milliseconds by phase. */
  timings: Record<string, number>;
}

export interface SyncIdentity {
  name: string;
  target: string;
}

/** What the targets did so far, added up over the ranges of a run. */
export interface Delivered {
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  /** Rows by why they wait. */
  waiting: Record<string, number>;
  /** Rows by the code that they were refused with. */
  refused: Record<string, number>;
  /** Why the rest was not tried. */
  stopped?: AppError;
}

/** A person, or the end of the process, stopped the run: nothing is wrong with the sync. */
const isCancelled = (error: AppError | undefined): boolean =>
  error?.code === 'cancelled' || error?.code === 'run_interrupted';

const NOTHING = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, failed: 0, held: 0 };
const total = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, n) => sum + n, 0);
const listed = (counts: Record<string, number>): string[] =>
  Object.entries(counts).map(([code, rows]) => `${code}: ${rows}`);

/**
 * Outcome of a run that began to write. `partial` when a row was refused or not reached; a row that waits for its place is
 * no error, as a late parent is none, but when all there is waits, which looks like the wrong target, the sync is `held`. Pure.
 */
export function finished(
  sync: SyncIdentity,
  delivered: Delivered,
  counts: ChangeCounts,
  timings: Record<string, number>,
): SyncOutcome {
  const { inserted, updated, deleted, stopped } = delivered;
  const held = total(delivered.waiting);
  const refused = total(delivered.refused);
  const taken = inserted + updated + deleted + delivered.unchanged;
  const unreached = counts.insert + counts.update + counts.delete - taken - held - refused;
  const unchanged = delivered.unchanged + counts.unchanged;
  const failedRows = counts.reject + refused + unreached;
  const status = isCancelled(stopped)
    ? 'cancelled'
    : stopped && taken === 0
      ? 'failed'
      : failedRows > 0 || stopped
        ? 'partial'
        : held > 0 && taken + counts.unchanged === 0
          ? 'held'
          : 'succeeded';
  const reasons = [
    ...(counts.remapped > 0 ? [`mapping_changed: ${counts.remapped}`] : []),
    ...listed(delivered.waiting),
    ...(counts.reject > 0 ? [`rejected: ${counts.reject}`] : []),
    ...listed(delivered.refused),
    ...(stopped ? [`${stopped.code}: ${unreached}`] : []),
  ];
  return {
    ...sync,
    status,
    inserted,
    updated,
    deleted,
    unchanged,
    failed: failedRows,
    held,
    reason: reasons.join(', '),
    ...(stopped === undefined ? {} : { error: describe(stopped) }),
    timings,
  };
}

/** Outcome of a run that wrote nothing because something broke: every changed row is still to be sent. Pure. */
export function failed(
  sync: SyncIdentity,
  counts: ChangeCounts | undefined,
  error: AppError,
  timings: Record<string, number> = {},
): SyncOutcome {
  const pending = counts === undefined ? 0 : counts.insert + counts.update + counts.delete + counts.reject;
  return {
    ...sync,
    ...NOTHING,
    status: isCancelled(error) ? 'cancelled' : 'failed',
    unchanged: counts?.unchanged ?? 0,
    failed: pending,
    reason: error.code,
    error: describe(error),
    timings,
  };
}

/** Outcome of a run that did not begin. Pure. */
export function notRun(sync: SyncIdentity, code: 'paused' | 'overlap'): SyncOutcome {
  return { ...sync, ...NOTHING, status: 'skipped', reason: code, timings: {} };
}

/** Outcome of a sync whose model was not computed in this run; `cause` says why. Pure. */
export function blocked(sync: SyncIdentity, cause: string): SyncOutcome {
  const code = 'upstream_blocked';
  const message = `Sync ${sync.name} is held: ${cause}.`;
  return {
    ...sync,
    status: 'held',
    ...NOTHING,
    reason: `${code}: ${cause}`,
    error: { class: 'rejected', code, message },
    timings: {},
  };
}

/** Outcome of a run that its guard stopped before the first write, until a person releases it. Pure. */
export function heldByGuard(
  sync: SyncIdentity,
  counts: ChangeCounts,
  reasons: readonly string[],
  timings: Record<string, number>,
): SyncOutcome {
  const message = `Sync ${sync.name} is held: ${reasons.join('; ')}. Look with "cli sync plan ${sync.name}", then "cli sync release ${sync.name}" or "cli sync reject ${sync.name}".`;
  return {
    ...sync,
    ...NOTHING,
    status: 'held',
    unchanged: counts.unchanged,
    held: counts.insert + counts.update + counts.delete,
    failed: counts.reject,
    reason: `guard: ${reasons.join('; ')}`,
    error: { class: 'rejected', code: 'guard_tripped', message },
    timings,
  };
}

const describe = (error: AppError): SyncFailure => ({
  class: error.class,
  code: error.code,
  message: error.message,
});

/** Status of the whole step: failed when nothing got through, partial when something did not. */
export function overall(
  outcomes: readonly Pick<SyncOutcome, 'status'>[],
): 'succeeded' | 'partial' | 'failed' | 'held' {
  const statuses = new Set(outcomes.map(({ status }) => (status === 'skipped' ? 'succeeded' : status)));
  if (statuses.size > 1) return 'partial';
  const [only = 'succeeded'] = statuses;
  return only === 'cancelled' ? 'partial' : only;
}
