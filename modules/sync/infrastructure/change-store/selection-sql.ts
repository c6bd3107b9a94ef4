import type { QueryParams } from '../../../../src/platform/clickhouse/clickhouse.js';
import type { Selection } from '../../application/ports.js';

/** Whether every row of the model is looked at, so that what is not refused now is refused no more. Pure. */
export function isWhole({ limit, keys, fromRun, rejected }: Selection): boolean {
  return [limit, keys, fromRun, rejected].every((one) => one === undefined);
}

/** Whether rows that the target confirmed go out again: who names rows means them. Pure. */
export function resends({ full, keys, fromRun }: Selection): boolean {
  return full === true || keys !== undefined || fromRun !== undefined;
}

/** A selection as a condition on the key_hash and record_key of `side` (`model.` or ''), with its parameters. Pure. */
export function renderSelection({ keys, fromRun, rejected }: Selection): {
  condition: (side: string) => string;
  params: QueryParams;
} {
  const conditions: ((side: string) => string)[] = [];
  if (keys !== undefined) conditions.push((side) => `${side}record_key IN ({keys: Array(Array(String))})`);
  if (fromRun !== undefined)
    conditions.push(
      (side) =>
        `${side}key_hash IN (SELECT key_hash FROM sync_changelog WHERE sync = {sync: String} AND run_id = {from_run: UUID})`,
    );
  if (rejected !== undefined)
    conditions.push(
      (side) =>
        `${side}key_hash IN (SELECT key_hash FROM sync_row_rejects FINAL WHERE sync = {sync: String} AND isNull(resolved_at) AND error_code IN ({codes: Array(String)}) = {by_code: Bool})`,
    );
  return {
    condition: (side) => conditions.map((one) => one(side)).join(' AND ') || '1',
    params: {
      ...(keys === undefined ? {} : { keys }),
      ...(fromRun === undefined ? {} : { from_run: fromRun }),
      ...(rejected === undefined
        ? {}
        : {
            codes: rejected.code === undefined ? [] : [rejected.code],
            by_code: rejected.code !== undefined,
          }),
    },
  };
}
