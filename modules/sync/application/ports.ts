import type { Readable } from 'node:stream';
import type { AppError } from '../../../src/kernel/errors.js';
import type { MappedColumn, SyncDefinition } from '../domain/definition.js';
import type { ChangeCounts, SyncOutcome } from '../domain/outcome.js';

/** integer as bigint, float as number, boolean as boolean, everything else as text; an instant as ISO 8601 UTC with microseconds. */
export type Value = string | number | bigint | boolean | null;

/** A row to write or a key to delete, as an object: for targets that take batches. */
export interface ChangedRow {
  /** Place in the staged changes; what a target answers about a row names it. */
  seq: number;
  op: 'insert' | 'update' | 'delete';
  /** The same for every repetition of this very change of the row, another for the next one: a receiver can drop repetitions. */
  idempotencyKey: string;
  /** By target name; of a delete the key columns only. */
  values: Record<string, Value>;
}

/** Staged rows with `from` <= seq < `to`, all of one kind. */
export interface RowRange {
  from: number;
  to: number;
  kind: 'upsert' | 'delete';
}

/** What a target reads of the staged changes. Every call reads the same rows. */
export interface StagedRows {
  /**
   * TabSeparated, by seq: the seq, then the columns in the order of `definition.columns` (of a delete: `definition.keys`).
   * Values have the text forms that Postgres COPY takes. `withSeq: false` leaves the seq out.
   */
  bytes(range: RowRange, options?: { withSeq?: boolean }): Promise<Readable>;
  /** The same rows as objects, by seq. For ranges of some thousand rows at most. */
  rows(range: RowRange): Promise<ChangedRow[]>;
}

/** Proof of who may write: the token of the sync's lease. A target that can look it up refuses an older one in its own transaction. */
export interface Fence {
  sync: string;
  /** A positive 64-bit integer as text; each new holder of the lease has a larger one. */
  token: string;
  /** Throws transient `lease_lost` when somebody else holds the lease by now. For targets that cannot check by themselves. */
  check(): Promise<void>;
}

/** What a target did with a range. Every row of it is in exactly one figure. */
export interface Written {
  inserted: number;
  updated: number;
  deleted: number;
  /** The target held the row already (or, of a delete, no longer), for example after a crash before the confirmation. */
  unchanged: number;
  /** The target has no place for these rows yet (`missing_node`, `missing_row`, `outside_scope`); later runs try again. */
  waiting: { seq: number; reason: string }[];
  /** Rows that the target named as bad and left out, while it took the others. */
  refused: { seq: number; error: AppError }[];
}

/** Why a definition and the live target do not fit: `missing_table`, `missing_column`, `type_mismatch`, `no_unique_key` ... */
export interface TargetProblem {
  code: string;
  message: string;
  /** A warning is told and stops nothing. */
  severity: 'error' | 'warning';
}

/** One bucket of a target or model: rows and the sum of their fingerprints (docs/syncs.md, Fingerprints). */
export interface BucketSum {
  bucket: number;
  rows: number;
  /** Decimal text of an integer. */
  sum: string;
}

/** One kind of destination. A new one is a folder with this and a line in create-syncs.ts. */
export interface SyncTarget {
  /** Rows of one write where the definition names none; null: all of them. */
  readonly batchSize: number | null;
  /** Compares the definition with the live target. Writes nothing. */
  check(definition: SyncDefinition): Promise<TargetProblem[]>;
  /**
   * Writes a range and resolves when the target has committed it. Safe to repeat: a row that is already equal is not
   * written again. Whatever it throws, nothing may be confirmed: `rejected` says that some row of the range is bad (the
   * caller halves the range), `transient` that a repetition may succeed (its outcome is then unknown), anything else
   * stops the sync.
   */
  write(
    definition: SyncDefinition,
    staged: StagedRows,
    range: RowRange,
    fence: Fence,
    signal: AbortSignal,
  ): Promise<Written>;
  /**
   * What `write` would do, without doing it: TabSeparated seq, action (insert, update, delete, unchanged, waiting, refused) and
   * `before`, a JSON object of the present texts of the columns that would change (\N where there is no row). Absent
   * where the target cannot be read.
   */
  preview?(definition: SyncDefinition, staged: StagedRows, range: RowRange): Promise<Readable>;
  /** Present texts of one row by target column, null when there is none. `key`: texts in the order of `definition.keys`. */
  find?(definition: SyncDefinition, key: readonly string[]): Promise<Record<string, string | null> | null>;
  /** Sums of all rows in the scope, by bucket (key fingerprint modulo `buckets`). */
  bucketSums?(
    definition: SyncDefinition,
    columns: readonly MappedColumn[],
    buckets: number,
  ): Promise<BucketSum[]>;
  /** TabSeparated key fingerprint (32 hex digits), row fingerprint (32 hex digits), key texts as a JSON array; rows of these buckets. */
  bucketRows?(
    definition: SyncDefinition,
    columns: readonly MappedColumn[],
    buckets: number,
    wanted: readonly number[],
  ): Promise<Readable>;
}

