import { identifier, literal } from '../../../src/kernel/sql-text.js';
import type { SourceDefinition } from '../domain/source.js';
import { checkedRows, EXTRACTED_AT, parsedKey } from './load-statements.js';

/** Statements that bring the waiting rejects of a source from their payload into raw_<name>. All generated, all pure. */
export interface ReplayStatements {
  /** Waiting rejects as TabSeparated text of `columns`. Parameters source, reason ('' = all). */
  stage: string;
  columns: readonly string[];
  /** Waiting rejects that no payload can be made of, by reason. Same parameters. */
  unreadable: string;
  /** The stage judged once: what is loaded and what is marked must be the same rows. Parameter stages. */
  judge: string;
  /** The judged rejects by reason; '' for those that pass. */
  counts: string;
  /** Judged rows that raw does not have, none that was overtaken. Parameters run_id, extracted_at. */
  load: string;
  /** Marks the rejects that passed. Parameters source, now, by. */
  mark: string;
  dropJudged: string;
}

export function replayStatements(source: SourceDefinition, stageTable: string): ReplayStatements {
  const names = source.columns.map(({ name }) => name);
  const raw = `raw_${source.name}`;
  const judged = `${stageTable}_judged`;
  const columns = names.map(identifier).join(', ');
  const keys = source.key.map(identifier).join(', ');
  const waiting = `source = {source: String} AND replayed_at IS NULL AND ({reason: String} = '' OR reason_code = {reason: String})`;
  // A key that said two things in one reading: its payload cannot tell which was right. A damaged line has no columns.
  const readable = `reason_code != 'duplicate_key' AND ${names.map((name) => `JSONHas(payload, ${literal(name)})`).join(' AND ')}`;
  // A row that is good now may stand beside another of its key from the same reading; sources with a cursor cannot have two.
  const contradicted = source.cursor
    ? 'false'
    : `_reason_code = '' AND uniqExactIf(_row_hash, _reason_code = '') OVER (PARTITION BY ${keys}, _seq) > 1`;
  const cursor = source.cursor?.kind === 'timestamp' ? source.cursor.column : undefined;
  return {
    // _seq carries the instant at which the row was seen, _line what names its reject together with that.
    stage: `SELECT ${names.map((name) => `JSONExtract(payload, ${literal(name)}, 'Nullable(String)')`).join(', ')},
  toUnixTimestamp64Micro(rejected_at), _payload_hash
FROM raw_rejects WHERE ${waiting} AND ${readable}`,
    columns: [...names, '_seq', '_line'],
    unreadable: `SELECT reason_code, any(reason) AS reason, count() AS count
FROM raw_rejects WHERE ${waiting} AND NOT (${readable}) GROUP BY reason_code ORDER BY reason_code`,
    judge: `CREATE TABLE ${judged} ENGINE = MergeTree ORDER BY tuple() AS
SELECT ${columns}, _row_hash, _seq, _line, ${contradicted} AS _contradicted,
  if(_contradicted, 'duplicate_key', checked._reason_code) AS _code,
  if(_contradicted, 'the same key occurs with other values', checked._reason) AS _why
FROM (${checkedRows(source, stageTable)}) AS checked`,
    counts: `SELECT _code AS reason_code, any(_why) AS reason, count() AS count FROM ${judged} GROUP BY _code ORDER BY _code`,
    // A replayed row counts from when it was seen (or its cursor's instant), as if it had passed then: later versions and
    // deletions stay later. Only a deletion that came before it is followed by it, as in a load.
    load: `INSERT INTO ${raw} (${columns}, _row_hash, _version_at, _deleted, _extracted_at, _run_id)
SELECT ${columns}, _row_hash, _version, false, ${EXTRACTED_AT}, {run_id: UUID}
FROM (
  SELECT row.*, _kept,
    fromUnixTimestamp64Micro(toInt64(_seq), 'UTC') AS _seen,
    ${cursor === undefined ? '_seen' : `assumeNotNull(${identifier(cursor)})`} AS _counts,
    arrayMap(v -> v.1, arrayFilter(v -> v.4 AND v.2 <= _seen AND v.1 >= _counts, _kept)) AS _burials,
    if(empty(_burials), _counts, greatest(_seen, arrayMax(_burials))) AS _version
  FROM ${judged} AS row
  LEFT JOIN (
    SELECT ${source.key.map((name, n) => `${identifier(name)} AS _key_${n}`).join(', ')}, groupArray((_version_at, _extracted_at, _row_hash, _deleted)) AS _kept
    FROM ${raw} WHERE (${keys}) IN (SELECT ${parsedKey(source)} FROM ${stageTable} AS stage) GROUP BY ${keys}
  ) AS known ON ${source.key.map((name, n) => `known._key_${n} = row.${identifier(name)}`).join(' AND ')}
  WHERE _code = ''
)
WHERE NOT arrayExists(v -> v.2 ${source.cursor ? '>' : '>='} _seen AND (v.1 = _version OR (NOT v.4 AND v.3 = _row_hash)), _kept)
ORDER BY _seq DESC
LIMIT 1 BY ${keys}, _version`,
    mark: `ALTER TABLE raw_rejects
UPDATE replayed_at = parseDateTime64BestEffort({now: String}, 6, 'UTC'), _replayed_by = {by: String}
WHERE source = {source: String} AND replayed_at IS NULL
  AND (_payload_hash, toUnixTimestamp64Micro(rejected_at)) IN (SELECT _line, toInt64(_seq) FROM ${judged} WHERE _code = '')`,
    dropJudged: `DROP TABLE IF EXISTS ${judged} SYNC`,
  };
}
