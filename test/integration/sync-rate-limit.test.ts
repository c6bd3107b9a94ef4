import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import {
  PostgresRateLimiter,
  type Reservation,
} from '../../modules/sync/infrastructure/rate-limiter/postgres-rate-limiter.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { type TestStores, testStores } from '../support/stores.js';

const never = new AbortController().signal;
const clock = z.object({ at: z.string().transform(BigInt) });

let stores: TestStores;
/** Two pools, as two workers have them. */
let workers: Postgres[];
let limiters: PostgresRateLimiter[];
const worker = (index: number): PostgresRateLimiter => {
  const limiter = limiters[index % limiters.length];
  if (limiter === undefined) throw new Error('no worker');
  return limiter;
};

beforeAll(async () => {
  stores = await testStores();
  workers = [1, 2].map(() => new Postgres(createDataSource(stores.postgresUrl, migrations)));
  await workers[0]?.migrate();
}, 120_000);
afterAll(async () => {
  for (const postgres of workers) await postgres.close();
  await stores.close();
});
beforeEach(async () => {
  await workers[0]?.execute('TRUNCATE insights_ops.sync_rate_limits');
  limiters = workers.map((postgres) => new PostgresRateLimiter(postgres));
});

/** Microseconds by the database's clock. */
async function now(): Promise<bigint> {
  const sql = `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS at`;
  const [row] = (await workers[0]?.query(sql, [], clock)) ?? [];
  if (row === undefined) throw new Error('no clock');
  return row.at;
}

function smallestGap(bookings: readonly Reservation[]): bigint {
  const begins = bookings.map(({ beginsAt }) => beginsAt).sort((a, b) => (a < b ? -1 : 1));
  const gaps = begins.slice(1).map((begin, index) => begin - (begins[index] ?? 0n));
  return gaps.reduce((least, gap) => (gap < least ? gap : least));
}

describe('a rate limit of an account', () => {
  it('trap 27: eight syncs in two workers at once share one rate', async () => {
    const spies = limiters.map((limiter) => jest.spyOn(limiter, 'reserve'));
    const sent: { after: bigint }[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async (_, sync) => {
        for (let request = 0; request < 5; request++) {
          await worker(sync).take('crm', 100, 1, never);
          sent.push({ after: await now() });
        }
      }),
    );
    const bookings = await Promise.all(
      spies.flatMap((spy) => spy.mock.results.map((result) => result.value as Promise<Reservation>)),
    );
    expect(bookings).toHaveLength(40);
    // 100 a second: no two of the 40 begin within 10,000 microseconds.
    expect(smallestGap(bookings)).toBeGreaterThanOrEqual(10_000n);
    // And none was sent before its booking: by each booking's time, at most as many were sent as were booked.
    const begins = bookings.map(({ beginsAt }) => beginsAt).sort((a, b) => (a < b ? -1 : 1));
    const afters = sent.map(({ after }) => after).sort((a, b) => (a < b ? -1 : 1));
    afters.forEach((after, index) => expect(after).toBeGreaterThanOrEqual(begins[index] ?? 0n));
  });

  it('books units that exceed one second in portions', async () => {
    const reserve = jest.spyOn(worker(0), 'reserve');
    await worker(0).take('crm', 400, 1000, never);
    expect(reserve.mock.calls).toEqual([
      ['crm', 400, 400],
      ['crm', 400, 400],
      ['crm', 400, 200],
    ]);
    const bookings = await Promise.all(
      reserve.mock.results.map(({ value }) => value as Promise<Reservation>),
    );
    expect(smallestGap(bookings)).toBeGreaterThanOrEqual(1_000_000n);
  });

  it('takes rates below one a second', async () => {
    const [first, second] = [
      await worker(0).reserve('slow', 0.25, 1),
      await worker(1).reserve('slow', 0.25, 1),
    ];
    expect(first.waitMs).toBe(0);
    expect(second.beginsAt - first.beginsAt).toBe(4_000_000n);
  });

  it('saves nothing up while the account is idle', async () => {
    await workers[0]?.execute(
      `INSERT INTO insights_ops.sync_rate_limits VALUES ('idle', clock_timestamp() - interval '1 hour')`,
    );
    const bookings = [await worker(0).reserve('idle', 10, 1), await worker(0).reserve('idle', 10, 1)];
    expect(bookings[0]?.waitMs).toBe(0);
    expect(smallestGap(bookings)).toBe(100_000n);
  });

  it('keeps accounts apart', async () => {
    await worker(0).reserve('one', 0.001, 1);
    expect(await worker(0).reserve('other', 0.001, 1)).toMatchObject({ waitMs: 0 });
  });

  it('ends a wait at once when it is aborted, with the reason', async () => {
    await worker(0).reserve('busy', 0.001, 1);
    const abort = new AbortController();
    const waiting = worker(0).take('busy', 0.001, 1, abort.signal);
    const reason = new Error('cancelled');
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(worker(0).take('busy', 1, 1, abort.signal)).rejects.toBe(reason);
  });
});
