import { literal } from '../../../../src/kernel/sql-text.js';
import type { MappedColumn, ValueType } from '../../domain/definition.js';
import { columnExpression } from '../change-store/diff-sql.js';

/** ClickHouse expressions of the fingerprints that docs/syncs.md describes, over the model as `m` or a state row's key texts. Pure. */
const withoutZeros = (c: string): string =>
  `if(position(toString(${c}), '.') = 0, toString(${c}), replaceRegexpOne(toString(${c}), '[.]?0+$', ''))`;

const canonical: Record<ValueType, (c: string) => string> = {
  uuid: (c) => `lower(toString(${c}))`,
  text: (c) => `toString(${c})`,
  json: (c) => `toString(${c})`,
  integer: (c) => `toString(${c})`,
  decimal: withoutZeros,
  // The bytes of the double, most significant first; -0 is 0.
  float: (c) =>
    `leftPad(lower(hex(reinterpretAsUInt64(if(${c} = 0, toFloat64(0), toFloat64(${c}))))), 16, '0')`,
  boolean: (c) => `toString(${c})`,
  instant: (c) => `toString(toUnixTimestamp64Micro(${c}))`,
  date: (c) => `toString(${c})`,
};

/** The typed value of a key text that sync_state keeps. */
const parsed: Partial<Record<ValueType, (text: string) => string>> = {
  float: (text) => `toFloat64(${text})`,
  instant: (text) => `parseDateTime64BestEffort(${text}, 6, 'UTC')`,
};

/** Encoding of columns of the model. */
export function modelEncoding(columns: readonly MappedColumn[]): string {
  return encode(columns, (column) => `toNullable(${canonical[column.type](columnExpression(column))})`);
}

/** Encoding of the keys of a state row, which keeps them as texts. */
export function stateEncoding(keys: readonly MappedColumn[]): string {
  return encode(keys, ({ type }, index) => {
    const text = `record_key[${index + 1}]`;
    return `toNullable(${canonical[type](parsed[type]?.(text) ?? text)})`;
  });
}

function encode(
  columns: readonly MappedColumn[],
  textOf: (column: MappedColumn, index: number) => string,
): string {
  if (columns.length === 0) return `''`;
  const parts = columns.map((column, index) => {
    const text = textOf(column, index);
    return `${literal(`${column.target}=`)}, ifNull(concat(toString(length(${text})), ':', ${text}), 'null'), '\\n'`;
  });
  return `concat(${parts.join(', ')})`;
}
