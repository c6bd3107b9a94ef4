import type { Readable } from 'node:stream';
import type { Model } from '../domain/model.js';
import type { SourceDefinition } from '../domain/source.js';

/** Bytes of one source as they come; every value is text, NULL is \N (TabSeparated) or as the file spells it (CSVWithNames). */
export interface SourceBytes {
  format: 'TabSeparated' | 'CSVWithNames';
  stream: Readable;
}

/** A source that can be read now. One adapter per kind of store. */
export interface ReadableSource {
  definition: SourceDefinition;
  /**
   * Hands the bytes of all rows at or past `cursor` (null: all rows) to `land` and resolves when `land` has.
   * Throws an AppError of class configuration when the source is missing or has another shape than declared.
   */
  read(cursor: string | null, land: (bytes: SourceBytes) => Promise<void>): Promise<void>;
}

/** All sources of a run, read from one snapshot; `bound` is the instant of that snapshot (ISO 8601 UTC). */
export interface SourceSnapshot {
  bound: string;
  sources: readonly ReadableSource[];
}

/** One extraction: which run, when its snapshot was taken (ISO 8601 UTC), and what its checks look up. */
export interface Extraction {
  runId: string;
  bound: string;
  stages: readonly string[];
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
  load(
    source: SourceDefinition,
    extraction: Extraction,
  ): Promise<{ staged: number; loaded: number; rejected: number }>;
  dropStage(source: SourceDefinition): Promise<void>;
}

/** A data test: a SELECT of the records (column `record`) that break a rule. */
export interface DataTest {
  name: string;
  severity: 'warn' | 'error';
  /** The model it looks at, or `all`. */
  model: string;
  rule: string;
  select: string;
}

/** Where models are built and tested. */
export interface ModelLayer {
  /** In build order. */
  readonly models: readonly Model[];
  readonly tests: readonly DataTest[];
  /** Builds and publishes one model atomically; rows written. */
  build(model: Model): Promise<number>;
  /** How many records of the models just built break the rule, and a few of them. */
  test(test: DataTest, built: readonly string[]): Promise<{ failures: number; sample: string[] }>;
  recordTests(rows: readonly object[]): Promise<void>;
}
