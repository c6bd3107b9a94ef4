import { identifier, literal } from '../../../src/kernel/sql-text.js';
import type { ColumnType, SourceCheck, SourceColumn, SourceDefinition } from '../domain/source.js';
import { canonicalDate, canonicalNumber, instantOf } from './text-style.js';

/** The instant of the load, parameter `extracted_at` (ISO 8601 UTC). */
export const EXTRACTED_AT = `parseDateTime64BestEffort({extracted_at: String}, 6, 'UTC')`;
/** Order of the versions of a key: what a row is now is its last. */
export const VERSION_ORDER = '(_version_at, _extracted_at)';
const NIL_UUID = `toUUID('00000000-0000-0000-0000-000000000000')`;

/**
 * What a staged row may say beside its columns: its operation and order in a batch, its file and line, and of a line that
 * is no row why not (code and reason) and its text.
 */
const STAGE_EXTRAS = ['_op', '_seq', '_file', '_line', '_fault_code', '_fault', '_text'] as const;
/** Whether the staged line is no row at all. */
const IS_FAULT = `ifNull(stage._fault_code, '') != ''`;

function decimalOf(type: ColumnType): { precision: number; scale: number } | undefined {
  const match = /^decimal\((\d+),(\d+)\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}

/**
 * The staged text of a column as its contract type; NULL when the text is no such value. ClickHouse's own parsers
 * accept too much ('2026-02-30' is 2 March, '1.2.3' is 1.23, 'NaN' is a float): each is held to what it read.
 */
export function parsed(column: SourceColumn): string {
  const text = styled(column, `assumeNotNull(stage.${identifier(column.name)})`);
  // An absent value is empty text to assumeNotNull, which none of the conditions accepts.
  const only = (condition: string, value: string): string => `if(${condition}, ${value}, NULL)`;
  // Servers differ in how far before 1900 and after 2299 their days reach.
  const sameDay = (day: string): string =>
    only(
      `toString(toDate32OrNull(${day})) = ${day} AND ${day} >= '1900' AND ${day} < '2300'`,
      `toDate32OrNull(${day})`,
    );
  const decimal = decimalOf(column.type);
  if (decimal) {
    const { scale } = decimal;
    // A finer scale is rounded half away from zero, as Postgres does; toDecimal64OrNull alone would cut.
    return `multiIf(match(${text}, '^-?[0-9]+([.][0-9]{1,${scale}})?$'), toDecimal64OrNull(${text}, ${scale}),
      match(${text}, '^[+-]?[0-9]*[.]?[0-9]+([eE][+-]?[0-9]{1,2})?$'), toDecimal64OrNull(toString(round(toDecimal128OrNull(${text}, 20), ${scale})), ${scale}), NULL)`;
  }
  switch (column.type) {
    case 'uuid':
      return `toUUIDOrNull(${text})`;
    case 'integer':
      return `toInt32OrNull(${text})`;
    case 'bigint':
      return `toInt64OrNull(${text})`;
    case 'timestamp':
      if (column.style) return instantOf(text, column.style);
      // Years 1900 to 2199: inside DateTime64, and before the open end of an SCD 2 interval.
      return only(
        `match(${text}, '^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}($|[ T]([01][0-9]|2[0-3]):[0-5][0-9])')`,
        `parseDateTime64BestEffortOrNull(${text}, 6, 'UTC')`,
      );
    case 'date':
      return sameDay(text);
    case 'month':
      return only(
        `match(${text}, '^[0-9]{4}-[0-9]{2}(-01)?$')`,
        sameDay(`concat(substring(${text}, 1, 7), '-01')`),
      );
    case 'boolean':
      return `multiIf(${text} IN ('t', 'true'), true, ${text} IN ('f', 'false'), false, NULL)`;
    case 'float':
      return only(`isFinite(toFloat64OrNull(${text}))`, `toFloat64OrNull(${text})`);
    default:
      return `stage.${identifier(column.name)}`;
  }
}

/** The text of a column as the contract writes it. */
function styled({ type, style }: SourceColumn, text: string): string {
  if (type === 'date' || type === 'month') return style?.format ? canonicalDate(text, style.format) : text;
  const isNumber = type === 'integer' || type === 'bigint' || type === 'float' || decimalOf(type);
  return isNumber && style ? canonicalNumber(text, style) : text;
}

/** The styles in which the texts are read: the same text under another style is another row. */
function styles({ columns }: SourceDefinition): string[] {
  const declared = columns.filter(({ style }) => style).map(({ name, style }) => [name, style]);
  return declared.length > 0 ? [literal(JSON.stringify(declared))] : [];
}

/** The column of that name; throws when the declaration names one that it does not have. */
export function columnOf(source: SourceDefinition, name: string): SourceColumn {
  const column = source.columns.find((candidate) => candidate.name === name);
  if (!column) throw new Error(`source ${source.name} has no column ${name}`);
  return column;
}

/** The key columns of a staged row, parsed, in key order. */
export const parsedKey = (source: SourceDefinition): string =>
  source.key.map((name) => parsed(columnOf(source, name))).join(', ');

/**
 * The key of a record as text: its parts joined with |. A part's own | and \ are escaped and NULL is \N, so that no two
 * keys have one text. `text` gives a key column as Nullable(String).
 */
export const recordKey = (source: SourceDefinition, text: (column: string) => string): string =>
  `concatWithSeparator('|', ${source.key
    .map((name) => `ifNull(replaceRegexpAll(${text(name)}, '([\\\\\\\\|])', '\\\\\\\\\\\\1'), '\\\\N')`)
    .join(', ')})`;

const BAD_VALUE: Record<string, string> = {
  uuid: 'bad_uuid',
  timestamp: 'bad_timestamp',
  date: 'bad_date',
  month: 'bad_date',
  boolean: 'bad_boolean',
};

/** `multiIf` over every way a row can break the contract; '' for a good row. Same order for code and reason. */
function verdict(source: SourceDefinition, pick: (check: SourceCheck) => string): string {
  const branches: SourceCheck[] = [];
  for (const column of source.columns) {
    const name = identifier(column.name);
    if (!column.nullable) {
      branches.push({
        code: 'missing_value',
        when: `stage.${name} IS NULL`,
        reason: `${column.name} has no value`,
      });
    }
    if (column.type !== 'text') {
      branches.push({
        code: BAD_VALUE[column.type] ?? 'bad_number',
        when: `stage.${name} IS NOT NULL AND ${name} IS NULL`,
        reason: `${column.name} is no ${column.type}`,
      });
    }
    if (column.type === 'uuid' && source.key.includes(column.name)) {
      // The unknown member of every dimension has this id.
      branches.push({
        code: 'bad_uuid',
        when: `${name} = ${NIL_UUID}`,
        reason: `${column.name} is the nil uuid`,
      });
    }
    const decimal = decimalOf(column.type);
    if (decimal) {
      branches.push({
        code: 'number_out_of_range',
        when: `abs(${name}) >= toDecimal128(${literal(`1${'0'.repeat(decimal.precision - decimal.scale)}`)}, 0)`,
        reason: `${column.name} has more than ${decimal.precision - decimal.scale} digits before the point`,
      });
    }
  }
  branches.push(...(source.checks ?? []));
  const fault = pick({ code: 'stage._fault_code', when: '', reason: 'stage._fault' });
  return `if(${IS_FAULT}, assumeNotNull(${fault}), ${firstOf(branches, pick)})`;
}

/** `multiIf` over conditions: what `pick` says of the first that holds, '' when none does. */
export const firstOf = (checks: readonly SourceCheck[], pick: (check: SourceCheck) => string): string =>
  `multiIf(${checks.map((check) => `ifNull(${check.when}, false), ${literal(pick(check))}`).join(',\n    ')},\n    '')`;

/** The stage with the source's spellings of NULL as NULL. */
function stageRows(source: SourceDefinition, stageTable: string): string {
  if (!source.nulls?.length) return stageTable;
  const nulls = source.nulls.map(literal).join(', ');
  const columns = source.columns.map(({ name }) => identifier(name));
  return `(SELECT ${columns.map((name) => `if(${name} IN (${nulls}), NULL, ${name}) AS ${name}`).join(', ')}, ${STAGE_EXTRAS.join(', ')} FROM ${stageTable})`;
}

/** The parents that the staged rows name, as `parent`; one that is deleted is none. */
function parentJoin(source: SourceDefinition, stageTable: string): string {
  if (!source.parent) return '';
  const by = parsed(columnOf(source, source.parent.by));
  const column = identifier(source.parent.column);
  return `LEFT JOIN (
    SELECT id, argMax(${column}, ${VERSION_ORDER}) AS ${column} FROM raw_${source.parent.source}
    WHERE id IN (SELECT ${by} FROM ${stageTable} AS stage) GROUP BY id HAVING NOT argMax(_deleted, ${VERSION_ORDER})) AS parent ON parent.id = ${by}`;
}

/**
 * A SELECT of all staged rows: the declared columns parsed (NULL where they cannot be), `_row_hash` of the text as it came,
 * `_payload` (JSON of column to text), `_record_key`, `_reason_code` ('' for a good row), `_reason`, `_op`, `_seq` (UInt64),
 * `_file`, `_line` (UInt64). Parameter stages Array(String) where a check looks at stages.
 */
export function checkedRows(source: SourceDefinition, stageTable: string): string {
  const names = source.columns.map(({ name }) => name);
  return `
  SELECT
    ${source.columns.map((column) => `${parsed(column)} AS ${identifier(column.name)}`).join(',\n    ')},
    sipHash64(toString(tuple(${[...names.map((name) => `stage.${identifier(name)}`), ...styles(source)].join(', ')}))) AS _row_hash,
    toJSONString(if(${IS_FAULT}, map('line', stage._text), map(${names.map((name) => `${literal(name)}, stage.${identifier(name)}`).join(', ')}))) AS _payload,
    if(${IS_FAULT}, '', ${recordKey(source, (name) => `stage.${identifier(name)}`)}) AS _record_key,
    ${verdict(source, (check) => check.code)} AS _reason_code,
    ${verdict(source, (check) => check.reason)} AS _reason,
    stage._op AS _op, toUInt64OrZero(ifNull(stage._seq, '')) AS _seq,
    ifNull(stage._file, '') AS _file, toUInt64OrZero(ifNull(stage._line, '')) AS _line
  FROM ${stageRows(source, stageTable)} AS stage
  ${parentJoin(source, stageTable)}`;
}

/**
 * What decides whether a row of the source is good, for comparison: something else than before means that rejected rows may
 * be good now.
 */
export function rulesOf(source: SourceDefinition, stages: readonly string[]): [string, readonly string[]] {
  const rules = checkedRows(source, 'stage');
  return [rules, rules.includes('{stages:') ? stages : []];
}

/** Statements that bring a source from its staged text into raw_<name>. All generated from the declaration, all pure. */
export interface LoadStatements {
  dropStage: string;
  /** Empty; every column the text as it came. */
  createStage: string;
  /** What a line of TabSeparated bytes holds, in order, when they do not say it themselves. */
  columns: readonly [string, ...string[]];
  /**
   * One row about the stage: `staged` rows, `bad` ones among them, `cursor`: text of the highest cursor value that is not
   * later than the parameter `bound` (ISO 8601 UTC; null without a cursor), `first`: raw is empty. Parameter stages.
   */
  inspect: string;
  /** Good rows that raw does not have yet. Parameters run_id, extracted_at, stages. */
  load: string;
  /** The same where the stage holds all rows: a set of all their keys would only cost. */
  loadWhole: string;
  /** Bad rows that raw_rejects does not have yet. Same parameters. */
  reject: string;
}

export function loadStatements(source: SourceDefinition, stageTable: string): LoadStatements {
  const names = source.columns.map((column) => column.name);
  const [first, ...rest] = names;
  if (first === undefined) throw new Error(`source ${source.name} has no columns`);
  const raw = `raw_${source.name}`;
  const columnList = names.map(identifier).join(', ');
  const keys = source.key.map(identifier).join(', ');
  const checked = checkedRows(source, stageTable);
  // A table has one row a key. A file or a graph may repeat one, or say two things of it: then nobody knows which is right.
  const staged = source.cursor
    ? checked
    : `
  SELECT * EXCEPT (_reason_code, _reason),
    checked._reason_code = '' AND uniqExactIf(_row_hash, checked._reason_code = '') OVER (PARTITION BY ${keys}) > 1 AS _contradicted,
    if(_contradicted, 'duplicate_key', checked._reason_code) AS _reason_code,
    if(_contradicted, 'the same key occurs with other values', checked._reason) AS _reason
  FROM (${checked}) AS checked`;
  // What raw holds last of a key (and its cursor value, which moves with every change): anything else is news, also a
  // state that the row had before.
  const version = [...new Set([...source.key, ...(source.cursor ? [source.cursor.column] : [])])]
    .map(identifier)
    .join(', ');
  const ofStage = `WHERE (${keys}) IN (SELECT ${parsedKey(source)} FROM ${stageTable} AS stage)`;
  // A row that returns may bring its old cursor value, and so may every change that follows while the source's clock is
  // behind: each counts from its own extraction, or it would lie before the deletion and never be current.
  const counts = source.cursor?.kind === 'timestamp' ? identifier(source.cursor.column) : EXTRACTED_AT;
  const moved =
    source.cursor?.kind === 'timestamp' ? `OR _last_at > argMax(${counts}, ${VERSION_ORDER})` : '';
  const load = (
    which: string,
  ): string => `INSERT INTO ${raw} (${columnList}, _row_hash, _version_at, _deleted, _extracted_at, _run_id)
SELECT ${names.map((name) => `staged.${identifier(name)}`).join(', ')}, _row_hash,
  if(last._last_at >= ${counts}, greatest(${EXTRACTED_AT}, assumeNotNull(last._last_at)), ${counts}), false, ${EXTRACTED_AT}, {run_id: UUID}
FROM (${staged}) AS staged
LEFT JOIN (
  SELECT ${source.key.map((name, n) => `${identifier(name)} AS _key_${n}`).join(', ')},
    argMax(_deleted, ${VERSION_ORDER}) AS _gone, max(_version_at) AS _last_at
  FROM ${raw} ${which} GROUP BY ${keys} HAVING _gone ${moved}
) AS last ON ${source.key.map((name, n) => `last._key_${n} = staged.${identifier(name)}`).join(' AND ')}
WHERE _reason_code = '' AND (ifNull(last._gone, false) OR (${version}, _row_hash) NOT IN (
  SELECT ${version}, argMax(_row_hash, _extracted_at) FROM ${raw} ${which} GROUP BY ${version}))
${source.cursor ? '' : `LIMIT 1 BY ${keys}, _row_hash`}`;
  return {
    dropStage: `DROP TABLE IF EXISTS ${stageTable} SYNC`,
    createStage: `CREATE OR REPLACE TABLE ${stageTable} (${[...names, ...STAGE_EXTRAS].map((name) => `${identifier(name)} Nullable(String)`).join(', ')}) ENGINE = MergeTree ORDER BY tuple()`,
    columns: [first, ...rest],
    inspect: `SELECT staged, bad, cursor, toBool((SELECT count() FROM (SELECT 1 FROM ${raw} LIMIT 1)) = 0) AS first
FROM (SELECT count() AS staged, countIf(_reason_code != '') AS bad FROM (${staged})) AS rows_of_stage
CROSS JOIN (${highestCursor(source, stageTable)}) AS cursor_of_stage`,
    load: load(ofStage),
    loadWhole: load(''),
    reject: `INSERT INTO raw_rejects (run_id, source, record_key, payload, reason_code, reason, rejected_at, replayed_at, _payload_hash, _file, _line)
SELECT {run_id: UUID}, ${literal(source.name)}, _record_key, _payload, _reason_code, _reason,
  ${EXTRACTED_AT}, NULL, sipHash64(_payload) AS hash, _file, _line
FROM (${staged})
WHERE _reason_code != '' AND ifNull(_op, 'u') != 'd' AND (_record_key, hash, _reason_code) NOT IN (
  SELECT record_key, _payload_hash, reason_code FROM raw_rejects WHERE source = ${literal(source.name)} AND replayed_at IS NULL)
LIMIT 1 BY _record_key, hash, _file, _line`,
  };
}

function highestCursor(source: SourceDefinition, stageTable: string): string {
  if (!source.cursor) return "SELECT CAST(NULL, 'Nullable(String)') AS cursor";
  const column = columnOf(source, source.cursor.column);
  return source.cursor.kind === 'id'
    ? `SELECT toString(max(${parsed(column)})) AS cursor FROM ${stageTable} AS stage`
    : `SELECT argMaxIf(text, instant, instant <= parseDateTime64BestEffort({bound: String}, 6, 'UTC')) AS cursor FROM (
  SELECT stage.${identifier(column.name)} AS text, ${parsed(column)} AS instant FROM ${stageTable} AS stage)`;
}
