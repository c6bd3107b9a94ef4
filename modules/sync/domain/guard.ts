import type { Guard, GuardLimit } from './definition.js';
import type { ChangeCounts } from './outcome.js';

/** What a run would do to its target, in rows. */
export interface WouldDo {
  creates: number;
  updates: number;
  deletes: number;
}

/** What the difference asks for. Pure. */
export function wouldDo({ insert, update, delete: gone }: ChangeCounts): WouldDo {
  return { creates: insert, updates: update, deletes: gone };
}

/**
 * Why a run must not go out by itself, in words with figures; empty when it may. Shares are of the rows that the target
 * confirmed, and count only when there are any: a first run creates everything. Pure.
 */
export function guardReasons(guard: Guard, counts: ChangeCounts): string[] {
  const { creates, updates, deletes } = wouldDo(counts);
  const { model, confirmed } = counts;
  const empty = guard.empty === 'hold' && model === 0 && confirmed > 0;
  return [
    ...(empty ? [`the model is empty and the target holds ${confirmed} rows`] : []),
    ...limitReasons('create', creates, guard.creates, confirmed),
    ...limitReasons('update', updates, guard.updates, confirmed),
    ...limitReasons('delete', deletes, guard.deletes, confirmed),
  ];
}

function limitReasons(
  what: string,
  rows: number,
  limit: GuardLimit | undefined,
  confirmed: number,
): string[] {
  if (limit === undefined) return [];
  const { rows: most, share, at_least: atLeast } = limit;
  if (most !== undefined && rows > most) return [`it would ${what} ${rows} rows, more than ${most}`];
  if (share === undefined || confirmed === 0 || rows <= atLeast || rows <= share * confirmed) return [];
  const percent = (part: number): string => `${Math.round(part * 1000) / 10} %`;
  return [
    `it would ${what} ${rows} of ${confirmed} rows (${percent(rows / confirmed)}), more than ${percent(share)}`,
  ];
}
