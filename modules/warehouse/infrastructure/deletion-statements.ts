import { identifier, literal } from '../../../src/kernel/sql-text.js';
import type { SourceColumn, SourceDefinition } from '../domain/source.js';
import { columnOf, EXTRACTED_AT, firstOf, parsed, recordKey, VERSION_ORDER } from './load-statements.js';

/** Statements that find and mark what a source no longer has. The stage holds all rows of the source, or only their keys. */
export interface DeletionStatements {
  /** Keys of raw against keys of the stage: a KeyComparison. */
  compare: string;
  /** A deleted version for each live key that the stage lacks. Parameters run_id, extracted_at. */
  bury: string;
}

/** What a deletion leaves: the last version of each of the keys, marked as gone, and newer than any other of its key. */
const tombstones = (source: SourceDefinition, ofKeys: string): string => {
  const columns = source.columns.map(({ name }) => identifier(name)).join(', ');
  const keys = source.key.map(identifier).join(', ');
  return `INSERT INTO raw_${source.name} (${columns}, _row_hash, _version_at, _deleted, _extracted_at, _run_id)
SELECT ${columns}, _row_hash, greatest(_version_at, ${EXTRACTED_AT}), true, ${EXTRACTED_AT}, {run_id: UUID}
FROM (SELECT * FROM raw_${source.name} WHERE (${keys}) IN (${ofKeys})
  ORDER BY ${keys}, _version_at DESC, _extracted_at DESC LIMIT 1 BY ${keys})
WHERE NOT _deleted`;
};

export function deletionStatements(source: SourceDefinition, stageTable: string): DeletionStatements {
  const key = source.key.map((_, n) => `_key_${n}`).join(', ');
  const named = (expressions: readonly string[]): string =>
    expressions.map((expression, n) => `${expression} AS _key_${n}`).join(', ');
  const columns = source.key.map((name) => columnOf(source, name));
  // One aggregation over both sides: it can spill to disk, a set of all keys could not.
  const compared = `SELECT ${key}, max(_in_raw) AS _live, max(NOT _in_raw) AS _found, max(_bad) AS _rejected FROM (
    SELECT ${named(source.key.map(identifier))}, true AS _in_raw, false AS _bad
    FROM raw_${source.name} GROUP BY ${source.key.map(identifier).join(', ')} HAVING NOT argMax(_deleted, ${VERSION_ORDER})
    UNION ALL
    SELECT ${named(columns.map(parsed))}, false,
      ${recordKey(source, (name) => `stage.${identifier(name)}`)} IN (
        SELECT record_key FROM raw_rejects WHERE source = ${literal(source.name)} AND replayed_at IS NULL)
    FROM ${stageTable} AS stage)
  WHERE ${source.key.map((_, n) => `_key_${n} IS NOT NULL`).join(' AND ')}
  GROUP BY ${key}`;
  // The key of a file's damaged line is unknown: any row that seems to be missing may be the one that stood there.
  const keyless = columns.map((column) => `${parsed(column)} IS NULL`).join(' OR ');
  const damaged = `(SELECT count() FROM ${stageTable} AS stage WHERE ifNull(stage._file, '') != '' AND (${keyless}))`;
  return {
    compare: `SELECT countIf(_live) AS live, if(${damaged} > 0, 0, countIf(_live AND NOT _found)) AS missing, countIf(_found) AS found,
  countIf(_found AND NOT _live AND NOT _rejected) AS unknown
FROM (${compared})`,
    bury: tombstones(
      source,
      `SELECT ${key} FROM (${compared}) WHERE _live AND NOT _found AND ${damaged} = 0`,
    ),
  };
}

/** A column's value in raw as Postgres would write it: the payload of a reject is the row as it came. */
function sourceText({ name, type }: SourceColumn): string {
  const column = identifier(name);
  if (type === 'timestamp')
    return `concat(replaceRegexpOne(formatDateTime(${column}, '%Y-%m-%d %H:%i:%S.%f'), '[.]?0+$', ''), '+00')`;
  if (type === 'boolean') return `if(${column}, 't', 'f')`;
  return `toString(${column})`;
}

/** Statements that judge rows again whose parent came or changed after they were loaded. */
export interface RejudgeStatements {
  /** How many parents came after the parameter `since`. */
  parents: string;
  /** Live rows that break a check now that their parent is there, into the rejects. Parameters since, run_id, extracted_at. */
  reject: string;
  /** The same rows as deleted. Same parameters. */
  bury: string;
}

/** Undefined for a source that has no parent. */
export function rejudgeStatements(source: SourceDefinition): RejudgeStatements | undefined {
  const { parent } = source;
  if (!parent) return undefined;
  const by = identifier(parent.by);
  const column = identifier(parent.column);
  const keys = source.key.map(identifier).join(', ');
  const names = source.columns.map(({ name }) => identifier(name));
  const checks = (source.checks ?? []).filter(({ when }) => when.includes('parent.'));
  const arrived = `SELECT id FROM raw_${parent.source} WHERE _extracted_at > parseDateTime64BestEffort({since: String}, 6, 'UTC')`;
  const broken = `
  SELECT live.* EXCEPT (_deleted), ${firstOf(checks, (check) => check.code)} AS _reason_code, ${firstOf(checks, (check) => check.reason)} AS _reason
  FROM (
    SELECT ${names.join(', ')}, _deleted FROM raw_${source.name}
    WHERE (${keys}) IN (SELECT ${keys} FROM raw_${source.name} WHERE ${by} IN (${arrived}))
    ORDER BY ${keys}, _version_at DESC, _extracted_at DESC LIMIT 1 BY ${keys}) AS live
  INNER JOIN (
    SELECT id AS _parent_id, argMax(${column}, ${VERSION_ORDER}) AS ${column} FROM raw_${parent.source}
    WHERE id IN (${arrived}) GROUP BY id HAVING NOT argMax(_deleted, ${VERSION_ORDER})) AS parent ON parent._parent_id = live.${by}
  WHERE NOT live._deleted AND _reason_code != ''`;
  const payload = `toJSONString(map(${source.columns.map((one) => `${literal(one.name)}, CAST(${sourceText(one)}, 'Nullable(String)')`).join(', ')}))`;
  return {
    parents: `SELECT count() AS parents FROM (${arrived})`,
    reject: `INSERT INTO raw_rejects (run_id, source, record_key, payload, reason_code, reason, rejected_at, replayed_at, _payload_hash, _file, _line)
SELECT {run_id: UUID}, ${literal(source.name)}, ${recordKey(source, (name) => `toString(${identifier(name)})`)} AS _record_key, ${payload} AS _payload, _reason_code, _reason,
  ${EXTRACTED_AT}, NULL, sipHash64(_payload) AS hash, '', 0
FROM (${broken})
WHERE (_record_key, hash, _reason_code) NOT IN (
  SELECT record_key, _payload_hash, reason_code FROM raw_rejects WHERE source = ${literal(source.name)} AND replayed_at IS NULL)`,
    bury: tombstones(source, `SELECT ${keys} FROM (${broken})`),
  };
}
