import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import { EmbeddedStores } from '../../src/platform/embedded/embedded-stores.js';
import { createDataSource, Postgres, type Queryable } from '../../src/platform/postgres/postgres.js';
import { startPostgres } from '../servers/postgres.js';
import { deferred, eventually } from '../support/async.js';
import { removeDataDir } from '../support/data-dir.js';

jest.setTimeout(120_000);

/**
 * What the service relies on in class Postgres, in both modes: the embedded one as the service starts it, and a server
 * by URL (the same binaries under a process of their own, or a real server at TEST_POSTGRES_SERVER_URL).
 */
const dataDir = mkdtempSync(join(tmpdir(), 'insights-contract-postgres-'));
const [stores, server] = await Promise.all([
  EmbeddedStores.attach({ dataDir, stores: ['postgres'], lingerMs: 0, timeoutMs: 90_000 }),
  startPostgres(),
]);

afterAll(async () => {
  await Promise.all([stores.close(), server.stop()]);
  await removeDataDir(dataDir);
});

const connect = (url: string): Postgres => new Postgres(createDataSource(url, migrations));
const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => 'no error',
    (error: unknown) => error,
  );
const UNREACHABLE = { class: 'transient', source: 'postgres', code: 'postgres_unreachable' };

describe('Postgres that cannot be reached is worth another try', () => {
  /** A peer that takes the connection and then does what `serve` says. */
  const peer = async (serve: (socket: Socket) => void): Promise<{ url: string; close: () => void }> => {
    const sockets: Socket[] = [];
    const listener = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      serve(socket);
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = z.object({ port: z.number() }).parse(listener.address());
    return {
      url: `postgres://user:hidden@127.0.0.1:${port}/teraffi`,
      close: () => {
        for (const socket of sockets) socket.destroy();
        listener.close();
      },
    };
  };

  it('when nothing listens', async () => {
    const nobody = connect('postgres://user:hidden@127.0.0.1:1/teraffi');
    for (let attempt = 0; attempt < 2; attempt++) {
      const failure = await failureOf(nobody.ping());
      expect(failure).toMatchObject(UNREACHABLE);
      expect(String(failure)).not.toContain('hidden');
    }
    await nobody.close();
  });

  it.each([
    [
      'the address hangs up, as a proxy does whose server restarts',
      (socket: Socket) => void socket.destroy(),
    ],
    ['the address takes the connection and never answers', () => undefined],
  ])('when %s', async (_what, serve) => {
    const { url, close } = await peer(serve);
    const cut = connect(url);
    expect(await failureOf(cut.ping())).toMatchObject(UNREACHABLE);
    await cut.close();
    close();
  });
});

const unknownRow = z.record(z.string(), z.unknown());
const TENANTS = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'] as const;