/** Which rows are staged beside those that differ. */
export interface Selection {
  /** Every row of the model, confirmed or not. */
  full?: boolean;
  /** At most so many rows, upserts before deletes. */
  limit?: number;
  /** Only rows with these keys (texts in the order of `definition.keys`), confirmed or not. */
  keys?: readonly (readonly string[])[];
  /** Only rows that this run wrote, confirmed or not. */
  fromRun?: string;
  /** Only rows whose last attempt was refused; with a code, for that code. */
  rejected?: { code?: string };
}

/** What one run of a sync has to do, frozen in the warehouse until the target confirmed it. */
export interface StagedChanges extends StagedRows {
  readonly counts: ChangeCounts;
  /** In the order to be sent, deletes first. Rows refused before and unchanged since stand in ranges of their own, so that they hold up no others. */
  readonly ranges: RowRange[];
  /**
   * The target is about to be asked for these rows. What is begun and never settled is noted in the state when the stage
   * goes (or is found by the next run, after a kill): the target may hold it or not.
   */
  begin(range: RowRange): void;
  /** It is known what the target did with each of these rows, be it nothing. */
  settle(range: RowRange): void;
  /** Rows of the range that the target did not take; `confirm` leaves them out. */
  setAside(written: Pick<Written, 'waiting' | 'refused'>): Promise<void>;
  /** Makes the state equal to what the target now holds. Only after the target committed the range. */
  confirm(range: RowRange): Promise<void>;
  /** Writes sync_rejects: what was refused, and what is refused no more. `complete`: every range was sent. */
  finish(options: { complete: boolean }): Promise<void>;
  /**
   * What the target would do, as `ask` (its `preview`) says it, counted; with `keepAs` the rows are kept under that plan
   * id. Without `ask` the target cannot be read, and the difference itself is all there is to say.
   */
  preview(ask: ((range: RowRange) => Promise<Readable>) | undefined, keepAs?: string): Promise<PreviewTotals>;
  /** Ends the stage. */
  drop(): Promise<void>;
}

/** A stage held against its target. */
export interface PreviewTotals {
  actions: { op: string; action: string; rows: number }[];
  /** How many updated rows change each field. */
  fields: { field: string; rows: number }[];
  /** Fingerprints of the difference, and of what the target holds of it. */
  changesHash: string;
  targetHash: string;
}

/** Compares a model with the confirmed state, inside the warehouse. */
export interface ChangeStore {
  /** Compares the definition with the model: columns there, types that fit. */
  check(definition: SyncDefinition): Promise<TargetProblem[]>;
  /** `token`: of the lease, orders what different runs say about a row. `name` makes the stage's table; a plan keeps its own. */
  stage(
    definition: SyncDefinition,
    run: { runId: string; token: string },
    selection: Selection,
  ): Promise<StagedChanges>;
  /** Removes what killed runs of this sync staged. Under its lease: what a holder of a larger token staged stays. */
  dropStale(sync: string, token: string): Promise<void>;
}

/** The right to write one sync, for one worker at a time. */
export interface Lease {
  fence: Fence;
  /** Aborts when the lease is lost, or a person cancels the run; its reason is an AppError. */
  signal: AbortSignal;
  release(): Promise<void>;
}

export interface SyncLeases {
  /** Null when another worker holds it for longer than `waitMs`. */
  acquire(sync: string, runId: string, wait: { waitMs: number; signal: AbortSignal }): Promise<Lease | null>;
}

/** A plan as it was made. */
export interface StoredPlan {
  id: string;
  sync: string;
  status: 'ready' | 'applying' | 'applied' | 'refused';
  mappingHash: string;
  changesHash: string;
  targetHash: string;
  selection: Selection;
  counts: Record<string, unknown>;
  createdBy: string;
  createdAt: string;
}

/** One row of a plan; `before` is null where the target has no row or cannot be read. */
export interface PlanRow {
  op: string;
  action: string;
  reason: string;
  key: string[];
  fields: { field: string; before: string | null; after: string | null }[];
}

export interface PlanStore {
  save(plan: StoredPlan): Promise<void>;
  find(id: string): Promise<StoredPlan | null>;
  /** The plan, for one caller only: null when it is not ready (any more). */
  claim(id: string, by: string, now: string): Promise<StoredPlan | null>;
  settle(id: string, status: 'applied' | 'refused' | 'ready'): Promise<void>;
  rows(id: string, options: { limit: number }): Promise<PlanRow[]>;
}

/** Where outcomes are kept: the service's ledger and the warehouse's history. */
export interface SyncLedger {
  start(run: SyncRunStart): Promise<void>;
  record(runId: string, outcome: SyncOutcome): Promise<void>;
}

export interface SyncRunStart {
  runId: string;
  sync: string;
  target: string;
  trigger: SyncTriggerKind;
  requestedBy: string;
}
export type SyncTriggerKind = 'pipeline' | 'schedule' | 'manual' | 'api' | 'apply' | 'replay' | 'reconcile';

/** Waits until the account has room for `units` more requests, across all workers. */
export interface RateLimiter {
  take(account: string, perSecond: number, units: number, signal: AbortSignal): Promise<void>;
}

/** Waits between two tries, somewhat more or less so that two workers do not keep step. Throws the signal's reason. */
export type Backoff = (ms: number, signal: AbortSignal) => Promise<void>;
