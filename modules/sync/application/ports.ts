import type { Readable } from 'node:stream';
import type { SyncDefinition } from '../domain/definition.js';
import type { ChangeCounts, SyncOutcome } from '../domain/outcome.js';

/** A row to write or a key to delete, as objects: for targets that take batches. Values are typed like the columns. */
export interface ChangedRow {
  keyHash: string;
  op: 'insert' | 'update' | 'delete';
  /** By target name. integer as bigint, float as number, everything else as text; an instant as ISO 8601 UTC. */
  values: Record<string, Value>;
}
export type Value = string | number | bigint | boolean | null;

/** What one sync has to do, frozen in the warehouse until the target confirmed it. */
export interface StagedChanges {
  counts: ChangeCounts;
  /** Rows to insert or update as TabSeparated bytes, columns in the order of `definition.columns`. */
  upsertBytes(): Promise<Readable>;
  /** Keys to delete as TabSeparated bytes, columns in the order of `definition.keys`. */
  deletedKeyBytes(): Promise<Readable>;
  upsertBatches(size: number): AsyncIterable<ChangedRow[]>;
  /** `values` holds the key only. */
  deleteBatches(size: number): AsyncIterable<ChangedRow[]>;
  /** Notes in the state what the target is about to be asked, so that a killed run leaves nothing unknown. Before `apply`. */
  intend(runId: string): Promise<void>;
  /** The target has no place for these rows: the confirmation takes their intent back and the next run finds them again. */
  hold(keyHashes: readonly string[], reason: string): Promise<void>;
  /** Makes the state equal to what the target now holds. Only after the target committed. */
  confirm(runId: string): Promise<void>;
  /** Stores the rows that cannot be sent (null or duplicate key) with their reason. */
  keepRejects(runId: string): Promise<void>;
  drop(): Promise<void>;
}

/** Compares a model with the confirmed state, inside the warehouse. */
export interface ChangeStore {
  /** Reads only. */
  count(definition: SyncDefinition): Promise<ChangeCounts>;
  stage(definition: SyncDefinition, runId: string): Promise<StagedChanges>;
  /** Removes what killed runs staged. */
  dropStale(): Promise<void>;
}

/** What a target did. `unchanged`: it held the row already, for example after a crash before the confirmation. */
export interface Applied {
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  held: number;
  /** Why rows are held, for a person; '' when none are. */
  heldReason: string;
}

/** One kind of destination. */
export interface SyncTarget {
  /**
   * Writes the staged changes and resolves when the target has committed them. Safe to repeat: rows that are already
   * equal are not written again. Throws an AppError when nothing may be confirmed.
   */
  apply(definition: SyncDefinition, changes: StagedChanges): Promise<Applied>;
}

/** Where outcomes are kept: the service's ledger and the warehouse's history. */
export interface SyncLedger {
  record(runId: string, outcome: SyncOutcome, startedAt: string): Promise<void>;
}
