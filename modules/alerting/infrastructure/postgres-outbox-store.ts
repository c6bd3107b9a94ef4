import { z } from 'zod';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { Postgres } from '../../../src/platform/postgres/postgres.js';
import type { ClaimedMessage, OutboxStore, Setback } from '../application/ports.js';

const read = (name: string) => readStatement(import.meta.url, `./sql/${name}.sql`);
const sql = {
  store: read('store-pending'),
  lock: read('lock-claim'),
  claim: read('claim-message'),
  extend: read('extend-lease'),
  markSent: read('mark-sent'),
  setBack: read('set-back'),
  waiting: read('select-waiting'),
};

const claimed = z
  .object({
    id: z.string(),
    channel: z.string(),
    dedup_key: z.string(),
    // Not parsed further: a payload that we cannot read must not stop the messages behind it.
    payload: z.object({ text: z.unknown(), blocks: z.unknown() }),
    attempts: z.number().int(),
    uncertain: z.boolean(),
    first_attempt_at: z.string(),
  })
  .transform((row): ClaimedMessage => ({
    id: row.id,
    channel: row.channel,
    dedupKey: row.dedup_key,
    message: row.payload,
    attempts: row.attempts,
    uncertain: row.uncertain,
    firstAttemptAt: row.first_attempt_at,
  }));

/**
 * insights_ops.alert_outbox. Leases and delays run on the database's clock, the one clock that all workers share;
 * the instant of the run (`asOf`) may lie years back.
 */
export class PostgresOutboxStore implements OutboxStore {
  constructor(private readonly postgres: Postgres) {}

  async storePending(): Promise<number> {
    return this.postgres.execute(sql.store);
  }

  async claim(leaseSeconds: number): Promise<ClaimedMessage | undefined> {
    return this.postgres.transaction(async (session) => {
      await session.execute(sql.lock);
      const [row] = await session.query(sql.claim, [leaseSeconds], claimed);
      return row;
    });
  }

  async extend(claim: ClaimedMessage, leaseSeconds: number): Promise<boolean> {
    return (await this.postgres.execute(sql.extend, [claim.id, claim.attempts, leaseSeconds])) === 1;
  }

  async markSent(claim: ClaimedMessage, slackTs: string): Promise<void> {
    await this.postgres.execute(sql.markSent, [claim.id, slackTs]);
  }

  async setBack(claim: ClaimedMessage, setback: Setback): Promise<void> {
    const seconds = 'retryInSeconds' in setback ? setback.retryInSeconds : null;
    const { status, errorClass, errorCode } = setback;
    await this.postgres.execute(sql.setBack, [
      claim.id,
      claim.attempts,
      status,
      seconds,
      errorClass,
      errorCode,
    ]);
  }

  async waiting(): Promise<{ count: number; nextInMs: number | null }> {
    const schema = z.object({ count: z.number().int(), next_in_ms: z.number().int().nullable() });
    const [row] = await this.postgres.query(sql.waiting, [], schema);
    return { count: row?.count ?? 0, nextInMs: row?.next_in_ms ?? null };
  }
}
