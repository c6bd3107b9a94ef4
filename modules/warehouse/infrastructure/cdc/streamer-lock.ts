import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import type { Postgres, PostgresSession } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { OnlyStreamer } from '../../application/cdc-ports.js';

const tryLock = readStatement(import.meta.url, './sql/try_streamer_lock.sql');
const releaseLock = readStatement(import.meta.url, './sql/release_streamer_lock.sql');

const HEARTBEAT_MS = 5_000;
const ANSWER_MS = 30_000;

/**
 * A session-level advisory lock on a connection of its own: replicas share the database, and the lock of a killed process
 * ends with its session. The slot alone would not do: it is dropped and made anew in a hand-over.
 */
export function streamerLock(postgres: Postgres, slot: string): OnlyStreamer {
  return (work) =>
    postgres.withSession(async (session) => {
      const [row] = await session.query(tryLock, [slot], z.object({ taken: z.boolean() }));
      if (row?.taken !== true) return null;
      const lost = new AbortController();
      const done = new AbortController();
      const watching = watch(session, lost, done.signal);
      try {
        return await work(lost.signal);
      } finally {
        done.abort();
        await watching;
        await session.execute(releaseLock, [slot]).catch(() => undefined);
      }
    });
}

/** Asks the session now and then: an idle connection dies silently, and another process may stream from then on. */
async function watch(session: PostgresSession, lost: AbortController, done: AbortSignal): Promise<void> {
  for (;;) {
    const over = await delay(HEARTBEAT_MS, false, { signal: done }).catch(() => true);
    if (over) return;
    const timer = setTimeout(() => session.destroy(), ANSWER_MS);
    try {
      await session.execute('SELECT 1');
    } catch (error) {
      lost.abort(
        new AppError({
          class: 'transient',
          source: 'warehouse',
          code: 'cdc_lock_lost',
          message: 'The connection that held the streaming lock broke.',
          cause: error,
        }),
      );
      return;
    } finally {
      clearTimeout(timer);
    }
  }
}
