import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import type { Postgres, PostgresSession } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { LockWait, RunLock } from '../application/ports.js';

const tryRunLock = readStatement(import.meta.url, './sql/try-run-lock.sql');
const releaseRunLock = readStatement(import.meta.url, './sql/release-run-lock.sql');

const takenRow = z.object({ taken: z.boolean() });

const POLL_MS = 250;
const HEARTBEAT_MS = 5_000;
/** Far longer than a step keeps the event loop busy, far shorter than a network takes to report a dead peer. */
const ANSWER_MS = 30_000;

/**
 * A session-level advisory lock on a connection of its own. It belongs to the database, so replicas share it, and it
 * ends with its session, so a killed process leaves none behind.
 */
export class PostgresRunLock implements RunLock {
  constructor(
    private readonly postgres: Postgres,
    private readonly heartbeatMs: number = HEARTBEAT_MS,
    private readonly answerMs: number = ANSWER_MS,
  ) {}

  async hold<T>(wait: LockWait, work: (lost: AbortSignal) => Promise<T>): Promise<T | null> {
    return this.postgres.withSession(async (session) => {
      if (!(await this.acquire(session, wait))) return null;
      const lost = new AbortController();
      const done = new AbortController();
      const heartbeat = this.watch(session, lost, done.signal);
      try {
        return await work(lost.signal);
      } finally {
        done.abort();
        await heartbeat;
        // A session that cannot answer is broken, and its lock is gone with it.
        await this.answered(session, () => session.execute(releaseRunLock)).catch(() => undefined);
      }
    });
  }

  private async acquire(session: PostgresSession, wait: LockWait): Promise<boolean> {
    const started = performance.now();
    for (;;) {
      if (wait.signal.aborted) return false;
      const [row] = await this.answered(session, () => session.query(tryRunLock, [], takenRow));
      if (row?.taken === true) return true;
      const waited = performance.now() - started;
      if (waited >= wait.waitMs) return false;
      wait.onWait(Math.floor(waited / 1000));
      await delay(POLL_MS, undefined, { signal: wait.signal }).catch(() => undefined);
    }
  }

  /** Cuts a connection that does not answer in time, which fails the statement: a network that drops packets says nothing. */
  private async answered<T>(session: PostgresSession, statement: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => session.destroy(), this.answerMs);
    try {
      return await statement();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks the session now and then: an idle connection dies silently behind a firewall or a failover. */
  private async watch(session: PostgresSession, lost: AbortController, done: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await delay(this.heartbeatMs, undefined, { signal: done });
      } catch {
        return;
      }
      try {
        await this.answered(session, () => session.execute('SELECT 1'));
      } catch (error) {
        lost.abort(
          new AppError({
            class: 'transient',
            source: 'operations',
            code: 'run_lock_lost',
            message: 'The connection that held the run lock broke.',
            cause: error,
          }),
        );
        return;
      }
    }
  }
}
