import type { MappedColumn, SyncDefinition, ValueType } from '../../domain/definition.js';

/**
 * ClickHouse expressions of a definition, for sql/diff.sql. Pure. Names come from a parsed definition, so quoting them
 * is enough.
 */
export function diffExpressions({ model, columns, keys }: SyncDefinition): Record<string, string> {
  return {
    model: quote(model),
    values: columns.map((column) => `${value(column)} AS ${staged(column)}`).join(',\n    '),
    key_hash: hash(keys),
    row_hash: hash(columns.filter((column) => column.compared)),
    record_key: `[${keys.map((key) => `ifNull(${text(key)}, '')`).join(', ')}]`,
    payload: `toJSONString(map(${columns.map((column) => `'${column.target}', toNullable(${text(column)})`).join(', ')}))`,
    key_missing: keys.map((key) => `isNull(${source(key)})`).join(' OR '),
  };
}

/** Name of a mapped column in the change table. The prefix keeps a target name from hiding a source column of that name. */
export function staged(column: MappedColumn): string {
  return quote(`to_${column.target}`);
}

export function quote(name: string): string {
  return `\`${name}\``;
}

function source(column: MappedColumn): string {
  return `m.${quote(column.source)}`;
}

/** Postgres text holds no NUL and only valid UTF-8; what cannot be stored is replaced before it is compared. */
const storable = (c: string): string => `replaceAll(toValidUTF8(toString(${c})), '\\0', '\uFFFD')`;

const values: Record<ValueType, (c: string) => string> = {
  uuid: (c) => c,
  text: storable,
  json: storable,
  integer: (c) => c,
  decimal: (c) => c,
  float: (c) => `toFloat64(${c})`,
  boolean: (c) => `toBool(${c})`,
  instant: (c) => `toDateTime64(${c}, 6, 'UTC')`,
  date: (c) => `toDate32(${c})`,
};

function value(column: MappedColumn): string {
  return values[column.type](source(column));
}

function text(column: MappedColumn): string {
  return `toString(${value(column)})`;
}

/**
 * 128-bit SipHash over `name:type=length:text` of each column: the length keeps ('a', 'bc') apart from ('ab', 'c'), and
 * `null` never looks like a text. The order is the definition's (by target name), not the model's.
 */
function hash(columns: readonly MappedColumn[]): string {
  const parts = columns.map((column) => {
    const encoded = `ifNull(concat(toString(length(${text(column)})), ':', ${text(column)}), 'null')`;
    return `'${column.target}:${column.type}=', ${encoded}, '\\n'`;
  });
  return `reinterpretAsUInt128(sipHash128Reference(concat(${parts.join(', ')})))`;
}
