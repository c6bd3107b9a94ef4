import type { GraphNode, GraphRelationship, MappedColumn, SyncDefinition } from '../../domain/definition.js';

/** Cypher expressions of a definition over the incoming `row`, the present node or relationship `e`, and the ends `a` and `b`. Pure. */

export function quote(name: string): string {
  return `\`${name}\``;
}

export function property(column: MappedColumn): string {
  return `e.${quote(column.target)}`;
}

/** A key as the pattern of its node: `{id: row.to.id}`. */
export function keyPattern(keys: readonly MappedColumn[]): string {
  return `{${keys.map((key) => `${quote(key.target)}: ${incoming(key)}`).join(', ')}}`;
}

export function incoming(column: MappedColumn): string {
  return native(column, `row.to.${quote(column.target)}`);
}

/** toFloat keeps 1.0 a float, datetime and date make native values, alike on both engines; null stays null. */
export function native({ type }: MappedColumn, value: string): string {
  if (type === 'float') return `toFloat(${value})`;
  if (type === 'instant') return `datetime(${value})`;
  if (type === 'date') return `date(${value})`;
  return value;
}

/** What a write would do to the present `e`, by `there` where it may be new. */
export function upsertAction({
  mode,
  target,
  columns,
}: SyncDefinition & { target: GraphNode | GraphRelationship }): string {
  if (mode === 'insert') return `CASE WHEN there THEN 'unchanged' ELSE 'insert' END`;
  const labels = target.shape === 'node' ? target.labels : [];
  const differs = [
    ...columns.filter((column) => column.compared).map(differsFrom),
    ...labels.map((label) => `NOT e:${quote(label)}`),
  ].join('\n  OR ');
  const existing = target.shape === 'node' && target.existing;
  if (existing)
    return `CASE WHEN NOT (${differs}) THEN 'unchanged' WHEN ${ours(target, columns)} THEN 'update' ELSE 'insert' END`;
  if (mode === 'update') return `CASE WHEN ${differs} THEN 'update' ELSE 'unchanged' END`;
  return `CASE WHEN NOT there THEN 'insert' WHEN ${differs} THEN 'update' ELSE 'unchanged' END`;
}

/** Whether a matched `e` carries anything of ours: on a node of the product a mapped property or a label, else always. */
export function ours(target: GraphNode | GraphRelationship, columns: readonly MappedColumn[]): string {
  if (target.shape === 'relationship' || !target.existing) return 'true';
  return [
    ...columns.filter((column) => !column.key).map((column) => `${property(column)} IS NOT NULL`),
    ...target.labels.map((label) => `e:${quote(label)}`),
  ].join(' OR ');
}

export function assignments({
  target,
  columns,
}: SyncDefinition & { target: GraphNode | GraphRelationship }): string {
  const counter =
    target.shape === 'relationship' && target.counter !== undefined ? [countUp(target.counter)] : [];
  const labels = target.shape === 'node' ? target.labels : [];
  return [
    ...counter,
    ...columns.filter((column) => !column.key).map((column) => `${property(column)} = ${written(column)}`),
    ...labels.map((label) => `e:${quote(label)}`),
  ].join(', ');
}

export function removals({ labels }: GraphNode, columns: readonly MappedColumn[]): string {
  return [
    ...columns.filter((column) => !column.key).map(property),
    ...labels.map((label) => `e:${quote(label)}`),
  ].join(', ');
}

/** `<>` that holds for null too: unknown becomes "is either of them there", which is false only when both are null. */
export function differsFrom(column: MappedColumn): string {
  const value = written(column);
  return `coalesce(${property(column)} <> ${value}, ${property(column)} IS NOT NULL OR ${value} IS NOT NULL)`;
}

/** The value after a write, by the column's policies. */
function written(column: MappedColumn): string {
  const present = property(column);
  const value = incoming(column);
  if (column.write === 'overwrite') {
    if (column.nulls === 'send') return value;
    if (column.nulls === 'skip') return `coalesce(${value}, ${present})`;
    return `coalesce(${value}, CASE WHEN ${isEmpty(column)} THEN ${fallback(column)} ELSE ${present} END)`;
  }
  const filling = {
    send: value,
    skip: `coalesce(${value}, ${present})`,
    set_if_empty: `coalesce(${value}, ${fallback(column)})`,
  }[column.nulls];
  return `CASE WHEN ${isEmpty(column)} THEN ${filling} ELSE ${present} END`;
}

function isEmpty(column: MappedColumn): string {
  const present = property(column);
  return `${present} IS NULL OR ${present} = ''`;
}

/** The default is text of a person's file: it goes in as a parameter like any value. */
function fallback(column: MappedColumn): string {
  return native(column, `$defaults.${quote(column.target)}`);
}

function countUp(counter: string): string {
  const name = `e.${quote(counter)}`;
  return `${name} = coalesce(${name}, 0) + 1`;
}
