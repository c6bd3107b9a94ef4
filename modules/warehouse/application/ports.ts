import type { Readable } from 'node:stream';
import type { BuildState, Position } from '../domain/build-state.js';
import type { DataTest, TestResult } from '../domain/data-test.js';
import type { Model } from '../domain/model.js';
import type { BuildPlan } from '../domain/plan-build.js';
import type { SourceDefinition } from '../domain/source.js';
import type { KeyComparison } from '../domain/sweep.js';

/** Bytes of one source as they come; every value is text, NULL is \N (TabSeparated) or as the file spells it (CSVWithNames). */
export interface SourceBytes {
  format: 'TabSeparated' | 'CSVWithNames';
  stream: Readable;
  /** What a TabSeparated line holds, in order; absent: the declared columns. CSVWithNames says it in its first line. */
  columns?: readonly string[];
}

/** A source that can be read now. One adapter per kind of store. */
export interface ReadableSource {
  definition: SourceDefinition;
  /**
   * Hands the bytes of all rows at or past `cursor` (null: all rows) to `land` and resolves when `land` has.
   * Throws an AppError of class configuration when the source is missing or has another shape than declared.
   */
  read(
    cursor: string | null,
    land: (bytes: SourceBytes) => Promise<void>,
    /** What a person should know of the source that is no error: columns that the contract does not have. */
    note?: (text: string) => void,
  ): Promise<void>;
  /** The keys of all rows, of the same snapshot; absent where a source is read whole anyway. */
  readKeys?: (land: (bytes: SourceBytes) => Promise<void>) => Promise<void>;
}

/**
 * All sources of a run, read from one snapshot. `bound`: the instant of that snapshot. `settled`: no transaction that was
 * still open then began before it; a cursor of timestamps goes no further. Both ISO 8601 UTC.
 */
export interface SourceSnapshot {
  bound: string;
  settled?: string;
  sources: readonly ReadableSource[];
}

/** One extraction: which run, when its snapshot was taken (see SourceSnapshot), and what its checks look up. */
export interface Extraction {
  runId: string;
  bound: string;
  settled?: string;
  stages: readonly string[];
}

export interface LoadOptions {
  /** The stage holds every row of the source: live keys that it lacks are deleted when this believes the comparison. */
  whole?: (found: KeyComparison) => boolean;
  /** false: the stage is a part of the source that says nothing about how far it was read. */
  movesCursor?: boolean;
  /** Parents that came from then on (ISO 8601 UTC) were not looked at yet; absent: since the last load of the source. */
  parentsSince?: string;
}
/** What a comparison of keys led to: rows marked as deleted, unless the comparison was not believed. */
export interface SweepCounts {
  deleted: number;
  compared: KeyComparison;
  believed: boolean;
}
/** What a load did; keys were compared only where all rows of the source were staged. */
export interface LoadCounts extends Partial<SweepCounts> {
  staged: number;
  loaded: number;
  rejected: number;
  deleted: number;
}

/** The raw layer: where bytes are staged, checked and kept. */
export interface RawLayer {
  /**
   * The last confirmed cursor of a source as text. Null before its first extraction, and when the rules that decide
   * whether a row is good have changed since (other stages, other checks): then all rows are read again, because one
   * that was rejected may be good now.
   */
  cursor(source: SourceDefinition, stages: readonly string[]): Promise<string | null>;
  emptyStage(source: SourceDefinition): Promise<void>;
  stage(source: SourceDefinition, bytes: SourceBytes, onLines: (lines: number) => void): Promise<void>;
  load(source: SourceDefinition, extraction: Extraction, options?: LoadOptions): Promise<LoadCounts>;
  /** Like the deletions of a load of the whole source, from a stage that holds its keys alone. */
  sweep(
    source: SourceDefinition,
    extraction: Extraction,
    believe: (found: KeyComparison) => boolean,
  ): Promise<SweepCounts>;
  dropStage(source: SourceDefinition): Promise<void>;
}

/** What the log of sweeps says of a source. */
export interface SweepState {
  /** When its keys were last compared (ISO 8601 UTC); null: never. */
  comparedAt: string | null;
  /** The deletions that wait for a person, or null. */
  held: KeyComparison | null;
  /** How many deletions a person let pass in the next comparison; null: nobody did. */
  released: number | null;
}

/** Deletions that were not believed. */
export interface HeldSweep extends KeyComparison {
  source: string;
  since: string;
}

/** Where comparisons of keys, what they held back and who released it are kept. */
export interface SweepLog {
  /** By source; one that was never compared is absent. */
  states(): Promise<ReadonlyMap<string, SweepState>>;
  record(
    source: string,
    at: { runId: string; bound: string },
    compared: KeyComparison,
    /** `released`: what a person had let pass, as far as it was known when it was judged. */
    verdict: { believed: boolean; released: number | null },
  ): Promise<void>;
  /** Deletions that wait for a person now. */
  held(): Promise<HeldSweep[]>;
}

/** Where the warehouse stands before a build. */
export interface Standing {
  /** Raw table to the ISO 8601 UTC instant up to which it was loaded; absent: never loaded. */
  raw: ReadonlyMap<string, string>;
  /** Model to what is published of it; `hash` is that of the definition in force; `expires`: old rows leave it by themselves. */
  published: ReadonlyMap<string, { state: BuildState | null; rows: number; expires: boolean; hash: string }>;
}

/** A model built beside its table, not published yet. */
export interface PreparedBuild {
  /** Rows that the table will have, and those written for it. */
  rows: number;
  written: number;
  /** False when the rows are those that are published already. */
  changed: boolean;
  /** True when nobody can tell which rows changed. */
  reset: boolean;
  /** SQL expressions of the rows under test, of the table as it will be, and in an increment the table of the changed keys. */
  thisTable: string;
  wholeTable: string;
  /** Positions that the build goes up to. */
  until: Record<string, Position>;
  changedTable?: string;
}

/** What a data test found, as it is kept; `tested_at` is the run's asOf. */
export interface TestRecord extends TestResult {
  run_id: string;
  tested_at: string;
}

/** Where models are built and tested. */
export interface ModelLayer {
  /** In build order. */
  readonly models: readonly Model[];
  /** Data tests by model. */
  readonly testsOf: ReadonlyMap<string, readonly DataTest[]>;
  standing(): Promise<Standing>;
  /** Builds a model beside its table. */
  prepare(
    model: Model,
    plan: Exclude<BuildPlan, { mode: 'unchanged' }>,
    state: BuildState | null,
    until: Record<string, Position>,
  ): Promise<PreparedBuild>;
  /** How many records of a prepared build break each rule, and a few of them. */
  test(
    tests: readonly DataTest[],
    prepared: PreparedBuild,
    asOf: string,
  ): Promise<{ failures: number; sample: string[] }[]>;
  /** Puts a prepared build and its state in the place of the published ones, in one step. */
  publish(model: Model, prepared: PreparedBuild, state: BuildState): Promise<void>;
  /** Drops what was prepared. */
  discard(model: Model): Promise<void>;
  /** Drops the kept changes that every reader has seen. */
  forgetConsumed(states: ReadonlyMap<string, BuildState | null>): Promise<void>;
  /** Keeps what the data tests found; safe to repeat. */
  recordTests(records: readonly TestRecord[]): Promise<void>;
}
