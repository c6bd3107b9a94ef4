import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Queryable } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { RateLimiter } from '../../application/ports.js';

const RESERVE = readStatement(import.meta.url, './sql/reserve.sql');

/** When a portion may begin, by the database's clock. */
export interface Reservation {
  /** Microseconds since 1970. */
  beginsAt: bigint;
  /** Milliseconds until then, seen from when the database answered; 0: at once. */
  waitMs: number;
}
const reservation = z
  .object({ begins_at: z.string().transform(BigInt), wait_ms: z.number() })
  .transform((row): Reservation => ({ beginsAt: row.begins_at, waitMs: row.wait_ms }));

/**
 * One rate for an account, whoever sends: each unit takes 1/perSecond of the account's time, booked in the database
 * (GCRA, tolerance 0). There is no saved-up burst: an account that was idle begins with one portion. What a caller
 * booked and did not use, because it was aborted or died, is lost, never sent on top.
 */
export class PostgresRateLimiter implements RateLimiter {
  constructor(private readonly postgres: Queryable) {}

  /**
   * Resolves when all units may be sent. More units than one second's worth are booked portion by portion, so that
   * others of the account get their turn in between; the last portion, one second's worth at most, may go out at once.
   * @throws the signal's reason, when it aborts
   */
  async take(account: string, perSecond: number, units: number, signal: AbortSignal): Promise<void> {
    const portion = Math.max(1, Math.floor(perSecond));
    for (let left = units; left > 0; left -= portion) {
      signal.throwIfAborted();
      const { waitMs } = await this.reserve(account, perSecond, Math.min(left, portion));
      await pause(waitMs, signal);
    }
  }

  /** Books the next free place of the account for units that go out together; the caller waits until it begins. */
  async reserve(account: string, perSecond: number, units: number): Promise<Reservation> {
    const [booked] = await this.postgres.query(RESERVE, [account, units / perSecond], reservation);
    if (booked === undefined) throw new Error('the statement gives one row');
    return booked;
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds === 0) return;
  try {
    // Timers may ring a millisecond early.
    await wait(Math.ceil(milliseconds) + 1, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
