import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { z } from 'zod';
import { createDataSource, Postgres, type PostgresSession } from '../../src/platform/postgres/postgres.js';
import { LONG_AGO, uuidOf } from '../factories/product-rows.js';
import { type ExtractOptions, Warehouse } from '../support/warehouse.js';

jest.setTimeout(400_000);
/** Some two dozen processes one after the other. */
const KILLS_TIMEOUT = 900_000;

/** Keys are compared in every run. */
const ALWAYS = 0.000001;

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());
beforeEach(() => world.empty());

const extract = async (source: string, options: Omit<ExtractOptions, 'only'> = {}) => {
  const report = (await world.extract({ ...options, only: [source] }))[source];
  if (!report) throw new Error('no report');
  return report;
};

/** What raw says that milestones are now, as Postgres would say it. */
const live = () =>
  world.rows(`SELECT id, completed, updated_at FROM (
      SELECT * FROM raw_milestones ORDER BY id, _version_at DESC, _extracted_at DESC LIMIT 1 BY id)
    WHERE NOT _deleted ORDER BY toString(id)`);
const product = () =>
  world.postgres.query(
    'SELECT id::text, completed, updated_at FROM product.milestones ORDER BY id::text',
    [],
    z.object({
      id: z.string(),
      completed: z.boolean(),
      // ClickHouse writes six places, Postgres as many as it needs.
      updated_at: z.string().transform((text) => {
        const [whole = '', fraction = ''] = text.replace('Z', '').split('.');
        return `${whole}.${fraction.padEnd(6, '0')}Z`;
      }),
    }),
  );
const repeats = () =>
  world.list(`SELECT count() - uniqExact(id, _version_at, _row_hash, _deleted) FROM raw_milestones`);
const write = (session: Pick<PostgresSession, 'execute'>, key: string, completed: boolean) =>
  session.execute(
    `INSERT INTO product.milestones (id, partnership_id, completed, updated_at) VALUES ($1, $1, $2, now())
     ON CONFLICT (id) DO UPDATE SET completed = excluded.completed, updated_at = excluded.updated_at`,
    [uuidOf(key), completed],
  );
const remove = (session: Pick<PostgresSession, 'execute'>, key: string) =>
  session.execute('DELETE FROM product.milestones WHERE id = $1', [uuidOf(key)]);

