import { z } from 'zod';
import type { Graph } from '../../../../src/platform/graph/graph.js';
import type { RowRange, StagedRows } from '../../application/ports.js';
import type { MappedColumn } from '../../domain/definition.js';
import { defaultValues, graphRows, presentText, type GraphRow } from './graph-values.js';
import { createsNodes, findEndsStatement, lookUpStatement, type GraphDefinition } from './statements.js';

const present = z.object({
  seq: z.number(),
  ours: z.boolean(),
  action: z.enum(['insert', 'update', 'unchanged']),
  present: z.array(z.unknown()),
  changes: z.array(z.boolean()),
});
type Present = z.infer<typeof present>;
const seqRow = z.object({ seq: z.number() });

/**
 * What a write of the range would do, without doing it: TabSeparated seq, action and the present texts that would change,
 * some rows at a time. A row that the graph cannot hold has the action `refused`.
 */
export async function* previewLines(
  graph: Graph,
  definition: GraphDefinition,
  staged: StagedRows,
  range: RowRange,
  batch: number,
): AsyncGenerator<string> {
  for (let from = range.from; from < range.to; from += batch) {
    const part = { ...range, from, to: Math.min(range.to, from + batch) };
    const { rows, refused } = graphRows(definition, await staged.rows(part));
    const params = { rows, defaults: defaultValues(definition) };
    const found = await graph.read(lookUpStatement(definition), params, present);
    const bySeq = new Map(found.map((one) => [one.seq, one]));
    const missing = rows.filter((row) => !bySeq.has(Number(row.seq)));
    const creatable = range.kind === 'upsert' ? await creatableRows(graph, definition, missing) : new Set();
    let lines = refused.map(({ seq }) => `${seq}\trefused\t\\N\n`).join('');
    for (const row of rows) {
      const seq = Number(row.seq);
      const one = bySeq.get(seq);
      if (one !== undefined) lines += line(seq, definition.columns, one, range.kind);
      else if (range.kind === 'delete') lines += `${seq}\tunchanged\t\\N\n`;
      else lines += `${seq}\t${creatable.has(seq) ? 'insert' : 'waiting'}\t\\N\n`;
    }
    yield lines;
  }
}

/** Rows that are not there and would be made. */
async function creatableRows(
  graph: Graph,
  definition: GraphDefinition,
  missing: readonly GraphRow[],
): Promise<Set<number>> {
  if (createsNodes(definition)) return new Set(missing.map((row) => Number(row.seq)));
  const statement = findEndsStatement(definition);
  if (statement === undefined || definition.mode === 'update' || missing.length === 0) return new Set();
  const found = await graph.read(statement, { rows: [...missing] }, seqRow);
  return new Set(found.map((row) => row.seq));
}

function line(seq: number, columns: readonly MappedColumn[], one: Present, kind: RowRange['kind']): string {
  const action = kind === 'upsert' ? one.action : one.ours ? 'delete' : 'unchanged';
  if (action === 'insert') return `${seq}\tinsert\t\\N\n`;
  const before = Object.fromEntries(
    columns.flatMap((column, index) => {
      const changes = action === 'delete' ? !column.key : action === 'update' && one.changes[index];
      return changes ? [[column.target, presentText(column, one.present[index])]] : [];
    }),
  );
  // JSON escapes tabs and line ends itself, so that only its backslashes are left to escape.
  return `${seq}\t${action}\t${JSON.stringify(before).replaceAll('\\', '\\\\')}\n`;
}
