import type { QueryParams } from '../../../../src/platform/clickhouse/clickhouse.js';
import type { Selection } from '../../application/ports.js';

/** Whether rows that the target confirmed go out again: who names rows means them. Pure. */
export function resends({ full, keys, fromRun }: Selection): boolean {
  return full === true || keys !== undefined || fromRun !== undefined;
}

/** Expressions that a condition asks about. */
interface Sides {
  keyHash: string;
  recordKey: string;
}

/** A selection as a condition on a key, with its parameters. Pure. */
export function renderSelection({ keys, fromRun, rejected }: Selection): {
  condition: (sides: Sides) => string;
  params: QueryParams;
} {
  const conditions: ((sides: Sides) => string)[] = [];
  if (keys !== undefined)
    conditions.push(({ recordKey }) => `${recordKey} IN ({keys: Array(Array(String))})`);
  if (fromRun !== undefined)
    conditions.push(
      ({ keyHash }) =>
        `${keyHash} IN (SELECT key_hash FROM sync_changelog WHERE sync = {sync: String} AND run_id = {from_run: UUID})`,
    );
  if (rejected !== undefined)
    conditions.push(
      ({ keyHash }) =>
        `${keyHash} IN (SELECT key_hash FROM sync_row_rejects FINAL WHERE sync = {sync: String} AND isNull(resolved_at) AND (NOT {by_code: Bool} OR error_code IN {codes: Array(String)}))`,
    );
  return {
    condition: (sides) => conditions.map((one) => one(sides)).join(' AND ') || '1',
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