describe('a watermark', () => {
  it(
    'trap 3: a kill -9 between any two steps of an extraction loses nothing and repeats nothing',
    async () => {
      const child = async (nth: number): Promise<number | null> => {
        const spawned = spawn(
          process.execPath,
          [
            '--import',
            './src/typescript/register.mjs',
            fileURLToPath(new URL('../support/extract.main.ts', import.meta.url)),
            ...[world.stores.clickhouseUrl, world.stores.postgresUrl, 'milestones', String(nth)],
          ],
          { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
        );
        const [code] = (await once(spawned, 'exit')) as [number | null];
        return code;
      };
      await write(world.postgres, 'always there', true);
      for (let n = 0; n < 8; n++) await write(world.postgres, `first ${n}`, false);
      await extract('milestones');
      let ended: number | null = null;
      for (let nth = 1; ended === null && nth < 60; nth++) {
        // Each round has a new row, a changed one and a deleted one.
        await write(world.postgres, `round ${nth}`, false);
        await write(world.postgres, `round ${nth - 1}`, true);
        await remove(world.postgres, nth < 8 ? `first ${nth}` : `round ${nth - 2}`);
        ended = await child(nth);
        if (nth % 4 === 0 || ended !== null) {
          const report = await extract('milestones', { lagSeconds: 0, sweepEvery: ALWAYS });
          expect([nth, report.status]).toEqual([nth, 'succeeded']);
          expect([nth, await live()]).toEqual([nth, await product()]);
          expect([nth, await repeats()]).toEqual([nth, ['0']]);
        }
      }
      expect(ended).toBe(0);
    },
    KILLS_TIMEOUT,
  );

  it('trap 5: a row that is committed late with an older timestamp is found without any lag', async () => {
    await world.postgres.transaction(async (slow) => {
      await write(slow, 'late', false);
      await write(world.postgres, 'in between', false);
      expect(await extract('milestones', { lagSeconds: 0 })).toMatchObject({ loaded: 1 });
      await write(world.postgres, 'later', false);
      expect(await extract('milestones', { lagSeconds: 0 })).toMatchObject({ loaded: 1 });
    });
    expect(await extract('milestones', { lagSeconds: 0 })).toMatchObject({ loaded: 1 });
    expect(await live()).toEqual(await product());
    expect(await extract('milestones', { lagSeconds: 0 })).toMatchObject({ loaded: 0 });
  });

  it('trap 5: a transaction that begins between the bound and the read is left for the next run', async () => {
    await write(world.postgres, 'before', false);
    const first = await extract('milestones', {
      lagSeconds: 0,
      around: (source) => ({
        ...source,
        read: async (...parameters) => {
          await write(world.postgres, 'after the bound', false);
          await source.read(...parameters);
        },
      }),
    });
    expect(first.loaded).toBe(1);
    expect(await extract('milestones', { lagSeconds: 0 })).toMatchObject({ loaded: 1 });
  });

  it('looks back as many ids as it is told to', async () => {
    await world.put('user_activity', { id: 6000 });
    expect(await extract('user_activity', { lagIds: 10 })).toMatchObject({ loaded: 1 });
    await world.put('user_activity', { id: 5990 }, { id: 5989 });
    expect(await extract('user_activity', { lagIds: 10 })).toMatchObject({ loaded: 1 });
    expect(await world.list('SELECT id FROM raw_user_activity ORDER BY id')).toEqual(['5990', '6000']);
    expect(await extract('user_activity', { lagIds: 11 })).toMatchObject({ loaded: 1 });
  });

  it('trap 7: rows that change, go and come while they are read are as of one instant, and right in the next run', async () => {
    const rows = (from: number, to: number) =>
      world.postgres.execute(
        `INSERT INTO product.milestones SELECT md5(n::text)::uuid, $3, false, NULL, NULL, now() FROM generate_series($1::int, $2::int) n`,
        [from, to, uuidOf('deal')],
      );
    await rows(1, 30_000);
    const before = await product();
    const first = await extract('milestones', {
      around: (source) => ({
        ...source,
        read: (cursor, land, note) =>
          source.read(
            cursor,
            async ({ format, stream }) => {
              const slowed = new PassThrough();
              const landed = land({ format, stream: slowed });
              let chunks = 0;
              for await (const chunk of stream) {
                slowed.write(chunk);
                if (++chunks !== 2) continue;
                await rows(30_001, 30_100);
                await world.postgres.execute(
                  `UPDATE product.milestones SET completed = true, updated_at = now() WHERE id IN (SELECT md5(n::text)::uuid FROM generate_series(1, 30000, 3) n)`,
                );
                await world.postgres.execute(
                  `DELETE FROM product.milestones WHERE id IN (SELECT md5(n::text)::uuid FROM generate_series(2, 30000, 3000) n)`,
                );
              }
              expect(chunks).toBeGreaterThan(2);
              slowed.end();
              await landed;
            },
            note,
          ),
      }),
    });
    expect(first).toMatchObject({ loaded: 30_000, rejected: 0 });
    expect(await live()).toEqual(before);
    expect(await extract('milestones', { lagSeconds: 0, sweepEvery: ALWAYS })).toMatchObject({
      loaded: 10_100,
      deleted: 10,
    });
    expect(await live()).toEqual(await product());
  });

  it('trap 8: an error of ClickHouse in the middle of the bytes fails the source and deletes nothing', async () => {
    await world.put('tenants', {}, { id: uuidOf('other') });
    await world.put('user_activity', {});
    expect(await extract('tenants')).toMatchObject({ loaded: 2 });
    const broken = (lines: string[]) =>
      world.step1({
        only: ['tenants', 'user_activity'],
        around: (source) =>
          source.definition.name !== 'tenants'
            ? source
            : {
                ...source,
                read: (_cursor, land) => land({ format: 'TabSeparated', stream: Readable.from(lines) }),
              },
      });
    const good = `${uuidOf('tenant')}\tRenamed\n`;
    const outcome = await broken([good.repeat(50_000), 'one\ttoo\tmany\n', good]);
    expect(outcome).toMatchObject({
      status: 'failed',
      rowsOut: 1,
      detail: { failedSources: ['tenants'], continue: true },
    });
    expect(await world.list('SELECT name FROM raw_tenants WHERE NOT _deleted ORDER BY name')).toEqual([
      'Tenant',
      'Tenant',
    ]);
    expect(await world.list('SELECT count() FROM raw_tenants')).toEqual(['2']);
  });

  it('has rows whose cursor column is NULL rejected once, and loaded when it has a value', async () => {
    await world.postgres.execute('ALTER TABLE product.milestones ALTER updated_at DROP NOT NULL');
    try {
      await world.put('milestones', {});
      await extract('milestones');
      await world.put('milestones', { id: uuidOf('timeless'), updated_at: null });
      expect(await extract('milestones', { lagSeconds: 0 })).toMatchObject({ loaded: 0, rejected: 1 });
      expect(await extract('milestones', { lagSeconds: 0 })).toMatchObject({ loaded: 0, rejected: 0 });
      await world.put('milestones', { id: uuidOf('timeless') });
      expect(await extract('milestones', { lagSeconds: 0 })).toMatchObject({ loaded: 1, rejected: 0 });
    } finally {
      await world.postgres.execute('DELETE FROM product.milestones WHERE updated_at IS NULL');
      await world.postgres.execute('ALTER TABLE product.milestones ALTER updated_at SET NOT NULL');
    }
  });

  it('has infinite instants rejected, also one that lies before every cursor', async () => {
    await world.put('milestones', {});
    await extract('milestones');
    await world.put(
      'milestones',
      { id: uuidOf('infinity'), updated_at: 'infinity' },
      { id: uuidOf('minus infinity'), updated_at: '-infinity' },
    );
    expect(await extract('milestones', { sweepEvery: ALWAYS })).toMatchObject({
      loaded: 0,
      rejected: 2,
      notes: ['read whole: the source has 1 keys that raw had not'],
    });
    expect(await extract('milestones', { sweepEvery: ALWAYS })).toMatchObject({ rejected: 0 });
  });

  it('trap 15: instants are the same whatever the time zone of the server', async () => {
    const { pathname } = new URL(world.stores.postgresUrl);
    await world.postgres.execute(`ALTER DATABASE ${pathname.slice(1)} SET timezone = 'Asia/Kolkata'`);
    const elsewhere = new Postgres(createDataSource(world.stores.postgresUrl, []));
    try {
      await world.put('milestones', {
        updated_at: '2026-01-05T10:00:00.123456Z',
        completed_at: '2026-01-05T23:59:59Z',
      });
      const other = Object.assign(Object.create(Object.getPrototypeOf(world) as object) as Warehouse, world, {
        postgres: elsewhere,
      });
      expect((await other.extract({ only: ['milestones'] })).milestones).toMatchObject({ loaded: 1 });
    } finally {
      await elsewhere.close();
      await world.postgres.execute(`ALTER DATABASE ${pathname.slice(1)} RESET timezone`);
    }
    expect(await world.rows('SELECT updated_at, completed_at FROM raw_milestones')).toEqual([
      { updated_at: '2026-01-05T10:00:00.123456Z', completed_at: '2026-01-05T23:59:59.000000Z' },
    ]);
    expect(await extract('milestones', { lagSeconds: 0 })).toMatchObject({ loaded: 0 });
  });
});

describe('any schedule of writes, late commits and extractions', () => {
  const SESSIONS = 3;
  const KEYS = 9;
  type Action =
    | { kind: 'write' | 'remove' | 'restore'; key: number; completed: boolean }
    | { kind: 'begin' | 'commit'; session: number }
    | { kind: 'extract'; sweep: boolean };
  const action: fc.Arbitrary<Action> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom('write' as const, 'write' as const, 'remove' as const, 'restore' as const),
        key: fc.nat(KEYS - 1),
        completed: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('begin' as const, 'commit' as const),
        session: fc.integer({ min: 1, max: SESSIONS - 1 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('extract' as const), sweep: fc.boolean() }) },
  );

  it('leaves in raw what is in the source: nothing lost at any extraction, nothing too much after a sweep', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 25 }), async (actions) => {
        await world.postgres.execute('TRUNCATE product.milestones CASCADE');
        for (const table of ['raw_milestones', 'raw_cursors', 'raw_sweeps'])
          await world.clickhouse.command(`TRUNCATE TABLE ${table}`);
        await write(world.postgres, 'always there', true);
        await world.postgres.withSession((first) =>
          world.postgres.withSession(async (second) => {
            // A key belongs to one session, or a write would wait for the other's transaction.
            const sessions = [world.postgres, first, second];
            const open = new Set<number>();
            const swept = new Map<number, boolean>();
            let restored = false;
            const check = async (sweep: boolean) => {
              const report = await extract('milestones', {
                lagSeconds: 0,
                ...(sweep ? { sweepEvery: ALWAYS } : {}),
              });
              expect(report.status).toBe('succeeded');
              const [there, here] = [await product(), await live()];
              if (sweep) {
                expect(here).toEqual(there);
                restored = false;
                for (const key of swept.keys()) if (!open.has(key % SESSIONS)) swept.set(key, true);
              } else if (!restored) expect(here).toEqual(expect.arrayContaining(there));
            };
            const apply = async (one: Action): Promise<void> => {
              switch (one.kind) {
                case 'begin':
                  if (!open.has(one.session)) await sessions[one.session]?.execute('BEGIN');
                  open.add(one.session);
                  return;
                case 'commit':
                  if (open.delete(one.session)) await sessions[one.session]?.execute('COMMIT');
                  return;
                case 'extract':
                  await check(one.sweep);
                  return;
                case 'write':
                case 'remove':
                case 'restore': {
                  const session = sessions[one.key % SESSIONS] ?? world.postgres;
                  const name = `key ${one.key}`;
                  if (one.kind === 'remove') {
                    if ((await remove(session, name)) > 0) swept.set(one.key, false);
                  } else if (one.kind === 'write') {
                    await write(session, name, one.completed);
                    swept.delete(one.key);
                  } else if (swept.get(one.key)) {
                    // From a backup, as it was long before its deletion.
                    await session.execute(
                      'INSERT INTO product.milestones (id, partnership_id, completed, updated_at) VALUES ($1, $1, $2, $3)',
                      [uuidOf(name), one.completed, LONG_AGO],
                    );
                    swept.delete(one.key);
                    restored = true;
                  }
                }
              }
            };
            for (const one of actions) await apply(one);
            for (const session of open) await sessions[session]?.execute('COMMIT');
            open.clear();
            await check(false);
            await check(true);
          }),
        );
      }),
      { numRuns: 12 },
    );
  });
});
