import { identifier } from '../../../../src/kernel/sql-text.js';
import type { SourceDefinition } from '../../domain/source.js';
import { checkedRows, EXTRACTED_AT, parsedKey, VERSION_ORDER } from '../load-statements.js';

/**
 * The statement that brings staged changes (`_op` u or d, `_seq`) into raw_<name>. Parameters extracted_at (base of the
 * batch), run_id, stages.
 *
 * Change n of a batch has the `_extracted_at` base + n microseconds: the same batch gives the same rows, and those that a
 * killed load left behind are known by it. A change is a version unless it repeats the one before it, in the batch or in
 * raw; a delete counts for a key that is live. The log's order is the order of the versions: `_version_at` never goes back,
 * not even where the source's cursor column does.
 */
export function loadChanges(source: SourceDefinition, stageTable: string): string {
  const names = source.columns.map(({ name }) => identifier(name));
  const keys = source.key.map(identifier).join(', ');
  const raw = `raw_${source.name}`;
  const touched = `(${keys}) IN (SELECT ${parsedKey(source)} FROM ${stageTable} AS stage)`;
  const at = `${EXTRACTED_AT} + toIntervalMicrosecond(_seq)`;
  const counts =
    source.cursor?.kind === 'timestamp'
      ? `if(_op = 'd', ${at}, assumeNotNull(${identifier(source.cursor.column)}))`
      : at;
  const before = names.length;
  return `INSERT INTO ${raw} (${names.join(', ')}, _row_hash, _version_at, _deleted, _extracted_at, _run_id)
SELECT ${names.map((name, n) => `if(_gone, _before.${n + 1}, ${name})`).join(', ')},
  if(_gone, _before.${before + 1}, _row_hash), _running, _gone, _at, {run_id: UUID}
FROM (
  SELECT *,
    any((${names.join(', ')}, _row_hash, _gone)) OVER (PARTITION BY ${keys} ORDER BY _order ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS _before,
    count() OVER (PARTITION BY ${keys} ORDER BY _order ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) > 1 AS _known,
    max(_counts) OVER (PARTITION BY ${keys} ORDER BY _order ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS _running
  FROM (
    SELECT ${names.join(', ')}, _row_hash, _op = 'd' AS _gone, ${at} AS _at, ${counts} AS _counts, toInt64(_seq) AS _order
    FROM (${checkedRows(source, stageTable)})
    WHERE ${source.key.map((name) => `${identifier(name)} IS NOT NULL`).join(' AND ')} AND (_op = 'd' OR _reason_code = '')
    UNION ALL
    SELECT ${names.join(', ')}, _row_hash, _deleted, _extracted_at, _version_at, -1
    FROM (SELECT * FROM ${raw} WHERE ${touched} AND _extracted_at < ${EXTRACTED_AT}
      ORDER BY ${keys}, ${VERSION_ORDER} DESC LIMIT 1 BY ${keys})))
WHERE _order >= 0
  AND if(_gone, _known AND NOT _before.${before + 2}, NOT _known OR _before.${before + 2} OR _before.${before + 1} != _row_hash)
  AND (${keys}, _at) NOT IN (SELECT ${keys}, _extracted_at FROM ${raw} WHERE ${touched} AND _extracted_at >= ${EXTRACTED_AT})`;
}
