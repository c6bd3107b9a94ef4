import { AppError } from '../../../../src/kernel/errors.js';
import { graphInstant } from '../../../../src/platform/graph/graph.js';
import type { ChangedRow, Value, Written } from '../../application/ports.js';
import { plainText } from '../../domain/canonical-text.js';
import type { MappedColumn, SyncDefinition, ValueType } from '../../domain/definition.js';

/** A row as a statement takes it. */
export type GraphRow = {
  seq: bigint;
  to: Record<string, Value>;
};

const INSTANT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?Z?$/;
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/**
 * The rows that a graph can take, and those that it cannot: a null key would make a node of its own on one engine, a
 * number out of range or an invalid instant means something else on each. Pure. Of two rows of one pair the first counts.
 */
export function graphRows(
  { target, keys, columns }: SyncDefinition,
  rows: readonly ChangedRow[],
): { rows: GraphRow[]; refused: Written['refused'] } {
  const isPair = target.kind === 'graph' && target.shape === 'relationship';
  const pairs = new Set<string>();
  const answer: { rows: GraphRow[]; refused: Written['refused'] } = { rows: [], refused: [] };
  for (const { seq, op, values } of rows) {
    try {
      const to = Object.fromEntries(
        (op === 'delete' ? keys : columns).map((column) => [
          column.target,
          columnValue(column, values[column.target] ?? null),
        ]),
      );
      for (const key of keys)
        if (to[key.target] === null) throw rejected('null_key', `${key.target} is null`);
      if (isPair) {
        smallerFirst(to);
        const pair = JSON.stringify([plainText(to['from']), plainText(to['to'])]);
        if (pairs.has(pair)) throw rejected('duplicate_pair', 'another row has the same two ends');
        pairs.add(pair);
      }
      answer.rows.push({ seq: BigInt(seq), to });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      answer.refused.push({ seq, error });
    }
  }
  return answer;
}

/** A key's texts as values. Pure. @throws AppError rejected `graph_value_invalid` for a text that is none of the type. */
export function keyValues({ target, keys }: SyncDefinition, texts: readonly string[]): Record<string, Value> {
  const to = Object.fromEntries(
    keys.map((key, index) => [key.target, columnValue(key, texts[index] ?? null)]),
  );
  if (target.kind === 'graph' && target.shape === 'relationship') smallerFirst(to);
  return to;
}

/** The defaults of `set_if_empty`, as a parameter. Pure. @throws AppError rejected `graph_value_invalid`, which check tells before. */
export function defaultValues({ columns }: SyncDefinition): Record<string, Value> {
  return Object.fromEntries(
    columns.flatMap((column) =>
      column.default === undefined ? [] : [[column.target, columnValue(column, column.default)]],
    ),
  );
}

/** A value as a statement takes it. Pure. @throws AppError rejected `graph_value_invalid` for what the graph cannot hold. */
export function columnValue({ target, type }: MappedColumn, value: Value): Value {
  if (value === null) return null;
  const parsed = readers[type](value);
  if (parsed === undefined)
    throw rejected('graph_value_invalid', `${target} has no ${type} that a graph can hold`);
  return parsed;
}

/** A value that the graph gave, as a person reads it; an instant as ISO 8601 UTC with microseconds. Pure. */
export function presentText({ type }: MappedColumn, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (type === 'instant') return graphInstant.safeParse(value).data ?? plainText(value);
  return plainText(value);
}

/** Undefined: none of the type, or not to be held. The graph has no decimal: its exact text goes. */
const readers: Record<ValueType, (value: NonNullable<Value>) => Value | undefined> = {
  uuid: (value) => String(value).toLowerCase(),
  text: String,
  decimal: String,
  json: String,
  integer: (value) => {
    if (typeof value !== 'bigint' && !/^-?\d+$/.test(String(value))) return undefined;
    const integer = typeof value === 'bigint' ? value : BigInt(String(value));
    return integer >= INT64.min && integer <= INT64.max ? integer : undefined;
  },
  float: (value) => {
    const number = Number(value);
    return Number.isFinite(number) ? number : undefined;
  },
  boolean: (value) => ({ true: true, false: false })[String(value)],
  instant: (value) => {
    const [, day, time, fraction = ''] = INSTANT.exec(String(value)) ?? [];
    if (Number.isNaN(Date.parse(`${day}T${time}Z`))) return undefined;
    return `${day}T${time}.${fraction.padEnd(6, '0')}Z`;
  },
  date: (value) => (Number.isNaN(Date.parse(`${String(value)}T00:00:00Z`)) ? undefined : String(value)),
};

/** A pair has no direction of its own: the smaller end is its start, whichever way round the model names it. */
function smallerFirst(to: Record<string, Value>): void {
  const { from = null, to: end = null } = to;
  if (from === null || end === null || !isAfter(from, end)) return;
  to['from'] = end;
  to['to'] = from;
}

/** Numbers by size, texts by code point (which the order of UTF-8 is, and JavaScript's own is not). */
function isAfter(one: NonNullable<Value>, other: NonNullable<Value>): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return one > other;
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) > 0;
}

function rejected(code: string, problem: string): AppError {
  return new AppError({
    class: 'rejected',
    source: 'graph',
    code,
    message: `The row was left out: ${problem}.`,
  });
}
