import { identifier, literal } from '../../../../src/kernel/sql-text.js';
import type { MappedColumn, SyncDefinition, ValueSource, ValueType } from '../../domain/definition.js';

/**
 * ClickHouse expressions of a definition, over the model as `m`. Pure. Names come from a parsed definition, constants
 * and templates are its declarations; data is never part of them.
 */
export function diffExpressions({ columns, keys }: SyncDefinition) {
  return {
    values: columns.map((column) => `${columnExpression(column)} AS ${staged(column)}`).join(',\n    '),
    keyHash: hash(keys.map(encoded)),
    rowHash: hash(columns.filter((column) => column.compared).map(named)),
    recordKey: `[${keys.map((key) => `ifNull(${text(key)}, '')`).join(', ')}]`,
    keyMissing: keys.map((key) => `isNull(${columnExpression(key)})`).join(' OR '),
  };
}

/** Every mapped column of a staged row as text, by target name: what sync_changelog and a reject keep. */
export function stagedFields(columns: readonly MappedColumn[]): string {
  const fields = columns.flatMap((column) => [
    literal(column.target),
    `toNullable(toString(${staged(column)}))`,
  ]);
  return `CAST(map(${fields.join(', ')}) AS Map(LowCardinality(String), Nullable(String)))`;
}

/** Name of a mapped column in the change table. The prefix keeps a target name from hiding a column of the table. */
export function staged(column: MappedColumn): string {
  return identifier(`to_${column.target}`);
}

/** Postgres text holds no NUL and only valid UTF-8; what cannot be stored is replaced before it is compared. */
const storable = (c: string): string => `replaceAll(toValidUTF8(toString(${c})), '\\0', '\uFFFD')`;

const values: Record<ValueType, (c: string) => string> = {
  uuid: (c) => `toUUID(${c})`,
  text: storable,
  json: storable,
  integer: (c) => c,
  decimal: (c) => c,
  float: (c) => `toFloat64(${c})`,
  boolean: (c) => `toBool(${c})`,
  instant: (c) => `toDateTime64(${c}, 6, 'UTC')`,
  date: (c) => `toDate32(${c})`,
};

/** The typed value of a column, over the model as `m`. */
export function columnExpression({ source, type }: MappedColumn): string {
  const raw = sourceExpression(source, type);
  if (source.kind === 'constant' && type === 'integer') return `toInt64(${raw})`;
  return source.kind !== 'constant' && type === 'uuid' ? raw : values[type](raw);
}

function sourceExpression(source: ValueSource, type: ValueType): string {
  if (source.kind === 'end') {
    const [a, b] = source.of.map((column) => `m.${identifier(column)}`);
    // Numbers by size, everything else by its text, as the graph compares its properties.
    const ordered = type === 'integer' ? `${a} <= ${b}` : `toString(${a}) <= toString(${b})`;
    return source.pick === 'smaller' ? `if(${ordered}, ${a}, ${b})` : `if(${ordered}, ${b}, ${a})`;
  }
  if (source.kind === 'column') return `m.${identifier(source.column)}`;
  if (source.kind === 'constant') return literal(source.text);
  const parts = source.parts.map((part) =>
    'text' in part ? literal(part.text) : `ifNull(toString(m.${identifier(part.column)}), '')`,
  );
  return parts.length === 1 ? String(parts[0]) : `concat(${parts.join(', ')})`;
}

function text(column: MappedColumn): string {
  return `toString(${columnExpression(column)})`;
}

/** `length:text` of a value: the length keeps ('a', 'bc') apart from ('ab', 'c'), and `null` never looks like a text. */
function encoded(column: MappedColumn): string {
  return `ifNull(concat(toString(length(${text(column)})), ':', ${text(column)}), 'null'), '\\n'`;
}

/** With name and type: the same values under another mapping are another row. A key stays the same when its column is renamed. */
function named(column: MappedColumn): string {
  return `'${column.target}:${column.type}=', ${encoded(column)}`;
}

/** 128-bit SipHash. The order of a row's columns is the definition's (by target name), not the model's. */
function hash(parts: readonly string[]): string {
  return `reinterpretAsUInt128(sipHash128Reference(concat(${parts.join(', ')})))`;
}
