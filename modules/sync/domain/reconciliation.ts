import { fingerprintColumns, type MappedColumn, type SyncDefinition } from './definition.js';

/** Rows and sum of fingerprints of one bucket; `sum` is the decimal text of an integer. */
interface Bucket {
  bucket: number;
  rows: number;
  sum: string;
}

/**
 * What a row of model or target is:
 * - `missing`: confirmed, in the model as it was then, and not in the target
 * - `edited`: confirmed and unchanged in the model, but somebody else changed the target
 * - `pending`: the model moved since the last run (or the row was never confirmed); the next run sends it
 * - `leftover`: not in the model, in the target because this sync wrote it; `foreign`: there because of somebody else
 * - `refused`: several rows of the model have its key, so none is sent
 */
export const rowVerdicts = [
  'equal',
  'missing',
  'edited',
  'pending',
  'leftover',
  'foreign',
  'refused',
] as const;
export type RowVerdict = (typeof rowVerdicts)[number];

/** Rows of one verdict, with the keys of the first of them. */
export interface ComparedRows {
  rows: number;
  /** Texts in the order of the definition's keys. */
  keys: string[][];
}

export interface Reconciliation {
  sync: string;
  buckets: { compared: number; differing: number };
  /** Rows of the model, and of the target within the scope. */
  modelRows: number;
  targetRows: number;
  missing: ComparedRows;
  edited: ComparedRows;
  pending: ComparedRows;
  leftover: ComparedRows;
  foreign: ComparedRows;
  refused: ComparedRows;
  notCompared: {
    column: string;
    reason: 'ignored' | 'json' | 'null_policy' | 'write_policy' | 'insert_only';
  }[];
}

/** About a thousand rows a bucket: few sums to exchange, and little to read where two differ. Pure. */
export function bucketCount(rows: number): number {
  return Math.min(65_536, Math.max(16, Math.ceil(rows / 1000)));
}

/** Buckets whose rows or sums differ, ascending; one that a side does not name is empty there. Pure. */
export function differingBuckets(model: readonly Bucket[], target: readonly Bucket[]): number[] {
  const text = ({ rows, sum }: Bucket): string => `${rows} ${sum}`;
  const there = new Map(target.map((one) => [one.bucket, text(one)]));
  const here = new Map(model.map((one) => [one.bucket, text(one)]));
  return [...new Set([...here.keys(), ...there.keys()])]
    .filter((bucket) => here.get(bucket) !== there.get(bucket))
    .sort((a, b) => a - b);
}

/** Columns that are held against the target. A sync that only inserts answers for keys alone. Pure. */
export function comparedColumns(definition: SyncDefinition): MappedColumn[] {
  return definition.mode === 'insert' ? [] : fingerprintColumns(definition);
}

/** The other columns, each with the reason why it can differ without anything being wrong. Pure. */
export function notCompared(definition: SyncDefinition): Reconciliation['notCompared'] {
  const compared = comparedColumns(definition);
  return definition.columns
    .filter((column) => !column.key && !compared.includes(column))
    .map((column) => ({ column: column.target, reason: reasonOf(column) }));
}

function reasonOf({
  compared,
  type,
  nulls,
  write,
}: MappedColumn): Reconciliation['notCompared'][number]['reason'] {
  if (!compared) return 'ignored';
  if (type === 'json') return 'json';
  if (nulls !== 'send') return 'null_policy';
  return write === 'overwrite' ? 'insert_only' : 'write_policy';
}

/** Whether the target holds all that was confirmed, and nothing of this sync's that the model has no longer. Pure. */
export function isReconciled({ missing, edited, leftover }: Reconciliation): boolean {
  return missing.rows === 0 && edited.rows === 0 && leftover.rows === 0;
}

/** Keys that one repair sends at most. */
const MOST_REPAIRED = 5_000;

/** Keys that a run has to send again to repair the target, as many as were asked for. Pure. */
export function repairKeys({ missing, edited }: Reconciliation): string[][] {
  return [...missing.keys, ...edited.keys].slice(0, MOST_REPAIRED);
}

const lines: [Exclude<RowVerdict, 'equal'>, string][] = [
  ['missing', 'confirmed, and gone from the target'],
  ['edited', 'changed in the target by somebody else'],
  ['leftover', 'written by this sync, and no longer in the model'],
  ['foreign', 'in the target because of somebody else (left alone)'],
  ['pending', 'changed in the model since the last run, the next one sends them'],
  ['refused', 'keys that several rows of the model have'],
];

/** A report for people: a line for each verdict that occurs, with its first keys. Pure. */
export function reconciliationText(result: Reconciliation): string {
  const { sync, buckets, modelRows, targetRows } = result;
  const found = lines.flatMap(([verdict, meaning]) => {
    const { rows, keys } = result[verdict];
    if (rows === 0) return [];
    const examples = keys.length === 0 ? '' : `, such as ${keys.map((key) => key.join(', ')).join(' | ')}`;
    return [`${verdict}: ${rows} ${meaning}${examples}`];
  });
  const columns = result.notCompared.map(({ column, reason }) => `${column} (${reason})`);
  return [
    `${sync}: ${isReconciled(result) ? 'the target holds what was confirmed' : 'the target differs from what was confirmed'}`,
    `${modelRows} rows in the model, ${targetRows} in the target; ${buckets.differing} of ${buckets.compared} buckets differ`,
    ...found,
    ...(columns.length === 0 ? [] : [`not compared: ${columns.join(', ')}`]),
  ].join('\n');
}
