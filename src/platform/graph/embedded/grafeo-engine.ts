import type { GrafeoDB, GrafeoValue, QueryResult } from '@grafeo-db/js';
import { AppError } from '../../../kernel/errors.js';
import { fromGrafeo } from '../graph-errors.js';
import type { GraphParams } from '../graph.js';
import { writeClause } from './write-clause.js';

const CHECKPOINT_WAL_BYTES = 64 * 1024 * 1024;

export interface EngineResult {
  columns: string[];
  length: number;
  /** Values of one row in the order of `columns`; converted only when asked, so that a big result is held once. */
  row(index: number): unknown[];
}

/**
 * The embedded engine: one file, locked by this process. A commit is in the write-ahead log before `write` resolves,
 * so a process killed at any moment loses nothing it acknowledged.
 */
export class GrafeoEngine {
  private writing: Promise<unknown> = Promise.resolve();

  private constructor(private readonly db: GrafeoDB) {}

  /** Opens or creates `file`. Throws what the engine throws when another process holds it. */
  static async open(file: string): Promise<GrafeoEngine> {
    const { default: grafeo } = await import('@grafeo-db/js');
    const db = grafeo.GrafeoDB.create(file);
    db.setCheckpointTriggers({ walBytes: CHECKPOINT_WAL_BYTES });
    return new GrafeoEngine(db);
  }

  /**
   * The engine has no read-only transaction. A schema change would survive the roll back, so write clauses are refused
   * before they run; what the list of clauses may miss changes data, shows in the counters and is rolled back.
   */
  async read(statement: string, params: GraphParams): Promise<EngineResult> {
    const clause = writeClause(statement);
    if (clause !== undefined) throw readOnly(clause);
    const transaction = this.db.beginTransaction();
    try {
      const result = await transaction.executeCypher(statement, params);
      if (Object.values(result.counters).some((count) => count > 0)) throw readOnly('a write');
      return engineResult(result);
    } catch (error) {
      throw fromGrafeo(error);
    } finally {
      transaction.rollback();
    }
  }

  /** One after another: two open writers of one node would end in a write conflict for the later one. */
  async write(statement: string, params: GraphParams): Promise<EngineResult> {
    const turn = this.writing.then(() => this.writeNow(statement, params));
    this.writing = turn.catch(() => undefined);
    return turn;
  }

  /** Call when no statement runs. Writes a checkpoint. */
  close(): void {
    this.db.close();
  }

  private async writeNow(statement: string, params: GraphParams): Promise<EngineResult> {
    const transaction = this.db.beginTransaction();
    try {
      const result = await transaction.executeCypher(statement, params);
      transaction.commit();
      return engineResult(result);
    } catch (error) {
      if (transaction.isActive) transaction.rollback();
      throw fromGrafeo(error);
    }
  }
}

function readOnly(what: string): AppError {
  return new AppError({
    class: 'rejected',
    source: 'graph',
    code: 'graph_read_only',
    message: `A read may not change the graph or load files; the statement contains ${what}.`,
  });
}

function engineResult(result: QueryResult): EngineResult {
  const columns = result.columns;
  return {
    columns,
    length: result.length,
    row: (index) => {
      const row = result.get(index);
      return columns.map((column) => plain(row[column] ?? null));
    },
  };
}

/** In the shape neo4j-values.ts gives: no internal ids, instants and bytes as text. */
function plain(value: GrafeoValue): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Float32Array) return [...value];
  const map = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  const { _id, _labels, _source, _target, ...rest } = map;
  if (typeof _id === 'number' && Array.isArray(_labels)) return { ...rest, _labels: [..._labels].sort() };
  if (typeof _source === 'number' && typeof _target === 'number') return rest;
  return map;
}
