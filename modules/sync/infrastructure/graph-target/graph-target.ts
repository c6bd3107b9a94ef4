import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import type { Graph } from '../../../../src/platform/graph/graph.js';
import type { Applied, ChangedRow, StagedChanges, SyncTarget, Value } from '../../application/ports.js';
import type { SyncDefinition } from '../../domain/definition.js';
import { type GraphStatements, renderStatements } from './statements.js';

const BATCH = 1000;
const answer = z.object({ keyHash: z.string(), written: z.boolean() });

/**
 * Properties and relationships of the graph, in batches. A batch is one statement and one transaction; a sync that fails
 * between batches confirms nothing, and its next run finds the written rows equal.
 */
export class GraphTarget implements SyncTarget {
  constructor(private readonly graph: Graph) {}

  /** A row whose node does not exist is held: it goes out in the first run that finds the node. */
  async apply(definition: SyncDefinition, changes: StagedChanges): Promise<Applied> {
    const statements = renderStatements(definition);
    const applied: Applied = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, held: 0, heldReason: '' };
    for await (const batch of changes.upsertBatches(BATCH)) {
      const answered = await this.send(statements.upsert, batch, statements);
      const missing = batch.filter((row) => !answered.has(row.keyHash)).map((row) => row.keyHash);
      if (missing.length > 0) {
        await changes.hold(missing, 'missing_node');
        applied.held += missing.length;
        applied.heldReason = 'missing_node';
      }
      for (const row of batch) {
        const written = answered.get(row.keyHash);
        if (written === undefined) continue;
        if (!written) applied.unchanged += 1;
        else if (row.op === 'insert') applied.inserted += 1;
        else applied.updated += 1;
      }
    }
    for await (const batch of changes.deleteBatches(BATCH)) {
      if (statements.remove === undefined) throw neverDeletes(definition);
      // What is not there any more is as gone as we want it.
      const answered = await this.send(statements.remove, batch, statements);
      const removed = batch.filter((row) => answered.get(row.keyHash) === true).length;
      applied.deleted += removed;
      applied.unchanged += batch.length - removed;
    }
    return applied;
  }

  private async send(
    statement: string,
    batch: readonly ChangedRow[],
    { pair }: GraphStatements,
  ): Promise<Map<string, boolean>> {
    const rows = batch.map(({ keyHash, values }) => ({ keyHash, to: pair ? smallerFirst(values) : values }));
    const answers = await this.graph.write(statement, { rows }, answer);
    return new Map(answers.map(({ keyHash, written }) => [keyHash, written]));
  }
}

/** A pair has no direction of its own: the smaller id is its start, whichever way round the model names it. */
function smallerFirst(values: Record<string, Value>): Record<string, Value> {
  const { from = null, to = null, ...rest } = values;
  const swap = from !== null && to !== null && from > to;
  return { ...rest, from: swap ? to : from, to: swap ? from : to };
}

function neverDeletes(definition: SyncDefinition): AppError {
  return new AppError({
    class: 'bug',
    source: 'sync',
    code: 'delete_refused',
    message: `Sync ${definition.name} creates nodes and never deletes them.`,
  });
}
