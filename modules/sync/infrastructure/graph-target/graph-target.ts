import { Readable } from 'node:stream';
import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import type { Graph } from '../../../../src/platform/graph/graph.js';
import type {
  BucketSum,
  Fence,
  RowRange,
  StagedRows,
  SyncTarget,
  TargetProblem,
  Written,
} from '../../application/ports.js';
import type { MappedColumn, SyncDefinition } from '../../domain/definition.js';
import { checkGraph } from './check-graph.js';
import { bucketLines, sumBuckets } from './graph-fingerprints.js';
import { previewLines } from './graph-preview.js';
import { defaultValues, graphRows, keyValues, presentText } from './graph-values.js';
import {
  graphDefinition,
  lookUpStatement,
  removeStatement,
  upsertStatement,
  type GraphDefinition,
} from './statements.js';

const answer = z.object({
  answers: z.array(z.tuple([z.number(), z.enum(['insert', 'update', 'delete', 'unchanged'])])),
});
const found = z.object({ present: z.array(z.unknown()) });
const FIGURES = { insert: 'inserted', update: 'updated', delete: 'deleted', unchanged: 'unchanged' } as const;

/**
 * Nodes, properties, labels and relationships of a graph. A range is one statement and one transaction, which also
 * looks at the fence; Neo4j's driver repeats deadlocks by itself, the embedded engine has none.
 */
export class GraphTarget implements SyncTarget {
  readonly batchSize = 1000;

  constructor(private readonly graph: Graph) {}

  async check(definition: SyncDefinition): Promise<TargetProblem[]> {
    return checkGraph(this.graph, graphDefinition(definition));
  }

  /**
   * A row whose node does not exist waits: it goes out in the first run that finds the node.
   * @throws AppError transient `lease_lost` when a younger token has written, and whatever the graph throws
   */
  async write(
    given: SyncDefinition,
    staged: StagedRows,
    range: RowRange,
    fence: Fence,
    signal: AbortSignal,
  ): Promise<Written> {
    const definition = graphDefinition(given);
    const statement = range.kind === 'delete' ? removeStatement(definition) : upsertStatement(definition);
    if (statement === undefined) throw neverDeletes(definition);
    const { rows, refused } = graphRows(definition, await staged.rows(range));
    signal.throwIfAborted();
    const [written] = await this.graph.write(
      statement,
      { sync: fence.sync, token: BigInt(fence.token), rows, defaults: defaultValues(definition) },
      answer,
    );
    if (written === undefined) throw leaseLost(fence);
    // Where the product has two nodes with one key, a row is answered twice; it counts once.
    const actions = new Map(written.answers);
    const result: Written = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, waiting: [], refused };
    for (const row of rows) {
      const seq = Number(row.seq);
      // What is not there any more is as gone as we want it.
      const action = actions.get(seq) ?? (range.kind === 'delete' ? 'unchanged' : 'waiting');
      if (action === 'waiting') result.waiting.push({ seq, reason: waitingReason(definition) });
      else result[FIGURES[action]] += 1;
    }
    return result;
  }

  async preview(given: SyncDefinition, staged: StagedRows, range: RowRange): Promise<Readable> {
    const definition = graphDefinition(given);
    return Readable.from(previewLines(this.graph, definition, staged, range, this.batchSize));
  }

  async find(given: SyncDefinition, key: readonly string[]): Promise<Record<string, string | null> | null> {
    const definition = graphDefinition(given);
    const rows = [{ seq: 0n, to: keyValues(definition, key) }];
    const [row] = await this.graph.read(
      lookUpStatement(definition),
      { rows, defaults: defaultValues(definition) },
      found,
    );
    if (row === undefined) return null;
    return Object.fromEntries(
      definition.columns.map((column, index) => [column.target, presentText(column, row.present[index])]),
    );
  }

  async bucketSums(
    definition: SyncDefinition,
    columns: readonly MappedColumn[],
    buckets: number,
  ): Promise<BucketSum[]> {
    return sumBuckets(this.graph, graphDefinition(definition), columns, buckets);
  }

  async bucketRows(
    definition: SyncDefinition,
    columns: readonly MappedColumn[],
    buckets: number,
    wanted: readonly number[],
  ): Promise<Readable> {
    return Readable.from(bucketLines(this.graph, graphDefinition(definition), columns, buckets, wanted));
  }
}

function waitingReason(definition: GraphDefinition): string {
  const isMissingItself = definition.target.shape === 'relationship' && definition.mode === 'update';
  return isMissingItself ? 'missing_row' : 'missing_node';
}

function leaseLost({ sync }: Fence): AppError {
  return new AppError({
    class: 'transient',
    source: 'sync',
    code: 'lease_lost',
    message: `Another worker has written ${sync} since; nothing was written.`,
  });
}

function neverDeletes(definition: SyncDefinition): AppError {
  return new AppError({
    class: 'bug',
    source: 'sync',
    code: 'delete_refused',
    message: `Sync ${definition.name} creates nodes and never deletes them.`,
  });
}
