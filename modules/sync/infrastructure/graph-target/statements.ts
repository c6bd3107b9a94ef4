import { AppError } from '../../../../src/kernel/errors.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { MappedColumn, SyncDefinition } from '../../domain/definition.js';
import { fill } from '../fill.js';

const cypher = {
  setExistingNode: readStatement(import.meta.url, './cypher/set_existing_node.cypher'),
  mergeNode: readStatement(import.meta.url, './cypher/merge_node.cypher'),
  mergeRelationship: readStatement(import.meta.url, './cypher/merge_relationship.cypher'),
  removeProperties: readStatement(import.meta.url, './cypher/remove_properties.cypher'),
  deleteRelationship: readStatement(import.meta.url, './cypher/delete_relationship.cypher'),
};

export interface GraphStatements {
  upsert: string;
  /** Undefined where the sync never deletes. */
  remove: string | undefined;
  /** The rows are pairs: `from` and `to` are ordered before they are sent. */
  pair: boolean;
}

/** The statements of a graph sync, in the Cypher that Neo4j and the embedded graph share. Pure but for reading its own files. */
export function renderStatements({ name, target, columns, keys }: SyncDefinition): GraphStatements {
  if (target.kind !== 'graph') {
    throw new AppError({
      class: 'bug',
      source: 'sync',
      code: 'wrong_target',
      message: `Sync ${name} does not go to the graph.`,
    });
  }
  const properties = columns.filter((column) => !column.key);
  const differs = properties
    .filter((column) => column.compared)
    .map(differsFromRow)
    .join('\n  OR ');
  const assignments = properties.map((column) => `e.${quote(column.target)} = ${incoming(column)}`);
  if (target.shape === 'relationship') {
    const ends = { label: quote(target.label), property: quote(target.property), type: quote(target.type) };
    const counted = target.counter === undefined ? [] : [countUp(target.counter)];
    return {
      upsert: fill(cypher.mergeRelationship, {
        ...ends,
        differs,
        assignments: [...counted, ...assignments].join(', '),
      }),
      remove: fill(cypher.deleteRelationship, ends),
      pair: true,
    };
  }
  const node = {
    label: quote(target.label),
    key: `{${keys.map((key) => `${quote(key.target)}: ${incoming(key)}`).join(', ')}}`,
  };
  const set = { ...node, differs, assignments: assignments.join(', ') };
  if (!target.existing) return { upsert: fill(cypher.mergeNode, set), remove: undefined, pair: false };
  const own = properties.map((column) => `e.${quote(column.target)}`);
  return {
    upsert: fill(cypher.setExistingNode, set),
    remove: fill(cypher.removeProperties, {
      ...node,
      present: own.map((property) => `${property} IS NOT NULL`).join(' OR '),
      properties: own.join(', '),
    }),
    pair: false,
  };
}

/** The incoming value. toFloat keeps 1.0 a float and datetime makes an instant native, on both engines; null stays null. */
function incoming(column: MappedColumn): string {
  const value = `row.to.${quote(column.target)}`;
  if (column.type === 'float') return `toFloat(${value})`;
  if (column.type === 'instant') return `datetime(${value})`;
  return value;
}

/** `<>` that holds for null too: unknown becomes "is either of them there", which is false only when both are null. */
function differsFromRow(column: MappedColumn): string {
  const current = `e.${quote(column.target)}`;
  return `coalesce(${current} <> ${incoming(column)}, ${current} IS NOT NULL OR ${incoming(column)} IS NOT NULL)`;
}

function countUp(counter: string): string {
  const property = `e.${quote(counter)}`;
  return `${property} = coalesce(${property}, 0) + 1`;
}

function quote(name: string): string {
  return `\`${name}\``;
}
