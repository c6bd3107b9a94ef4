/** Type of a source column as the contract names it; decides how its text is parsed in ClickHouse. */
export type ColumnType =
  | 'uuid'
  | 'text'
  | 'integer'
  | 'bigint'
  | 'timestamp'
  | 'date'
  | 'month'
  | 'boolean'
  | 'float'
  | `decimal(${number},${number})`;

export interface SourceColumn {
  name: string;
  type: ColumnType;
  nullable?: boolean;
}

/** A rule of the contract that one row can break. `when` is a ClickHouse condition over the parsed columns. */
export interface SourceCheck {
  code: string;
  when: string;
  reason: string;
}

export interface SourceDefinition {
  /** Name of the source; its rows land in raw_<name>. */
  name: string;
  key: readonly string[];
  columns: readonly SourceColumn[];
  /**
   * Column that only grows: later runs read from its last confirmed value, minus the lag. Without one the source is
   * read whole and compared with the newest version of each key.
   */
  cursor?: { column: string; kind: 'timestamp' | 'id' };
  checks?: readonly SourceCheck[];
  /** SQL join to the stage that a check needs (aliases its own columns). */
  join?: string;
  /** Spellings that mean NULL in this source besides an absent value. */
  nulls?: readonly string[];
}

/** How many ids behind the cursor an extraction looks back: a transaction that took its id early may commit late. */
export const ID_LAG = 5_000;

const quote = (name: string): string => `\`${name.replace(/[\\`]/g, '\\$&')}\``;
const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
const EXTRACTED_AT = `parseDateTime64BestEffort({extracted_at: String}, 6, 'UTC')`;
const NIL_UUID = `toUUID('00000000-0000-0000-0000-000000000000')`;

function decimalOf(type: ColumnType): { precision: number; scale: number } | undefined {
  const match = /^decimal\((\d+),(\d+)\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}

/**
 * The staged text of a column as its contract type; NULL when the text is no such value. ClickHouse's own parsers
 * accept too much ('2026-02-30' is 2 March, '1.2.3' is 1.23, 'NaN' is a float): each is held to what it read.
 */
function parsed(column: SourceColumn): string {
  const text = `assumeNotNull(stage.${quote(column.name)})`;
  // An absent value is empty text to assumeNotNull, which none of the conditions accepts.
  const only = (condition: string, value: string): string => `if(${condition}, ${value}, NULL)`;
  const sameDay = (day: string): string =>
    only(`toString(toDate32OrNull(${day})) = ${day}`, `toDate32OrNull(${day})`);
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
      return `stage.${quote(column.name)}`;
  }
}

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
    const name = quote(column.name);
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
  return `multiIf(${branches.map((check) => `ifNull(${check.when}, false), ${literal(pick(check))}`).join(',\n    ')},\n    '')`;
}

/** Statements that bring a source from its staged text into raw_<name>. All generated from the declaration, all pure. */
export interface LoadStatements {
  /** Drops and creates the stage: every column the text as it came. */
  dropStage: string;
  createStage: string;
  stageTable: string;
  columns: readonly [string, ...string[]];
  /** Staged rows and those that break the contract. */
  count: string;
  /** Good rows that raw does not have yet. Parameters run_id, extracted_at, stages. */
  load: string;
  /** Bad rows that raw_rejects does not have yet. Same parameters. */
  reject: string;
  /** Text of the highest cursor value staged, none later than the parameter `bound`. */
  cursor?: string;
}

export function loadStatements(source: SourceDefinition): LoadStatements {
  const names = source.columns.map((column) => column.name);
  const [first, ...rest] = names;
  if (first === undefined) throw new Error(`source ${source.name} has no columns`);
  const stageTable = `stage_${source.name}`;
  const raw = `raw_${source.name}`;
  const columnList = names.map(quote).join(', ');
  const from = source.nulls?.length
    ? `(SELECT ${names.map((name) => `if(${quote(name)} IN (${source.nulls?.map(literal).join(', ')}), NULL, ${quote(name)}) AS ${quote(name)}`).join(', ')} FROM ${stageTable})`
    : stageTable;
  const keys = source.key.map(quote).join(', ');
  const checked = `
  SELECT
    ${source.columns.map((column) => `${parsed(column)} AS ${quote(column.name)}`).join(',\n    ')},
    sipHash64(toString(tuple(${names.map((name) => `stage.${quote(name)}`).join(', ')}))) AS _row_hash,
    toJSONString(map(${names.map((name) => `${literal(name)}, stage.${quote(name)}`).join(', ')})) AS _payload,
    concatWithSeparator('|', ${source.key.map((name) => `ifNull(stage.${quote(name)}, '')`).join(', ')}) AS _record_key,
    ${verdict(source, (check) => check.code)} AS _reason_code,
    ${verdict(source, (check) => check.reason)} AS _reason
  FROM ${from} AS stage
  ${source.join ?? ''}`;
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
    .map(quote)
    .join(', ');
  const parsedKeys = source.columns
    .filter((column) => source.key.includes(column.name))
    .map(parsed)
    .join(', ');
  const known = `SELECT ${version}, argMax(_row_hash, _extracted_at) FROM ${raw}
  ${source.cursor ? `WHERE (${keys}) IN (SELECT ${parsedKeys} FROM ${stageTable} AS stage)` : ''} GROUP BY ${version}`;
  const cursorColumn = source.columns.find((column) => column.name === source.cursor?.column);
  const cursor = cursorColumn && {
    cursor:
      source.cursor?.kind === 'id'
        ? `SELECT toString(max(${parsed(cursorColumn)})) AS cursor FROM ${stageTable} AS stage`
        : `SELECT argMaxIf(text, instant, instant <= parseDateTime64BestEffort({bound: String}, 6, 'UTC')) AS cursor FROM (
  SELECT stage.${quote(cursorColumn.name)} AS text, ${parsed(cursorColumn)} AS instant FROM ${stageTable} AS stage)`,
  };
  return {
    stageTable,
    dropStage: `DROP TABLE IF EXISTS ${stageTable} SYNC`,
    createStage: `CREATE TABLE ${stageTable} (${names.map((name) => `${quote(name)} Nullable(String)`).join(', ')}) ENGINE = MergeTree ORDER BY tuple()`,
    columns: [first, ...rest],
    count: `SELECT count() AS staged FROM ${stageTable}`,
    load: `INSERT INTO ${raw} (${columnList}, _row_hash, _version_at, _deleted, _extracted_at, _run_id)
SELECT ${columnList}, _row_hash, ${source.cursor?.kind === 'timestamp' ? quote(source.cursor.column) : EXTRACTED_AT} AS _version_at, false, ${EXTRACTED_AT}, {run_id: UUID}
FROM (${staged})
WHERE _reason_code = '' AND (${version}, _row_hash) NOT IN (${known})
${source.cursor ? '' : `LIMIT 1 BY ${keys}, _row_hash`}`,
    reject: `INSERT INTO raw_rejects (run_id, source, record_key, payload, reason_code, reason, rejected_at, replayed_at, _payload_hash)
SELECT {run_id: UUID}, ${literal(source.name)}, _record_key, _payload, _reason_code, _reason,
  ${EXTRACTED_AT}, NULL, sipHash64(_payload) AS hash
FROM (${staged})
WHERE _reason_code != '' AND (_record_key, hash, _reason_code) NOT IN (
  SELECT record_key, _payload_hash, reason_code FROM raw_rejects WHERE source = ${literal(source.name)} AND replayed_at IS NULL)
LIMIT 1 BY _record_key, hash`,
    ...cursor,
  };
}
