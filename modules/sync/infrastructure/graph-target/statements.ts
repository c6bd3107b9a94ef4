import { AppError } from '../../../../src/kernel/errors.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { GraphNode, GraphRelationship, MappedColumn, SyncDefinition } from '../../domain/definition.js';
import { fill } from '../fill.js';
import {
  assignments,
  differsFrom,
  incoming,
  keyPattern,
  native,
  ours,
  property,
  quote,
  removals,
  upsertAction,
} from './expressions.js';

const read = (name: string): string => readStatement(import.meta.url, `./cypher/${name}.cypher`);
const cypher = {
  writeFenced: read('write_fenced'),
  matchNode: read('match_node'),
  mergeNode: read('merge_node'),
  matchRelationship: read('match_relationship'),
  mergeRelationship: read('merge_relationship'),
  removeProperties: read('remove_properties'),
  deleteRelationship: read('delete_relationship'),
  lookUpNodes: read('look_up_nodes'),
  lookUpRelationships: read('look_up_relationships'),
  findEnds: read('find_ends'),
  pageNodes: read('page_nodes'),
  pageRelationships: read('page_relationships'),
  sampleNode: read('sample_node'),
};

export type GraphDefinition = SyncDefinition & { target: GraphNode | GraphRelationship };

/** @throws AppError bug `wrong_target` */
export function graphDefinition(definition: SyncDefinition): GraphDefinition {
  const { target } = definition;
  if (target.kind === 'graph') return { ...definition, target };
  throw new AppError({
    class: 'bug',
    source: 'sync',
    code: 'wrong_target',
    message: `Sync ${definition.name} does not go to the graph.`,
  });
}

/** Writes rows, under the fence, in the Cypher that Neo4j and the embedded graph share. Pure. */
export function upsertStatement(definition: GraphDefinition): string {
  const { target, mode } = definition;
  const change = { action: upsertAction(definition), assignments: assignments(definition) };
  if (target.shape === 'relationship') {
    const statement = mode === 'update' ? cypher.matchRelationship : cypher.mergeRelationship;
    return fenced(fill(statement, { ...relationship(definition), ...change }));
  }
  const statement = createsNodes(definition) ? cypher.mergeNode : cypher.matchNode;
  return fenced(fill(statement, { ...node(definition), ...change }));
}

/** Takes away what is ours, under the fence; undefined where the sync never deletes. Pure. */
export function removeStatement(definition: GraphDefinition): string | undefined {
  const { target, columns } = definition;
  if (target.shape === 'relationship')
    return fenced(fill(cypher.deleteRelationship, relationship(definition)));
  if (!target.existing) return undefined;
  const change = { ours: ours(target, columns), removals: removals(target, columns) };
  return fenced(fill(cypher.removeProperties, { ...node(definition), ...change }));
}

/** Present values of all mapped columns, in their order, and what a write would change. Pure. */
export function lookUpStatement(definition: GraphDefinition): string {
  const { target, columns } = definition;
  const values = {
    ours: ours(target, columns),
    action: upsertAction(definition),
    present: columns.map((column) => present(target, column)).join(', '),
    changes: columns.map((column) => (column.key ? 'false' : differsFrom(column))).join(', '),
  };
  return target.shape === 'relationship'
    ? fill(cypher.lookUpRelationships, { ...relationship(definition), ...values })
    : fill(cypher.lookUpNodes, { ...node(definition), ...values });
}

/** Rows whose two nodes exist; undefined where rows are nodes. Pure. */
export function findEndsStatement(definition: GraphDefinition): string | undefined {
  if (definition.target.shape === 'node') return undefined;
  const { label, property: name, from, to } = relationship(definition);
  return fill(cypher.findEnds, { label, property: name, from, to });
}

/** One page of our rows, key texts and the values of `columns`; the page after the keys `$after0`, `$after1` ..., or the first. Pure. */
export function pageStatement(
  definition: GraphDefinition,
  columns: readonly MappedColumn[],
  isFirst: boolean,
): string {
  const { target, keys } = definition;
  const places = keys.map((key) => present(target, key));
  const page = {
    label: quote(target.label),
    after: isFirst ? places.map((place) => `${place} IS NOT NULL`).join(' AND ') : afterKeys(keys, places),
    keys: places.join(', '),
    values: columns.map(property).join(', '),
    order: places.join(', '),
  };
  return target.shape === 'relationship'
    ? fill(cypher.pageRelationships, { ...page, type: quote(target.type) })
    : fill(cypher.pageNodes, { ...page, ours: ours(target, definition.columns) });
}

/** One node that rows can meet: of a relationship one that can be an end. Pure. */
export function sampleStatement({ target, keys }: GraphDefinition): string {
  const names = target.shape === 'node' ? keys.map((key) => key.target) : [target.property];
  const places = names.map((name) => `e.${quote(name)}`);
  return fill(cypher.sampleNode, {
    label: quote(target.label),
    keys: places.join(', '),
    present: places.map((place) => `${place} IS NOT NULL`).join(' AND '),
  });
}

/** Whether an upsert makes nodes that are not there. Pure. */
export function createsNodes({ target, mode }: GraphDefinition): boolean {
  return target.shape === 'node' && !target.existing && mode !== 'update';
}

function fenced(changes: string): string {
  return fill(cypher.writeFenced, { changes });
}

function node({ target, keys }: GraphDefinition): Record<'label' | 'key', string> {
  return { label: quote(target.label), key: keyPattern(keys) };
}

function relationship({ target, keys }: GraphDefinition) {
  const [from = '', to = ''] = keys.map(incoming);
  const { type, property: name } = target.shape === 'relationship' ? target : { type: '', property: '' };
  return { label: quote(target.label), property: quote(name), type: quote(type), from, to };
}

/** Where the graph keeps a mapped column: the keys of a relationship are on its ends. */
function present(target: GraphNode | GraphRelationship, column: MappedColumn): string {
  if (target.shape === 'node' || !column.key) return property(column);
  return `${column.target === 'from' ? 'a' : 'b'}.${quote(target.property)}`;
}

/** Keys after the last ones seen, the first key bounded alone so that its index serves the page. */
function afterKeys(keys: readonly MappedColumn[], places: readonly string[]): string {
  const last = keys.map((key, index) => native(key, `$after${index}`));
  const alternatives = places.map((place, index) =>
    [...places.slice(0, index).map((same, of) => `${same} = ${last[of]}`), `${place} > ${last[index]}`].join(
      ' AND ',
    ),
  );
  return `${places[0]} >= ${last[0]} AND (${alternatives.join(' OR ')})`;
}
