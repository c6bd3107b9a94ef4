import { createHash } from 'node:crypto';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';

/** How a value is compared and sent: 64-bit integers and decimals stay exact, an instant has microseconds in UTC. */
export const valueTypes = [
  'uuid',
  'text',
  'integer',
  'decimal',
  'float',
  'boolean',
  'instant',
  'date',
  'json',
] as const;
export type ValueType = (typeof valueTypes)[number];

/** One mapped column. `source` is a column of the model, `target` a column or property of the target. */
export interface MappedColumn {
  source: string;
  target: string;
  type: ValueType;
  key: boolean;
  /** Part of the row hash and of the comparison with the target. Keys and ignored columns are not. */
  compared: boolean;
}

export interface PostgresTable {
  kind: 'postgres';
  table: string;
}
/** Properties of a node. `existing`: the node is the product's, only our properties come and go. */
export interface GraphNode {
  kind: 'graph';
  shape: 'node';
  label: string;
  existing: boolean;
}
/** A relationship between two existing nodes, from the smaller key to the larger. `counter` counts changes of the others. */
export interface GraphRelationship {
  kind: 'graph';
  shape: 'relationship';
  type: string;
  label: string;
  property: string;
  counter?: string;
}
export type TargetDescription = PostgresTable | GraphNode | GraphRelationship;

/** A parsed sync definition. Every name in it is safe to quote as an identifier. */
export interface SyncDefinition {
  name: string;
  /** ClickHouse table with one row a key. */
  model: string;
  /** `mirror` deletes what left the model (only what this sync confirmed before); `upsert` never deletes. */
  mode: 'upsert' | 'mirror';
  target: TargetDescription;
  /** Sorted by target name, so that the order in the file changes nothing. */
  columns: MappedColumn[];
  /** The key columns, in the order declared. */
  keys: MappedColumn[];
  /** Hash of key, target, columns and types: a row confirmed under another mapping is sent again. */
  mappingHash: string;
}

const sourceName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be a lower-case snake_case name');
const targetName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'must be a plain name');

const targetSchema = z.union(
  [
    z.strictObject({
      kind: z.literal('postgres'),
      table: z.string().regex(/^insights\.[a-z][a-z0-9_]{0,62}$/, 'must be a table of schema insights'),
    }),
    z.strictObject({
      kind: z.literal('graph'),
      node: z.strictObject({ label: targetName, existing: z.boolean() }),
    }),
    z.strictObject({
      kind: z.literal('graph'),
      relationship: z.strictObject({
        type: targetName,
        label: targetName,
        property: targetName,
        counter: targetName.optional(),
      }),
    }),
  ],
  {
    error:
      'must be {kind: postgres, table}, {kind: graph, node: {label, existing}} or {kind: graph, relationship: {type, label, property, counter?}}',
  },
);

const fileSchema = z.strictObject({
  name: sourceName,
  model: z.string().regex(/^insight_[a-z0-9_]{1,56}$/, 'must be an insight_* table'),
  mode: z.enum(['upsert', 'mirror']),
  key: z.array(sourceName).min(1),
  target: targetSchema,
  mapping: z.record(sourceName, z.strictObject({ to: targetName.optional(), type: z.enum(valueTypes) })),
  ignore: z.array(targetName).default([]),
});

/**
 * One definition file, parsed and checked. Pure.
 * @throws AppError configuration `invalid_sync_definition`, naming the file and the key to mend.
 */
export function parseSyncDefinition(text: string, file: string): SyncDefinition {
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (error) {
    throw invalid(file, 'the file', error instanceof Error ? error.message : String(error));
  }
  const parsed = fileSchema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path =
      issue === undefined ? [] : [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys : [])];
    throw invalid(file, path.length === 0 ? 'the file' : path.join('.'), issue?.message ?? 'does not parse');
  }
  const { name, model, mode, key, mapping, ignore } = parsed.data;
  const target = describeTarget(parsed.data.target);
  const columns = Object.entries(mapping)
    .map(([source, { to, type }]) => {
      const isKey = key.includes(source);
      const column = to ?? source;
      return { source, target: column, type, key: isKey, compared: !isKey && !ignore.includes(column) };
    })
    .sort((a, b) => (a.target < b.target ? -1 : 1));
  const keys = key.map((source) => {
    const column = columns.find((candidate) => candidate.source === source);
    if (column === undefined) throw invalid(file, 'key', `column ${source} is not mapped`);
    return column;
  });
  const definition = { name, model, mode, target, columns, keys };
  for (const [field, problem] of contradictions(definition, ignore)) throw invalid(file, field, problem);
  return { ...definition, mappingHash: hashMapping(definition) };
}

function describeTarget(target: z.infer<typeof targetSchema>): TargetDescription {
  if (target.kind === 'postgres') return target;
  if ('node' in target) return { kind: 'graph', shape: 'node', ...target.node };
  return { kind: 'graph', shape: 'relationship', ...target.relationship };
}

type Unhashed = Omit<SyncDefinition, 'mappingHash'>;

function* contradictions(
  { columns, keys, mode, target }: Unhashed,
  ignore: string[],
): Generator<[field: string, problem: string]> {
  const targets = columns.map((column) => column.target);
  const twice = targets.find((column, index) => targets.indexOf(column) !== index);
  if (twice !== undefined) yield ['mapping', `two columns go to ${twice}`];
  if (new Set(keys).size !== keys.length) yield ['key', 'a column is listed twice'];
  const unknown = ignore.find((column) => !targets.includes(column));
  if (unknown !== undefined) yield ['ignore', `${unknown} is not a target of the mapping`];
  if (keys.some((column) => ignore.includes(column.target)))
    yield ['ignore', 'a key column cannot be ignored'];
  if (!columns.some((column) => column.compared))
    yield ['mapping', 'at least one column beside the key and the ignored ones is needed'];
  if (target.kind === 'postgres') return;
  if (target.shape === 'relationship') {
    if (keys.map((column) => column.target).join() !== 'from,to')
      yield ['key', 'a relationship has two key columns, mapped to `from` and `to`'];
    if (keys[0]?.type !== keys[1]?.type) yield ['key', 'both ends of a relationship have one type'];
    if (target.counter !== undefined && targets.includes(target.counter))
      yield ['target.relationship.counter', 'is also mapped'];
    return;
  }
  const foreign = columns.find((column) => !column.key && !column.target.startsWith('insight'));
  // On a node of the product this service owns the properties that begin with `insight`, and no other.
  if (target.existing && foreign !== undefined)
    yield [`mapping.${foreign.source}.to`, 'a property on an existing node begins with insight'];
  if (!target.existing && mode === 'mirror')
    yield ['mode', 'nodes that a sync creates are never deleted: use upsert'];
}

function hashMapping({ target, columns, keys }: Unhashed): string {
  const text = JSON.stringify([target, keys.map((column) => column.source), columns]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function invalid(file: string, key: string, problem: string): AppError {
  return new AppError({
    class: 'configuration',
    source: 'sync',
    code: 'invalid_sync_definition',
    message: `Sync definition ${file}, ${key}: ${problem}.`,
  });
}
