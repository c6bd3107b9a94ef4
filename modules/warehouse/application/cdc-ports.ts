import type {
  CdcPosition,
  HandOverReason,
  Lsn,
  SlotLag,
  SlotState,
  StreamedSource,
  WalMessage,
} from '../domain/cdc.js';

/** A source that cannot be streamed, and why; scheduled extraction goes on reading it. */
export interface RefusedSource {
  source: string;
  code: string;
  reason: string;
}

/** What stands at the product database before streaming begins. */
export interface PreparedLog {
  /** Names the server and the database, so that a log is never followed with the position of another. */
  origin: string;
  sources: readonly StreamedSource[];
  refused: readonly RefusedSource[];
  /** Whether the publication covers these sources. Where it does not, what happened is not in the slot. */
  published: boolean;
  slot: SlotState | null;
}

/** What a handler tells the server. */
export interface ChangeStream {
  /** The warehouse has everything before this LSN. */
  confirm(lsn: Lsn): void;
}

export interface StreamHandler {
  message(message: WalMessage, stream: ChangeStream): Promise<void>;
  /** All that was committed before this LSN has been handled. */
  idle(lsn: Lsn, stream: ChangeStream): void;
}

/** The write-ahead log of the product database. */
export interface ChangeLog {
  /**
   * Checks the server and finds out what can be streamed. Changes nothing.
   * Errors of class configuration: `cdc_wal_level`, `cdc_not_permitted`, `cdc_slot_foreign`, `cdc_nothing_to_stream`.
   */
  prepare(): Promise<PreparedLog>;
  /**
   * Drops the slot if there is one, makes the publication fit and a new slot, and calls `work` while a snapshot of its
   * first LSN can be read. In this order: a slot is never older than a publication that covers all sources.
   */
  withNewSlot<T>(
    sources: readonly StreamedSource[],
    work: (made: { lsn: Lsn; snapshot: string }) => Promise<T>,
  ): Promise<T>;
  /** Follows the slot until the signal aborts; rejects when the connection ends or the handler fails. */
  follow(from: Lsn, handler: StreamHandler, signal: AbortSignal): Promise<void>;
  /** Rows as they are now, by key (JSON of the key's texts): for values that the log left out. */
  readBack(
    source: StreamedSource,
    keys: readonly (readonly string[])[],
  ): Promise<Map<string, (string | null)[]>>;
  /** The server's log ends here now. */
  currentLsn(): Promise<Lsn>;
  /** Whether the publication still covers the sources, unfiltered. */
  isPublished(sources: readonly StreamedSource[]): Promise<boolean>;
  /** How far the slot is behind; null when there is no slot. `confirmedAt`: ISO 8601 UTC of the last confirmed record. */
  lag(confirmedAt: string | null): Promise<SlotLag | null>;
}

/** One micro-batch: whole transactions between two positions. */
export interface CdcBatch {
  generation: string;
  from: Lsn;
  to: Lsn;
  /** `_extracted_at` of its first change, ISO 8601 UTC; that of the nth is n microseconds later. */
  base: string;
  rows: number;
  /** Sources whose table was truncated in it. */
  truncated: readonly string[];
  /** When its last transaction was committed, ISO 8601 UTC. */
  committedAt: string | null;
}

/** What the warehouse has written down about its own progress. It lives with the rows: both are restored together. */
export interface CdcRecords {
  /** The last confirmed position; null before the first hand-over. */
  position(): Promise<CdcPosition | null>;
  /** A batch that was begun after that position and not confirmed. */
  interrupted(position: CdcPosition): Promise<CdcBatch | null>;
  handedOver(position: CdcPosition, reason: HandOverReason): Promise<void>;
  begin(batch: CdcBatch): Promise<void>;
  confirm(batch: CdcBatch, position: CdcPosition): Promise<void>;
}

/** Where changes land: a stage for each source, then raw. */
export interface ChangeTarget {
  /**
   * `from` (ISO 8601 UTC; absent: now), or the first instant after everything loaded of these sources when that is later;
   * what killed loads left counts.
   */
  nextInstant(sources: readonly StreamedSource[], from?: string): Promise<string>;
  /** The same from now and from what loads confirmed, in one look: somebody may have replayed rejects between two batches. */
  confirmedInstant(sources: readonly StreamedSource[]): Promise<string>;
  /** Whether raw has rows of a batch that was begun. */
  landed(sources: readonly StreamedSource[], batch: CdcBatch): Promise<boolean>;
  /** Appends to the stage of a source; the first call of a batch empties it. `lines` as of stageLine. */
  stage(source: StreamedSource, lines: readonly string[]): Promise<void>;
  /** Staged changes into raw or the rejects; repeats harmlessly. */
  load(source: StreamedSource, batch: CdcBatch): Promise<{ loaded: number; rejected: number }>;
  /**
   * Judges rows again whose parent came after them, so that the order of arrival does not matter; how many were bad.
   * `since`: when the first of these parents came (ISO 8601 UTC), null when only those of a stream before may be left.
   */
  rejudge(source: StreamedSource, generation: string, since: string | null): Promise<number>;
  /** Writes down that raw has everything that these sources had at `at` (ISO 8601 UTC). */
  confirmFresh(sources: readonly StreamedSource[], generation: string, at: string): Promise<void>;
  /** The next call of stage begins a new batch. */
  clear(): void;
  /** Waits until statements of a process that was killed have ended: they would write beside us. */
  settle(sources: readonly StreamedSource[], signal: AbortSignal): Promise<void>;
}

/** Reading sources as a whole instead of their changes. */
export interface WholeSources {
  /** All rows of the sources as the snapshot shows them, deletions included; names of those that failed. */
  readAll(
    sources: readonly StreamedSource[],
    snapshot: string,
    context: { runId: string; signal: AbortSignal },
  ): Promise<{ failed: readonly RefusedSource[] }>;
  /** Compares all keys of a source with those of raw now, and deletes what is gone unless that is not believed. */
  sweep(source: StreamedSource, runId: string): Promise<void>;
  /** Streamed sources whose held deletions a person has released. */
  released(sources: readonly StreamedSource[]): Promise<StreamedSource[]>;
}

/** Calls `work` while no pipeline run executes; null when one did not end in time. */
export type BetweenRuns = <T>(
  wait: { waitMs: number; signal: AbortSignal },
  work: (lost: AbortSignal) => Promise<T>,
) => Promise<T | null>;

/** Calls `work` while this process is the only one that streams; null without calling it when another one is. */
export type OnlyStreamer = <T>(work: (lost: AbortSignal) => Promise<T>) => Promise<T | null>;
