import type { MappedColumn, PostgresTable, SyncDefinition, ValueType } from '../../domain/definition.js';

/**
 * SQL over a row of the target `t` and a staged row `s`. A write and its preview are both put together from these, so that
 * the one does what the other says. Pure; names come from a parsed definition, so quoting them is enough.
 */
export function quote(name: string): string {
  return `"${name}"`;
}

export function quoteTable({ table }: PostgresTable): string {
  return table.split('.').map(quote).join('.');
}

export function columnList(columns: readonly MappedColumn[]): string {
  return columns.map(({ target }) => quote(target)).join(', ');
}

export function sameKey({ keys }: SyncDefinition): string {
  return keys.map(({ target }) => `t.${quote(target)} = s.${quote(target)}`).join(' AND ');
}

/** Whether the row is in the sync's scope. Needs sync_scope where there is one. */
export function touchable({ scope }: SyncDefinition): string {
  if (scope.length === 0) return 'true';
  return scope
    .map(({ column }) => `t.${quote(column)} = (SELECT ${quote(column)} FROM sync_scope)`)
    .join(' AND ');
}

/** The value of a row that is not there yet. Needs sync_defaults where a column has a default. */
export function inserted(column: MappedColumn): string {
  const incoming = `s.${quote(column.target)}`;
  return column.nulls === 'set_if_empty' ? `COALESCE(${incoming}, ${fallback(column)})` : incoming;
}

/** The value that a row which is there would have after the write. Null and '' are empty. */
export function written(column: MappedColumn): string {
  const present = `t.${quote(column.target)}`;
  const incoming = `s.${quote(column.target)}`;
  const filled = `CASE WHEN ${present}::text <> '' THEN ${present} END`;
  const choices = [
    ...(column.write === 'fill_empty' ? [filled, incoming] : [incoming]),
    ...(column.nulls === 'skip' ? [present] : []),
    ...(column.nulls === 'set_if_empty' ? [filled, fallback(column)] : []),
  ];
  return choices.length === 1 ? incoming : `COALESCE(${choices.join(', ')})`;
}

function fallback({ target }: MappedColumn): string {
  return `(SELECT ${quote(target)} FROM sync_defaults)`;
}

/** json has no equality of its own, jsonb has. */
function changes(column: MappedColumn): string {
  const cast = column.type === 'json' ? '::jsonb' : '';
  return `t.${quote(column.target)}${cast} IS DISTINCT FROM (${written(column)})${cast}`;
}

export function differs({ columns }: SyncDefinition): string {
  return columns
    .filter(({ compared }) => compared)
    .map(changes)
    .join(' OR ');
}

const FINITE = (value: string, text: string): string =>
  `CASE WHEN isfinite(${value}) THEN ${text} ELSE ${value}::text END`;

/** Texts for people and JSON: an instant in ISO 8601 UTC with microseconds, decimals without trailing zeros. */
const texts: Partial<Record<ValueType, (value: string) => string>> = {
  uuid: (value) => `lower(${value}::text)`,
  decimal: (value) => `trim_scale(${value})::text`,
  instant: (value) => FINITE(value, `to_char(${value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`),
};

/** Canonical texts of fingerprints (docs/syncs.md). Adding 0 makes -0 the same as 0. */
const canonical: typeof texts = {
  ...texts,
  float: (value) => `encode(float8send(${value}::float8 + 0), 'hex')`,
  instant: (value) => FINITE(value, `(extract(epoch FROM ${value}) * 1000000)::bigint::text`),
};

const textOf = (forms: typeof texts, { target, type }: MappedColumn): string => {
  const value = `t.${quote(target)}`;
  return forms[type]?.(value) ?? `${value}::text`;
};

/** Object of the present texts by target name; only of columns that a write would change with `changed`. */
export function textsObject(columns: readonly MappedColumn[], changed = false): string {
  const rows = columns.map(
    (column) => `('${column.target}', ${textOf(texts, column)}, ${changed ? changes(column) : 'true'})`,
  );
  return `(SELECT COALESCE(jsonb_object_agg(v.name, v.present) FILTER (WHERE v.told), '{}') FROM (VALUES ${rows.join(', ')}) AS v(name, present, told))`;
}

export function textsArray(columns: readonly MappedColumn[]): string {
  return `to_json(ARRAY[${columns.map((column) => textOf(texts, column)).join(', ')}])`;
}

/** Encoding of columns that fingerprints are made of: name, octets and text of each, none looks like another. */
export function encoding(columns: readonly MappedColumn[]): string {
  if (columns.length === 0) return `''`;
  return columns
    .map((column) => {
      const text = textOf(canonical, column);
      return `'${column.target}=' || COALESCE(octet_length(${text})::text || ':' || ${text}, 'null') || E'\\n'`;
    })
    .join(' || ');
}
