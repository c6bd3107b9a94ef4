import { z } from 'zod';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { Graph } from '../../../../src/platform/graph/graph.js';
import type { TargetProblem } from '../../application/ports.js';
import type { MappedColumn, ValueType } from '../../domain/definition.js';
import { columnValue } from './graph-values.js';
import { sampleStatement, type GraphDefinition } from './statements.js';

const showConstraints = readStatement(import.meta.url, './cypher/show_constraints.cypher');
/** More rows in one transaction cost more memory than they save time. */
const MOST_ROWS = 10_000;

// Neo4j lists labels and properties, the embedded engine has one label and the properties in one text.
const constraint = z.union([
  z
    .object({
      type: z.string(),
      entityType: z.literal('NODE'),
      labelsOrTypes: z.array(z.string()),
      properties: z.array(z.string()),
    })
    .transform(({ type, labelsOrTypes, properties }) => ({ type, label: labelsOrTypes[0], properties })),
  z
    .object({ type: z.string(), label: z.string(), properties: z.string() })
    .transform(({ type, label, properties }) => ({ type, label, properties: properties.split(', ') })),
  z.unknown().transform(() => undefined),
]);
const sample = z.object({ keys: z.array(z.unknown()) });

/**
 * The definition against the live graph. Nodes that we make need a unique constraint, or two writers make two of them;
 * on nodes of the product it is a warning, since each look-up then reads all of them.
 */
export async function checkGraph(graph: Graph, definition: GraphDefinition): Promise<TargetProblem[]> {
  const { target, keys, batchSize } = definition;
  const problems: TargetProblem[] = [];
  const names = target.shape === 'node' ? keys.map((key) => key.target) : [target.property];
  const isOwn = target.shape === 'node' && !target.existing;
  const place = `${target.label}(${names.join(', ')})`;
  const constraints = await graph.read(showConstraints, {}, constraint);
  const isUnique = constraints.some(
    (one) =>
      one !== undefined &&
      /UNIQUE|KEY/.test(one.type) &&
      one.label === target.label &&
      [...one.properties].sort().join() === [...names].sort().join(),
  );
  if (!isUnique)
    problems.push({
      code: 'no_unique_key',
      severity: isOwn ? 'error' : 'warning',
      message: `${place} has no unique constraint; add one, and an index, in migrations/neo4j.`,
    });
  const [node] = await graph.read(sampleStatement(definition), {}, sample);
  if (node === undefined && !isOwn)
    problems.push({
      code: 'missing_label',
      severity: 'warning',
      message: `The graph has no node with ${place}: every row will wait.`,
    });
  for (const [index, name] of names.entries()) {
    const type = keys[index]?.type ?? 'text';
    const value = node?.keys[index];
    if (value !== undefined && !isOf(type, value))
      problems.push({
        code: 'type_mismatch',
        severity: 'error',
        message: `${target.label}.${name} is declared ${type}, but the graph holds a ${typeof value}: no row would meet its node.`,
      });
  }
  for (const column of definition.columns)
    if (column.default !== undefined && !isHeld(column, column.default))
      problems.push({
        code: 'type_mismatch',
        severity: 'error',
        message: `The default of ${column.target} is no ${column.type} that a graph can hold.`,
      });
  if (batchSize !== undefined && batchSize > MOST_ROWS)
    problems.push({
      code: 'batch_too_large',
      severity: 'error',
      message: `A batch is one transaction of the graph and may have ${MOST_ROWS} rows; batch_size is ${batchSize}.`,
    });
  return problems;
}

function isHeld(column: MappedColumn, text: string): boolean {
  try {
    columnValue(column, text);
    return true;
  } catch {
    return false;
  }
}

const NUMBERS: readonly ValueType[] = ['integer', 'float'];

/** Whether a key of the graph can be equal to one of the type: instants and dates also arrive as text. */
function isOf(type: MappedColumn['type'], value: unknown): boolean {
  if (NUMBERS.includes(type)) return typeof value === 'number' || typeof value === 'bigint';
  return typeof value === (type === 'boolean' ? 'boolean' : 'string');
}