describe.each([
  { mode: 'embedded', base: stores.endpoints.postgres?.url ?? '' },
  { mode: 'server', base: server.url },
])('Postgres contract, $mode', ({ base }) => {
  const at = (database: string, change: (url: URL) => void = () => undefined): string => {
    const url = new URL(base);
    url.pathname = `/${database}`;
    change(url);
    return url.href;
  };
  const admin = connect(base);
  const opened: { name: string; postgres: Postgres }[] = [];
  const newDatabase = async (): Promise<{ name: string; postgres: Postgres }> => {
    const name = `contract_${randomBytes(6).toString('hex')}`;
    await admin.execute(`CREATE DATABASE ${name}`);
    const database = { name, postgres: connect(at(name)) };
    opened.push(database);
    return database;
  };
  let name: string;
  let postgres: Postgres;

  beforeAll(async () => {
    ({ name, postgres } = await newDatabase());
  });

  afterAll(async () => {
    for (const database of opened) {
      await database.postgres.close();
      await admin.execute(`DROP DATABASE IF EXISTS ${database.name} WITH (FORCE)`);
    }
    await admin.close();
  });

  const newTable = async (columns: string): Promise<string> => {
    const table = `t_${randomUUID().replaceAll('-', '')}`;
    await postgres.execute(`CREATE TABLE ${table} (${columns})`);
    return table;
  };
  const rows = async (
    sql: string,
    params: readonly unknown[] = [],
    on: Queryable = postgres,
  ): Promise<unknown[]> => await on.query(sql, params, unknownRow);
  const count = async (table: string): Promise<number> => {
    const [row] = await postgres.query(
      `SELECT count(*) AS n FROM ${table}`,
      [],
      z.object({ n: z.coerce.number() }),
    );
    return row?.n ?? -1;
  };
  describe('values', () => {
    it('instants keep their microseconds, as ISO 8601 UTC', async () => {
      expect(
        await rows(`SELECT '2026-03-29 03:59:59.123456+02'::timestamptz AS a, '2026-01-01 00:00:00Z'::timestamptz AS b,
          '1900-01-01 00:00:00.000001Z'::timestamptz AS c, '2026-03-29'::date AS d, '2026-03-29 01:02:03.000004'::timestamp AS e`),
      ).toEqual([
        {
          a: '2026-03-29T01:59:59.123456Z',
          b: '2026-01-01T00:00:00Z',
          c: '1900-01-01T00:00:00.000001Z',
          d: '2026-03-29',
          e: '2026-03-29 01:02:03.000004',
        },
      ]);
    });

    it('bigint and numeric arrive as text, every digit', async () => {
      expect(
        await rows(`SELECT 9223372036854775807::bigint AS a, 123456789012345678901234567890.123456789::numeric AS b,
          '10.00'::numeric(12, 2) AS c, 7::integer AS d, 0.1::double precision AS e, count(*) AS f FROM (VALUES (1)) v (x)`),
      ).toEqual([
        {
          a: '9223372036854775807',
          b: '123456789012345678901234567890.123456789',
          c: '10.00',
          d: 7,
          e: 0.1,
          f: '1',
        },
      ]);
    });

    it('nulls, arrays, json, booleans and text', async () => {
      expect(
        await rows(`SELECT NULL::text AS a, ARRAY['x', NULL, 'y "z"'] AS b, '{"k": [1, null]}'::jsonb AS c, true AS d,
          E'tab\\tline\\n🤷' AS e, '00000000-0000-0000-0000-00000000000a'::uuid AS f, ARRAY[1, 2]::bigint[] AS g`),
      ).toEqual([
        {
          a: null,
          b: ['x', null, 'y "z"'],
          c: { k: [1, null] },
          d: true,
          e: 'tab\tline\n🤷',
          f: '00000000-0000-0000-0000-00000000000a',
          g: ['1', '2'],
        },
      ]);
    });

    it.each([
      "'; DROP TABLE victim; --",
      '\\',
      "\\'",
      'tab\t line\n return\r quote "',
      '$1 {x} %s',
      'NULL',
      '🤷 e\u0301',
      '',
    ])('parameters are never SQL: %j', async (value) => {
      const table = await newTable('s text');
      expect(await postgres.execute(`INSERT INTO ${table} VALUES ($1)`, [value])).toBe(1);
      expect(
        await rows(`SELECT s, $2::text[] AS list FROM ${table} WHERE s = $1`, [value, [value, value]]),
      ).toEqual([{ s: value, list: [value, value] }]);
    });

    it('a row of another shape is an error', async () => {
      await expect(postgres.query('SELECT 1 AS a', [], z.object({ a: z.string() }))).rejects.toThrow(
        z.ZodError,
      );
    });

    it('connections speak UTC and ISO whatever the server prefers', async () => {
      await admin.execute(`ALTER DATABASE ${name} SET timezone = 'Asia/Kolkata'`);
      await admin.execute(`ALTER DATABASE ${name} SET datestyle = 'SQL, DMY'`);
      const fresh = connect(at(name));
      expect(
        await rows(`SELECT '2026-01-02 03:04:05Z'::timestamptz AS a, '2026-01-02'::date AS b`, [], fresh),
      ).toEqual([{ a: '2026-01-02T03:04:05Z', b: '2026-01-02' }]);
      await fresh.close();
    });
  });

  describe('transactions', () => {
    it('commit together, or not at all', async () => {
      const table = await newTable('a int PRIMARY KEY');
      await postgres.transaction(async (session) => {
        await session.execute(`INSERT INTO ${table} VALUES (1)`);
        await session.execute(`INSERT INTO ${table} VALUES (2)`);
      });
      expect(await count(table)).toBe(2);

      const broken = postgres.transaction(async (session) => {
        await session.execute(`INSERT INTO ${table} VALUES (3)`);
        await session.execute(`INSERT INTO ${table} VALUES (1)`);
      });
      await expect(broken).rejects.toMatchObject({ code: 'postgres_23505' });
      const thrown = postgres.transaction(async (session) => {
        await session.execute(`INSERT INTO ${table} VALUES (4)`);
        throw new Error('ours');
      });
      await expect(thrown).rejects.toThrow('ours');
      expect(await count(table)).toBe(2);
    });

    it('leave a connection that is as good as new', async () => {
      const failed = postgres.transaction((session) => session.execute('SELECT 1 / 0'));
      await expect(failed).rejects.toMatchObject({ code: 'postgres_22012' });
      for (let i = 0; i < 15; i++)
        expect(await rows(`SELECT pg_current_xact_id_if_assigned() IS NULL AS idle`)).toEqual([
          { idle: true },
        ]);
    });

    it('take the isolation they are given', async () => {
      const isolation = await postgres.transaction(
        (session) => rows(`SELECT current_setting('transaction_isolation') AS level`, [], session),
        'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      );
      expect(isolation).toEqual([{ level: 'repeatable read' }]);
    });
  });

  describe('copy', () => {
    const COLUMNS = 'id bigint, money numeric(20, 4), at timestamptz, body text, gone int, list text[]';
    const ROWS = 50_000;

    it('out and in again gives the same rows, and the count the server confirmed', async () => {
      const [from, to] = [await newTable(COLUMNS), await newTable(COLUMNS)];
      await postgres.execute(
        `INSERT INTO ${from} SELECT i, i / 7.0, '2026-01-01'::timestamptz + i * interval '1.000001 s',
           CASE i % 4 WHEN 0 THEN E'tab\\t line\\n back\\\\slash \\\\N' WHEN 1 THEN '' WHEN 2 THEN '🤷' END, nullif(i % 3, 0),
           ARRAY['a,b', 'c"d', NULL] FROM generate_series(1, $1::int) i`,
        [ROWS],
      );
      const copied = await postgres.withSession((source) =>
        postgres.withSession((target) =>
          target.copyIn(`COPY ${to} FROM STDIN`, source.copyOut(`COPY (SELECT * FROM ${from}) TO STDOUT`)),
        ),
      );
      expect(copied).toBe(ROWS);
      expect(
        await rows(`SELECT count(*) AS n FROM (SELECT * FROM ${from} EXCEPT ALL SELECT * FROM ${to}) d`),
      ).toEqual([{ n: '0' }]);
      expect(await count(to)).toBe(ROWS);
    });

    it('of nothing is nothing', async () => {
      const table = await newTable(COLUMNS);
      expect(
        await postgres.withSession((session) =>
          session.copyIn(`COPY ${table} FROM STDIN`, Readable.from([])),
        ),
      ).toBe(0);
      expect(await postgres.withSession((session) => text(session.copyOut(`COPY ${table} TO STDOUT`)))).toBe(
        '',
      );
    });

    it('in refuses a bad row with its code, keeps nothing, and the session goes on', async () => {
      const table = await newTable('a int');
      await postgres.withSession(async (session) => {
        const bad = session.copyIn(`COPY ${table} FROM STDIN`, Readable.from(['1\n2\nthree\n']));
        await expect(bad).rejects.toMatchObject({
          class: 'rejected',
          source: 'postgres',
          code: 'postgres_22p02',
        });
        expect(await rows('SELECT 1 AS a', [], session)).toEqual([{ a: 1 }]);
      });
      const missing = postgres.withSession((session) =>
        session.copyIn('COPY nowhere FROM STDIN', Readable.from(['1\n'])),
      );
      await expect(missing).rejects.toMatchObject({ class: 'configuration', code: 'postgres_42p01' });
      expect(await count(table)).toBe(0);
    });

    it('in whose source breaks keeps nothing and hands the error on', async () => {
      const table = await newTable('a int');
      const broken = async function* (): AsyncGenerator<string> {
        for (let i = 0; i < 10; i++) yield await Promise.resolve('1\n'.repeat(10_000));
        throw new Error('the source broke');
      };
      const copy = postgres.withSession((session) =>
        session.copyIn(`COPY ${table} FROM STDIN`, Readable.from(broken())),
      );
      await expect(copy).rejects.toThrow('the source broke');
      expect(await count(table)).toBe(0);
    });

    it('out of a table that is not there rejects with its code, and the session goes on', async () => {
      await postgres.withSession(async (session) => {
        const failed = text(session.copyOut('COPY (SELECT * FROM nowhere) TO STDOUT'));
        await expect(failed).rejects.toMatchObject({ class: 'configuration', code: 'postgres_42p01' });
        expect(await rows('SELECT 1 AS a', [], session)).toEqual([{ a: 1 }]);
      });
    });

    it('out that fails half way never ends cleanly', async () => {
      const half = `COPY (SELECT 1 / (100000 - i) FROM generate_series(1, 200000) i) TO STDOUT`;
      await postgres.withSession(async (session) => {
        await expect(text(session.copyOut(half))).rejects.toMatchObject({
          class: 'rejected',
          code: 'postgres_22012',
        });
        expect(await rows('SELECT 1 AS a', [], session)).toEqual([{ a: 1 }]);
      });
    });

    it('out whose reader leaves half way ends the transaction, and the pool is whole', async () => {
      const endless = `COPY (SELECT repeat('x', 1000) FROM generate_series(1, 5000000)) TO STDOUT`;
      for (let i = 0; i < 3; i++) {
        const left = postgres.transaction(async (session) => {
          const sink = new PassThrough();
          const copying = pipeline(session.copyOut(endless), sink);
          await once(sink, 'data');
          sink.destroy(new Error('the reader left'));
          await copying;
        });
        await expect(left).rejects.toThrow('the reader left');
      }
      const still = `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%5000000%'`;
      await eventually(async () => expect(await rows(still)).toEqual([{ n: '0' }]), 30_000);
      const answers = await Promise.all(Array.from({ length: 12 }, () => rows('SELECT 1 AS a')));
      expect(answers).toEqual(Array.from({ length: 12 }, () => [{ a: 1 }]));
    });
  });

  it('describes a SELECT by the names and types of its columns, without running it', async () => {
    const columns =
      'id uuid, money numeric(12,2), any_money numeric, at timestamptz(3), tags text[], name varchar(20)';
    const table = await newTable(columns);
    await postgres.execute(`INSERT INTO ${table} (money) VALUES (0)`);
    const described = await postgres.withSession((session) =>
      session.describe(`SELECT t.*, count(*) OVER () AS n, 1 / t.money AS never FROM ${table} t`),
    );
    expect(described).toEqual([
      { name: 'id', type: 'uuid' },
      { name: 'money', type: 'numeric(12,2)' },
      { name: 'any_money', type: 'numeric' },
      { name: 'at', type: 'timestamp(3) with time zone' },
      { name: 'tags', type: 'text[]' },
      { name: 'name', type: 'character varying(20)' },
      { name: 'n', type: 'bigint' },
      { name: 'never', type: 'numeric' },
    ]);
    const missing = postgres.withSession((session) => session.describe('SELECT * FROM nowhere'));
    await expect(missing).rejects.toMatchObject({ class: 'configuration', code: 'postgres_42p01' });
  });

  describe('errors', () => {
    it.each([
      ['unique violation', 'INSERT INTO unique_one VALUES (1), (1)', 'rejected', '23505'],
      ['check violation', 'INSERT INTO unique_one VALUES (-1)', 'rejected', '23514'],
      ['null violation', 'INSERT INTO unique_one VALUES (NULL)', 'rejected', '23502'],
      ['number out of range', 'INSERT INTO unique_one VALUES (99999999999)', 'rejected', '22003'],
      ['division by zero', 'SELECT 1 / 0', 'rejected', '22012'],
      ['missing table', 'SELECT * FROM nowhere', 'configuration', '42p01'],
      ['missing column', 'SELECT b FROM unique_one', 'configuration', '42703'],
      ['missing schema', 'CREATE TABLE nowhere.t ()', 'configuration', '3f000'],
      ['no permission', 'SET LOCAL ROLE pg_monitor; SELECT * FROM unique_one', 'configuration', '42501'],
      ['syntax', 'SELEC 1', 'bug', '42601'],
      ['statement timeout', `SET LOCAL statement_timeout = 50; SELECT pg_sleep(10)`, 'transient', '57014'],
      ['lock timeout', `SET LOCAL lock_timeout = 50; LOCK TABLE locked_one`, 'transient', '55p03'],
    ])('%s', async (_what, sql, kind, state) => {
      await postgres.execute('CREATE TABLE IF NOT EXISTS unique_one (a int NOT NULL UNIQUE CHECK (a > 0))');
      await postgres.execute('CREATE TABLE IF NOT EXISTS locked_one ()');
      await postgres.transaction(async (holder) => {
        await holder.execute('LOCK TABLE locked_one');
        const failed = postgres.transaction((session) => session.execute(sql));
        await expect(failed).rejects.toMatchObject({
          class: kind,
          source: 'postgres',
          code: `postgres_${state}`,
        });
      });
    });

    it('a deadlock and a serialization failure are worth another try', async () => {
      const table = await newTable('id int PRIMARY KEY, n int');
      await postgres.execute(`INSERT INTO ${table} VALUES (1, 0), (2, 0)`);
      const [firstHolds, secondHolds] = [deferred<void>(), deferred<void>()];
      const update = (id: number): string => `UPDATE ${table} SET n = n + 1 WHERE id = ${id}`;
      const ends = await Promise.allSettled([
        postgres.transaction(async (session) => {
          await session.execute(update(1));
          firstHolds.resolve();
          await secondHolds.promise;
          await session.execute(update(2));
        }),
        postgres.transaction(async (session) => {
          await session.execute(update(2));
          secondHolds.resolve();
          await firstHolds.promise;
          await session.execute(update(1));
        }),
      ]);
      const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
      expect(failures).toEqual([expect.objectContaining({ class: 'transient', code: 'postgres_40p01' })]);

      const stale = postgres.transaction(async (session) => {
        await rows(`SELECT n FROM ${table}`, [], session);
        await postgres.execute(update(1));
        await session.execute(update(1));
      }, 'BEGIN ISOLATION LEVEL REPEATABLE READ');
      await expect(stale).rejects.toMatchObject({ class: 'transient', code: 'postgres_40001' });
    });

    it('a wrong password and a missing database are settings to change, and no password is repeated', async () => {
      for (const [url, state] of [
        [at(name, (changed) => (changed.password = 'not-the-password')), '28p01'],
        [at('no_such_database'), '3d000'],
      ] as const) {
        const stranger = connect(url);
        const failure = await failureOf(stranger.ping());
        expect(failure).toMatchObject({
          class: 'configuration',
          source: 'postgres',
          code: `postgres_${state}`,
        });
        expect(String(failure)).not.toContain('not-the-password');
        await stranger.close();
      }
    });
  });

  describe('a connection that the server ends', () => {
    const own = z.object({ pid: z.number() });
    const terminate = async (pid: number | undefined): Promise<void> =>
      expect(await rows('SELECT pg_terminate_backend($1::int, 10000) AS gone', [pid], admin)).toEqual([
        { gone: true },
      ]);

    it('in the middle of a statement is a transient error, and the pool recovers', async () => {
      const failed = postgres.transaction(async (session) => {
        const [row] = await session.query('SELECT pg_backend_pid() AS pid', [], own);
        const asleep = session.execute('SELECT pg_sleep(60)');
        asleep.catch(() => undefined);
        await terminate(row?.pid);
        await asleep;
      });
      await expect(failed).rejects.toMatchObject({
        class: 'transient',
        source: 'postgres',
        code: 'postgres_57p01',
      });
      expect(await rows('SELECT 1 AS a')).toEqual([{ a: 1 }]);
    });

    it('between two statements is a transient error, and the pool recovers', async () => {
      const failed = postgres.transaction(async (session) => {
        const [row] = await session.query('SELECT pg_backend_pid() AS pid', [], own);
        await terminate(row?.pid);
        await session.execute('SELECT 1');
      });
      await expect(failed).rejects.toMatchObject({ class: 'transient', source: 'postgres' });
      expect(await rows('SELECT 1 AS a')).toEqual([{ a: 1 }]);
    });

    it('in the middle of a copy, out and in, is a transient error, and the pool recovers', async () => {
      const out = postgres.withSession(async (session) => {
        const [row] = await session.query('SELECT pg_backend_pid() AS pid', [], own);
        const stream = session.copyOut(
          `COPY (SELECT repeat('x', 1000) FROM generate_series(1, 5000000)) TO STDOUT`,
        );
        const sink = new PassThrough();
        const copying = pipeline(stream, sink);
        copying.catch(() => undefined);
        await once(sink, 'readable');
        await terminate(row?.pid);
        sink.resume();
        await copying;
      });
      await expect(out).rejects.toMatchObject({ class: 'transient', source: 'postgres' });

      const table = await newTable('a text');
      const into = postgres.withSession(async (session) => {
        const [row] = await session.query('SELECT pg_backend_pid() AS pid', [], own);
        const source = new PassThrough();
        const copying = session.copyIn(`COPY ${table} FROM STDIN`, source);
        copying.catch(() => undefined);
        source.write('x\n');
        await terminate(row?.pid);
        source.end('y\n');
        return await copying;
      });
      await expect(into).rejects.toMatchObject({ class: 'transient', source: 'postgres' });
      expect(await count(table)).toBe(0);
    });

    it('all of them at once, and the pool still recovers', async () => {
      await Promise.all(Array.from({ length: 8 }, () => rows('SELECT pg_sleep(0.05)')));
      await rows(
        `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1`,
        [name],
        admin,
      );
      await eventually(async () => expect(await rows('SELECT 1 AS a')).toEqual([{ a: 1 }]), 20_000);
      const answers = await Promise.all(Array.from({ length: 12 }, () => rows('SELECT 1 AS a')));
      expect(answers).toEqual(Array.from({ length: 12 }, () => [{ a: 1 }]));
    });
  });

  it('more work than connections waits its turn', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        postgres.transaction((session) => rows('SELECT $1::int AS i', [i], session)),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 40 }, (_, i) => [{ i }]));
  });

  describe('migrations', () => {
    const names = migrations.map((migration) => `postgres/${migration.name}`);
    const schemaOf = async (on: Queryable): Promise<unknown[]> =>
      await rows(
        `SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
         WHERE table_schema IN ('insights', 'insights_ops') ORDER BY 1, 2, 3`,
        [],
        on,
      );

    it('run once, and find nothing to do the second time', async () => {
      const fresh = await newDatabase();
      expect(await fresh.postgres.migrate()).toEqual(names);
      const schema = await schemaOf(fresh.postgres);
      expect(schema.length).toBeGreaterThan(80);
      expect(await fresh.postgres.migrate()).toEqual([]);
      expect(await schemaOf(fresh.postgres)).toEqual(schema);
    });

    it('at once from four processes run once', async () => {
      const fresh = await newDatabase();
      const replicas = Array.from({ length: 4 }, () => connect(at(fresh.name)));
      const applied = await Promise.all(replicas.map((replica) => replica.migrate()));
      expect(applied.flat().sort()).toEqual([...names].sort());
      expect(await rows('SELECT name FROM _insights_migrations ORDER BY id', [], fresh.postgres)).toEqual(
        migrations.map((migration) => ({ name: migration.name })),
      );
      await Promise.all(replicas.map((replica) => replica.close()));
    });

    it('in two new databases of one server at once both succeed: the roles belong to the server', async () => {
      const fresh = await Promise.all([newDatabase(), newDatabase(), newDatabase()]);
      expect(await Promise.all(fresh.map(({ postgres: each }) => each.migrate()))).toEqual([
        names,
        names,
        names,
      ]);
    });
  });

  describe('row-level security of schema insights', () => {
    const TABLES = ['entity_benchmarks', 'entity_badges', 'deal_health'] as const;
    let insights: Postgres;

    beforeAll(async () => {
      insights = (await newDatabase()).postgres;
      await insights.migrate();
      for (const tenant of TENANTS) {
        await insights.execute(
          `INSERT INTO insights.entity_benchmarks (entity_id, metric, tenant_id, n, explanation, as_of)
           SELECT gen_random_uuid(), 'success_rate', $1::uuid, 1, '', now() FROM generate_series(1, 3)`,
          [tenant],
        );
        await insights.execute(
          `INSERT INTO insights.entity_badges (entity_id, badge, tenant_id, level, awarded_at, expires_at, evidence, as_of)
           SELECT gen_random_uuid(), 'top_performer', $1::uuid, 'gold', now(), now(), '{}', now() FROM generate_series(1, 3)`,
          [tenant],
        );
        await insights.execute(
          `INSERT INTO insights.deal_health (partnership_id, tenant_id, stage, entered_stage_at, days_in_stage, threshold_days,
             threshold_source, severity, as_of)
           SELECT gen_random_uuid(), $1::uuid, 'proposal', now(), 1, 30, 'configured', 'ok', now() FROM generate_series(1, 3)`,
          [tenant],
        );
      }
    });

    /** What a role sees of a table, by tenant; `tenant` undefined: the setting is never made. */
    const seenBy = async (role: string, table: string, tenant?: string): Promise<unknown[]> =>
      await insights.transaction(async (session) => {
        await session.execute(`SET LOCAL ROLE ${role}`);
        if (tenant !== undefined)
          await session.execute(`SELECT set_config('insights.tenant_id', $1, true)`, [tenant]);
        return await rows(
          `SELECT tenant_id::text AS tenant, count(*)::int AS n FROM insights.${table} GROUP BY 1 ORDER BY 1`,
          [],
          session,
        );
      });

    it.each(TABLES)('%s: a reader sees its tenant only', async (table) => {
      for (const tenant of TENANTS)
        expect(await seenBy('insights_reader', table, tenant)).toEqual([{ tenant, n: 3 }]);
      expect(await seenBy('insights_reader', table, randomUUID())).toEqual([]);
    });

    it.each(TABLES)(
      '%s: a reader without a tenant sees nothing, also on a connection that had one',
      async (table) => {
        expect(await seenBy('insights_reader', table)).toEqual([]);
        expect(await seenBy('insights_reader', table, '')).toEqual([]);
        await insights.withSession(async (session) => {
          await session.execute(`SELECT set_config('insights.tenant_id', $1, false)`, [TENANTS[0]]);
          await session.execute('RESET insights.tenant_id');
          await session.execute('SET ROLE insights_reader');
          const seen = await rows(`SELECT * FROM insights.${table}`, [], session);
          await session.execute('RESET ROLE');
          expect(seen).toEqual([]);
        });
      },
    );

    it.each(TABLES)('%s: the platform sees all', async (table) => {
      const all = TENANTS.map((tenant) => ({ tenant, n: 3 }));
      expect(await seenBy('insights_platform', table)).toEqual(all);
      expect(await seenBy('insights_platform', table, TENANTS[0])).toEqual(all);
    });

    it.each(TABLES)('%s: neither writes', async (table) => {
      for (const role of ['insights_reader', 'insights_platform']) {
        for (const sql of [
          `DELETE FROM insights.${table}`,
          `UPDATE insights.${table} SET as_of = now()`,
          `TRUNCATE insights.${table}`,
        ]) {
          const write = insights.transaction(async (session) => {
            await session.execute(`SET LOCAL ROLE ${role}`);
            await session.execute(sql);
          });
          await expect(write).rejects.toMatchObject({ class: 'configuration', code: 'postgres_42501' });
        }
      }
    });

    it('is forced on every table, and no role of ours goes around it or logs in', async () => {
      expect(
        await rows(
          `SELECT relname AS name, relrowsecurity AS enabled, relforcerowsecurity AS forced FROM pg_class
           WHERE relnamespace = 'insights'::regnamespace AND relkind = 'r' ORDER BY relname`,
          [],
          insights,
        ),
      ).toEqual([...TABLES].sort().map((table) => ({ name: table, enabled: true, forced: true })));
      expect(
        await rows(
          `SELECT rolname AS name, rolbypassrls AS bypass, rolcanlogin AS login, rolsuper AS super FROM pg_roles
           WHERE rolname IN ('insights_reader', 'insights_platform') ORDER BY rolname`,
          [],
          insights,
        ),
      ).toEqual([
        { name: 'insights_platform', bypass: false, login: false, super: false },
        { name: 'insights_reader', bypass: false, login: false, super: false },
      ]);
    });

    it('binds an owner who is no superuser: it writes by its own policy, and another role sees nothing', async () => {
      const [owner, other] = [
        `owner_${randomBytes(4).toString('hex')}`,
        `other_${randomBytes(4).toString('hex')}`,
      ];
      const fresh = await newDatabase();
      for (const role of [owner, other])
        await admin.execute(`CREATE ROLE ${role} LOGIN CREATEROLE PASSWORD 'p'`);
      try {
        await admin.execute(`ALTER DATABASE ${fresh.name} OWNER TO ${owner}`);
        await admin.execute(`GRANT insights_reader, insights_platform TO ${owner}`);
        const asOwner = connect(
          at(fresh.name, (url) => {
            url.username = owner;
            url.password = 'p';
          }),
        );
        await asOwner.migrate();
        await asOwner.execute(
          `INSERT INTO insights.entity_badges VALUES (gen_random_uuid(), 'b', $1, 'gold', now(), now(), '{}', now())`,
          [TENANTS[0]],
        );
        expect(await rows('SELECT badge FROM insights.entity_badges', [], asOwner)).toEqual([{ badge: 'b' }]);
        await asOwner.execute(`GRANT USAGE ON SCHEMA insights TO ${other}`);
        await asOwner.execute(`GRANT SELECT ON insights.entity_badges TO ${other}`);
        await asOwner.close();
        const asOther = connect(
          at(fresh.name, (url) => {
            url.username = other;
            url.password = 'p';
          }),
        );
        expect(await rows('SELECT badge FROM insights.entity_badges', [], asOther)).toEqual([]);
        await asOther.close();
      } finally {
        await fresh.postgres.close();
        await admin.execute(`DROP DATABASE IF EXISTS ${fresh.name} WITH (FORCE)`);
        for (const role of [owner, other]) await admin.execute(`DROP ROLE ${role}`);
      }
    });
  });
});
