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

/**
 * Where a value comes from: a column of the model, the same text in every row, text around columns (null is empty there), or
 * one end of a pair, which has no direction of its own: (a, b) and (b, a) are one key.
 */
export type ValueSource =
  | { kind: 'column'; column: string }
  | { kind: 'constant'; text: string }
  | { kind: 'end'; of: [string, string]; pick: 'smaller' | 'larger' }
  | { kind: 'template'; parts: ({ text: string } | { column: string })[] };

/** What a null of the model does: it is sent, it leaves the target's value alone, or the column's default fills an empty target. */
export type NullPolicy = 'send' | 'skip' | 'set_if_empty';
/** `fill_empty`: the target's value stays where there is one (null and '' are none). */
export type WritePolicy = 'overwrite' | 'fill_empty';

/** One mapped column; `target` is a column, property or field of the target. */
export interface MappedColumn {
  target: string;
  type: ValueType;
  source: ValueSource;
  key: boolean;
  /** Part of the row hash and of the comparison with the target. Keys and ignored columns are not. */
  compared: boolean;
  nulls: NullPolicy;
  /** Text of the value for `set_if_empty`. */
  default?: string;
  write: WritePolicy;
}

export interface PostgresTable {
  kind: 'postgres';
  /** `insights.<table>`, or a product table whose listed columns alone may be updated. */
  table: string;
  mayUpdate?: string[];
}
/** Properties of a node. `existing`: the node is the product's, only our properties and labels come and go. */
export interface GraphNode {
  kind: 'graph';
  shape: 'node';
  label: string;
  existing: boolean;
  /** Labels of ours that a written node carries; they begin with `Insight`. */
  labels: string[];
}
/** A relationship between two existing nodes, from the smaller key to the larger. `counter` counts changes of the others. */
export interface GraphRelationship {
  kind: 'graph';
  shape: 'relationship';
  type: string;
  label: string;
  property: string;
  counter?: string | undefined;
}
/** Signed HTTP requests, one for a batch of records. `secret` is the name of one of SYNC_WEBHOOK_SECRETS. */
export interface Webhook {
  kind: 'webhook';
  url: string;
  secret: string;
}
export type TargetDescription = PostgresTable | GraphNode | GraphRelationship | Webhook;
export type TargetKind = TargetDescription['kind'];

export type Trigger =
  { kind: 'after'; models: string[] } | { kind: 'cron'; cron: string; zone: string } | { kind: 'manual' };

/** `rows` and `share` (of the confirmed rows) each hold a run on their own; the share only above `at_least` rows. */
export interface GuardLimit {
  rows?: number | undefined;
  share?: number | undefined;
  at_least: number;
}
/** Beyond any limit the whole run is held, writes included. `empty`: what a model without rows does to a target with some. */
export interface Guard {
  creates?: GuardLimit | undefined;
  updates?: GuardLimit | undefined;
  deletes: GuardLimit;
  empty: 'hold' | 'allow';
}

/** A parsed sync definition. Every name in it is safe to quote as an identifier. */
export interface SyncDefinition {
  name: string;
  description: string;
  owner: string;
  tags: string[];
  /** A table of the warehouse with one row a key, or a SELECT that gives one. */
  source: { kind: 'model'; model: string } | { kind: 'sql'; sql: string };
  /** `upsert` never deletes, `update` creates nothing, `insert` changes nothing, `mirror` deletes what it sent and left the model. */
  mode: 'upsert' | 'update' | 'insert' | 'mirror';
  /** Only target rows with these values are this sync's; every row that it sends has them. Sorted by column. */
  scope: { column: string; value: string }[];
  target: TargetDescription;
  /** Sorted by target name, so that the order in the file changes nothing. */
  columns: MappedColumn[];
  /** The key columns, in the order declared. */
  keys: MappedColumn[];
  trigger: Trigger;
  guard: Guard;
  /** Rows of one write; undefined: as the target likes best. */
  batchSize?: number;
  /** One account shares its rate among all syncs and workers that name it; a unit is one request of the target. */
  rateLimit?: { account: string; perSecond: number };
  /** While another run of this sync is under way, a new one gives way or waits. */
  overlap: 'skip' | 'queue';
  /** Hash of key, target, columns and policies: a row confirmed under another mapping is sent again. */
  mappingHash: string;
}

/** Columns that a fingerprint of the target can be held against the model's: written as they are, with one text form. Pure. */
export function fingerprintColumns({ columns }: SyncDefinition): MappedColumn[] {
  return columns.filter(
    ({ compared, nulls, write, type }) =>
      compared && nulls === 'send' && write === 'overwrite' && type !== 'json',
  );
}
