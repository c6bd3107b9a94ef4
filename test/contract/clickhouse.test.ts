import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { migrateClickHouse } from '../../src/platform/clickhouse/clickhouse-migrations.js';
import { EmbeddedStores } from '../../src/platform/embedded/embedded-stores.js';
import { startClickHouse } from '../servers/clickhouse-host.js';
import { eventually } from '../support/async.js';
import { removeDataDir } from '../support/data-dir.js';

jest.setTimeout(120_000);

/**
 * What the service relies on in class ClickHouse, in both modes: the embedded engine as the service starts it, and a
 * server by URL (the stand-alone host of the same engine, or a real server at TEST_CLICKHOUSE_SERVER_URL).
 */
const dataDir = mkdtempSync(join(tmpdir(), 'insights-contract-clickhouse-'));
const [stores, server] = await Promise.all([
  EmbeddedStores.attach({ dataDir, stores: ['clickhouse'], lingerMs: 0, timeoutMs: 90_000 }),
  startClickHouse(),
]);

function embeddedUrl(): string {
  const { url = '', username = '', password = '' } = stores.endpoints.clickhouse ?? {};
  const full = new URL(url);
  full.username = username;
  full.password = password;
  return full.href;
}

afterAll(async () => {
  await Promise.all([stores.close(), server.stop()]);
  await removeDataDir(dataDir);
});

const unknownRow = z.record(z.string(), z.unknown());
const counted = z.object({ n: z.coerce.number() });
const HOSTILE = [
  "'; DROP TABLE victim; --",
  '\\',
  "\\'",
  'tab\there, line\nbreak, return\r, zero \0, quote "`',
  '{x: String}',
  '%s $1 ${x}',
  '\\N',
  'NULL',
  'наоборот 🤷 e\u0301',
  '',
];

describe.each([
  { mode: 'embedded', base: embeddedUrl() },
  { mode: 'server', base: server.url },
])('ClickHouse contract, $mode', ({ base }) => {
  const at = (database: string, change: (url: URL) => void = () => undefined): string => {
    const url = new URL(base);
    url.pathname = `/${database}`;
    change(url);
    return url.href;
  };
  const admin = new ClickHouse(at('default'));
  const databases: string[] = [];
  const newDatabase = (): string => {
    const name = `contract_${randomBytes(6).toString('hex')}`;
    databases.push(name);
    return name;
  };
  const database = newDatabase();
  const clickhouse = new ClickHouse(at(database));
  const ready = admin.command('CREATE DATABASE {database: Identifier}', { database });

  const newTable = async (columns: string): Promise<string> => {
    await ready;
    const name = `t_${randomUUID().replaceAll('-', '')}`;
    await clickhouse.command(`CREATE TABLE ${name} (${columns}) ENGINE = MergeTree ORDER BY tuple()`);
    return name;
  };
  const only = async (query: string, params: Record<string, unknown> = {}): Promise<unknown> => {
    await ready;
    return await clickhouse.row(query, params, unknownRow);
  };
  const count = async (table: string): Promise<number> =>
    (await clickhouse.row(`SELECT count() AS n FROM ${table}`, {}, counted)).n;

  afterAll(async () => {
    for (const name of databases) await admin.command(`DROP DATABASE IF EXISTS ${name} SYNC`);
    await Promise.all([clickhouse.close(), admin.close()]);
  });

  describe('values', () => {
    it('64-bit integers past 2^53 arrive as text, every digit', async () => {
      expect(
        await only(`SELECT 9223372036854775807 AS a, -9223372036854775808 AS b, toUInt64('18446744073709551615') AS c,
          toInt128('170141183460469231731687303715884105727') AS d, toInt32(7) AS e`),
      ).toEqual({
        a: '9223372036854775807',
        b: '-9223372036854775808',
        c: '18446744073709551615',
        d: '170141183460469231731687303715884105727',
        e: 7,
      });
    });

    it('decimals arrive as text, without a float on the way', async () => {
      expect(
        await only(`SELECT toDecimal64('1234567890123.45', 2) AS a, toDecimal128('0.12345678901234567890', 20) AS b,
          toDecimal32('-5', 4) AS c, CAST(NULL AS Nullable(Decimal(12, 2))) AS d`),
      ).toEqual({ a: '1234567890123.45', b: '0.12345678901234567890', c: '-5.0000', d: null });
    });

    it('instants arrive as ISO 8601 UTC with their microseconds', async () => {
      expect(
        await only(`SELECT toDateTime64('2026-03-29 01:59:59.123456', 6, 'UTC') AS a,
          toDateTime64('1900-01-01 00:00:00', 6, 'UTC') AS b, toDateTime64('2299-12-31 23:59:59.999999', 6, 'UTC') AS c,
          toDate32('2026-03-29') AS d`),
      ).toEqual({
        a: '2026-03-29T01:59:59.123456Z',
        b: '1900-01-01T00:00:00.000000Z',
        c: '2299-12-31T23:59:59.999999Z',
        d: '2026-03-29',
      });
    });

    it('nulls, arrays, tuples, booleans, floats and text', async () => {
      expect(
        await only(`SELECT CAST(NULL AS Nullable(String)) AS a, [toUInt64(1), 2] AS b, CAST([] AS Array(String)) AS c,
          [CAST(NULL AS Nullable(Int8)), 1] AS d, tuple(1::UInt8, 'x') AS e, true AS f, 0.1::Float64 AS g,
          'tab\\tline\\n🤷' AS h, toUUID('00000000-0000-0000-0000-00000000000a') AS i`),
      ).toEqual({
        a: null,
        b: ['1', '2'],
        c: [],
        d: [null, 1],
        e: [1, 'x'],
        f: true,
        g: 0.1,
        h: 'tab\tline\n🤷',
        i: '00000000-0000-0000-0000-00000000000a',
      });
    });

    it('an unmatched side of a join is null, not zero or 1970', async () => {
      expect(
        await only(`SELECT l.a AS a, r.b AS b, r.t AS t FROM (SELECT 1 AS a) l
          LEFT JOIN (SELECT 2 AS a, 'x' AS b, now64(6) AS t) r USING (a)`),
      ).toEqual({ a: 1, b: null, t: null });
    });
  });

  describe('parameters', () => {
    it('carry their type', async () => {
      const params = {
        u: '18446744073709551615',
        d: '1234567890123.45',
        t: '2026-01-02 03:04:05.123456', // a parameter takes no ISO text: with T and Z it is parsed in SQL
        n: null,
        l: ['a', "b'", '\\'],
        i: [1, 2],
        b: true,
        f: 1.5,
      };
      expect(
        await only(
          `SELECT {u: UInt64} AS u, {d: Decimal(18, 2)} AS d, {t: DateTime64(6, 'UTC')} AS t, {n: Nullable(String)} AS n,
             {l: Array(String)} AS l, {i: Array(UInt8)} AS i, {b: Bool} AS b, {f: Float64} AS f`,
          params,
        ),
      ).toEqual({ ...params, t: '2026-01-02T03:04:05.123456Z' });
    });

    it.each(HOSTILE)('are never SQL: %j', async (value) => {
      const table = await newTable('s String');
      expect(await only('SELECT {value: String} AS value', { value })).toEqual({ value });
      expect(await only('SELECT {values: Array(String)} AS values', { values: [value, value] })).toEqual({
        values: [value, value],
      });
      await clickhouse.command(`INSERT INTO ${table} SELECT {value: String}`, { value });
      expect(await only(`SELECT s FROM ${table} WHERE s = {value: String}`, { value })).toEqual({ s: value });
      expect(await count(table)).toBe(1);
    });

    it('name tables and columns as identifiers', async () => {
      const table = await newTable('a Int32');
      expect(await only('SELECT count() AS n FROM {table: Identifier}', { table })).toEqual({ n: '0' });
      await expect(
        only('SELECT count() AS n FROM {table: Identifier}', { table: `${table}; DROP TABLE ${table}` }),
      ).rejects.toMatchObject({ class: 'bug', code: 'clickhouse_60' });
    });

    it('that are missing, or of another type, are errors', async () => {
      await expect(only('SELECT {a: String}')).rejects.toMatchObject({
        class: 'bug',
        code: 'clickhouse_456',
      });
      await expect(only('SELECT {a: UInt8}', { a: 'x' })).rejects.toMatchObject({
        source: 'clickhouse',
        class: 'bug',
      });
    });
  });

  describe('rows', () => {
    it('are parsed, and one of another shape is an error', async () => {
      await ready;
      const row = z.object({ n: z.number() });
      expect(await clickhouse.rows('SELECT number::UInt32 AS n FROM numbers(3)', {}, row)).toEqual([
        { n: 0 },
        { n: 1 },
        { n: 2 },
      ]);
      await expect(clickhouse.rows('SELECT number AS n FROM numbers(3)', {}, row)).rejects.toThrow(
        z.ZodError,
      );
      expect(await clickhouse.rows('SELECT 1 AS n WHERE 0', {}, row)).toEqual([]);
      await expect(clickhouse.row('SELECT 1 AS n WHERE 0', {}, row)).rejects.toMatchObject({
        code: 'no_row',
      });
    });

    it('that a statement writes are counted', async () => {
      const table = await newTable('a UInt64');
      expect(await clickhouse.command(`INSERT INTO ${table} SELECT number FROM numbers(1000)`)).toEqual({
        written: 1000,
      });
      expect(await clickhouse.command(`INSERT INTO ${table} SELECT 1 WHERE 0`)).toEqual({ written: 0 });
    });

    it('as objects keep what JSON can carry', async () => {
      const table = await newTable(
        `id UInt64, money Decimal(12, 2), at DateTime64(6, 'UTC'), gone Nullable(String), list Array(String)`,
      );
      const rows = [
        {
          id: '18446744073709551615',
          money: '9999999999.99',
          at: '2026-01-02T03:04:05.123456Z',
          gone: null,
          list: ['a\n'],
        },
        { id: '1', money: '-0.01', at: '1970-01-01T00:00:00.000001Z', gone: HOSTILE[0], list: [] },
      ];
      await clickhouse.insertRows(table, rows);
      await clickhouse.insertRows(table, []);
      const found = await clickhouse.rows(`SELECT * FROM ${table} ORDER BY id DESC`, {}, unknownRow);
      expect(found).toEqual(rows);
    });
  });

  describe('bytes', () => {
    const TOTAL = 200_000;

    /** Lines in blocks, so that no stream holds all of them. */
    function* lines(): Generator<string> {
      for (let from = 0; from < TOTAL; from += 1000) {
        let block = '';
        for (let id = from; id < from + 1000; id++)
          block += `${id}\ttab\\t and line\\n ${id}\t2026-01-01 00:00:00.${String(id).padStart(6, '0')}\t\\N\n`;
        yield block;
      }
    }
    const bytes = (content: Iterable<string>): Readable => Readable.from(content, { objectMode: false });

    it('200,000 rows go in and come out the same', async () => {
      const table = await newTable(`id UInt64, s String, at DateTime64(6, 'UTC'), gone Nullable(Int32)`);
      await clickhouse.insertBytes(table, ['id', 's', 'at', 'gone'], 'TabSeparated', bytes(lines()));
      expect(
        await only(`SELECT count() AS n, sum(id) AS ids, uniqExact(s) AS texts, max(at) AS latest, countIf(gone IS NULL) AS nulls,
          countIf(s = concat('tab\\t and line\\n ', toString(id))) AS whole FROM ${table}`),
      ).toEqual({
        n: '200000',
        ids: '19999900000',
        texts: '200000',
        latest: '2026-01-01T00:00:00.199999Z',
        nulls: '200000',
        whole: '200000',
      });

      const copy = await newTable(`id UInt64, s String, at DateTime64(6, 'UTC'), gone Nullable(Int32)`);
      const out = await clickhouse.selectBytes(`SELECT * FROM ${table} WHERE id < {below: UInt64}`, {
        below: TOTAL,
      });
      await clickhouse.insertBytes(copy, ['id', 's', 'at', 'gone'], 'TabSeparated', out);
      expect(
        await only(`SELECT count() AS n FROM (SELECT * FROM ${table} EXCEPT SELECT * FROM ${copy})`),
      ).toEqual({ n: '0' });
      expect(await count(copy)).toBe(TOTAL);
    });

    it('columns may be named in another order, and the rest takes its default', async () => {
      const table = await newTable(`a Int32, b String DEFAULT 'rest', c String`);
      await clickhouse.insertBytes(table, ['c', 'a'], 'TabSeparated', bytes(['x\t1\n']));
      await clickhouse.insertBytes(table, ['a', 'c'], 'CSV', bytes(['2,"y, ""z"""\n']));
      await clickhouse.insertBytes(table, ['a', 'c'], 'CSVWithNames', bytes(['c,a\nw,3\n']));
      expect(await clickhouse.rows(`SELECT * FROM ${table} ORDER BY a`, {}, unknownRow)).toEqual([
        { a: 1, b: 'rest', c: 'x' },
        { a: 2, b: 'rest', c: 'y, "z"' },
        { a: 3, b: 'rest', c: 'w' },
      ]);
    });

    it('an empty stream is no rows and no error', async () => {
      const table = await newTable('a Int32');
      await clickhouse.insertBytes(table, ['a'], 'TabSeparated', bytes([]));
      expect(await count(table)).toBe(0);
      expect(await text(await clickhouse.selectBytes(`SELECT a FROM ${table}`))).toBe('');
    });

    it('data of another type is an error with its code, and no row stays', async () => {
      const table = await newTable('a Int32');
      const bad = clickhouse.insertBytes(table, ['a'], 'TabSeparated', bytes(['1\n2\nthree\n']));
      await expect(bad).rejects.toMatchObject({ class: 'bug', source: 'clickhouse', code: 'clickhouse_27' });
      expect(await count(table)).toBe(0);
    });

    it('a source that breaks leaves no row', async () => {
      const table = await newTable('a UInt64');
      const broken = async function* (): AsyncGenerator<Buffer> {
        for (let id = 0; id < 50; id++) yield await Promise.resolve(Buffer.from(`${id}\n`.repeat(2000)));
        throw new Error('the source broke');
      };
      const insert = clickhouse.insertBytes(
        table,
        ['a'],
        'TabSeparated',
        Readable.from(broken(), { objectMode: false }),
      );
      await expect(insert).rejects.toThrow('the source broke');
      expect(await count(table)).toBe(0);
    });

    it('selected bytes are tab-separated text with a parameter in them', async () => {
      await ready;
      const out = await clickhouse.selectBytes(
        `SELECT {s: String} AS s, CAST(NULL AS Nullable(Int8)) AS n, [1, 2] AS l, toDateTime64('2026-01-02 03:04:05.000006', 6, 'UTC') AS t`,
        { s: 'a\tb\n\\' },
      );
      expect(await text(out)).toBe('a\\tb\\n\\\\\t\\N\t[1,2]\t2026-01-02T03:04:05.000006Z\n');
    });
  });

  describe('a query that fails half way', () => {
    const HALF_WAY = `SELECT throwIf(number = 300000, 'boom') AS t, number FROM numbers(400000)`;
    const settings = { max_block_size: '1000', max_threads: 1 };

    it('rejects, as rows', async () => {
      await ready;
      const failed = clickhouse.rows(HALF_WAY, {}, z.unknown(), { settings });
      await expect(failed).rejects.toMatchObject({
        source: 'clickhouse',
        code: 'clickhouse_395',
        class: 'bug',
      });
    });

    it('never ends cleanly, as bytes', async () => {
      await ready;
      const drain = async (): Promise<void> => {
        for await (const chunk of await clickhouse.selectBytes(HALF_WAY, {}, { settings })) void chunk;
      };
      await expect(drain()).rejects.toMatchObject({ name: 'AppError', source: 'clickhouse' });
    });

    it('leaves no row of an INSERT ... SELECT behind that a repeat would double', async () => {
      const table = await newTable('number UInt64');
      const insert = `INSERT INTO ${table} SELECT number FROM numbers(1000) WHERE throwIf(number = 999, 'boom') = 0`;
      await expect(clickhouse.command(insert)).rejects.toMatchObject({ code: 'clickhouse_395' });
      expect(await count(table)).toBe(0);
    });
  });

  describe('errors', () => {
    it('an unknown table is a bug with its code', async () => {
      await ready;
      for (const attempt of [
        () => clickhouse.rows('SELECT * FROM nowhere', {}, z.unknown()),
        () => clickhouse.command('INSERT INTO nowhere SELECT 1'),
        () => clickhouse.insertRows('nowhere', [{ a: 1 }]),
        () => clickhouse.selectBytes('SELECT * FROM nowhere'),
        () =>
          clickhouse.insertBytes(
            'nowhere',
            ['a'],
            'TabSeparated',
            Readable.from(['1\n'], { objectMode: false }),
          ),
      ])
        await expect(attempt()).rejects.toMatchObject({
          class: 'bug',
          source: 'clickhouse',
          code: 'clickhouse_60',
        });
    });

    it('a wrong password is a setting to change, and is not repeated in the error', async () => {
      const stranger = new ClickHouse(at('default', (url) => (url.password = 'not-the-password')));
      const failed = stranger.ping().catch((error: unknown) => error);
      expect(await failed).toMatchObject({
        class: 'configuration',
        source: 'clickhouse',
        code: 'clickhouse_516',
      });
      expect(String(await failed)).not.toContain('not-the-password');
      await stranger.close();
    });

    it('a server that is not there is worth another try', async () => {
      const nobody = new ClickHouse('http://default:hidden@127.0.0.1:1/analytics');
      for (const attempt of [
        () => nobody.ping(),
        () => nobody.rows('SELECT 1', {}, z.unknown()),
        () => nobody.command('SELECT 1'),
        () => nobody.selectBytes('SELECT 1'),
        () => nobody.insertBytes('t', ['a'], 'TabSeparated', Readable.from(['1\n'], { objectMode: false })),
      ]) {
        const failure: unknown = await attempt().catch((error: unknown) => error);
        expect(failure).toMatchObject({
          class: 'transient',
          source: 'clickhouse',
          code: 'clickhouse_unreachable',
        });
        expect(String(failure)).not.toContain('hidden');
      }
      await nobody.close();
    });

    it('a missing database is told by its code', async () => {
      const lost = new ClickHouse(at('no_such_database'));
      await expect(lost.rows('SELECT 1 AS a', {}, z.unknown())).rejects.toMatchObject({
        code: 'clickhouse_81',
      });
      await lost.close();
    });
  });

  it('a reader of bytes who leaves ends the query', async () => {
    await ready;
    const bytes = await clickhouse.selectBytes(`SELECT number, repeat('left early', 20) FROM numbers(1e12)`);
    await once(bytes, 'readable');
    bytes.destroy();
    const still = `SELECT count() AS n FROM system.processes WHERE query LIKE '%left early%' AND query NOT LIKE '%system.processes%'`;
    await eventually(async () => expect(await admin.row(still, {}, counted)).toEqual({ n: 0 }), 30_000);
  });

  it('an abort ends the query here and on the server', async () => {
    await ready;
    const abort = new AbortController();
    const mark = randomUUID();
    const query = `SELECT count() AS n FROM numbers(1e13) WHERE NOT ignore(sipHash64(number), {mark: String})`;
    const running = async (): Promise<number> =>
      (
        await admin.row(
          `SELECT count() AS n FROM system.processes WHERE query LIKE '%NOT ignore(sipHash64%' AND query NOT LIKE '%system.processes%'`,
          {},
          counted,
        )
      ).n;
    const before = await running();
    const failed = expect(
      clickhouse.rows(query, { mark }, z.unknown(), { signal: abort.signal }),
    ).rejects.toThrow();
    await eventually(async () => expect(await running()).toBe(before + 1), 30_000);
    abort.abort();
    await failed;
    await eventually(async () => expect(await running()).toBe(before), 30_000);
    expect(await only('SELECT 1 AS a')).toEqual({ a: 1 });
  });

  it('many at once do not touch each other', async () => {
    await ready;
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        clickhouse.row(
          `SELECT {index: UInt32} AS index, getSetting('max_block_size') AS size, currentDatabase() AS db`,
          { index },
          unknownRow,
          { settings: { max_block_size: String(1000 + index) } },
        ),
      ),
    );
    expect(answers).toEqual(
      Array.from({ length: 40 }, (_, index) => ({ index, size: 1000 + index, db: database })),
    );
  });

  describe('migrations', () => {
    const files = readdirSync(new URL('../../migrations/clickhouse/', import.meta.url))
      .filter((name) => name.endsWith('.sql'))
      .sort()
      .map((name) => `clickhouse/${name}`);
    const schemaOf = async (name: string): Promise<unknown> =>
      await admin.rows(
        `SELECT name, replaceAll(create_table_query, {name: String}, 'db') AS ddl FROM system.tables
         WHERE database = {name: String} ORDER BY name`,
        { name },
        unknownRow,
      );

    it('make the database, run once, and find nothing to do the second time', async () => {
      const name = newDatabase();
      expect(await migrateClickHouse(at(name))).toEqual(files);
      const schema = await schemaOf(name);
      expect(schema).toContainEqual({ name: 'raw_rejects', ddl: expect.any(String) });
      expect(await migrateClickHouse(at(name))).toEqual([]);
      expect(await schemaOf(name)).toEqual(schema);
    });

    it('at once from four processes end in the same schema, each file noted once', async () => {
      const [alone, crowded] = [newDatabase(), newDatabase()];
      await migrateClickHouse(at(alone));
      await Promise.all([1, 2, 3, 4].map(() => migrateClickHouse(at(crowded))));
      expect(await schemaOf(crowded)).toEqual(await schemaOf(alone));
      expect(await migrateClickHouse(at(crowded))).toEqual([]);
    });

    it('refuse a file that was applied with other contents, and apply nothing then', async () => {
      const name = newDatabase();
      await migrateClickHouse(at(name));
      const client = new ClickHouse(at(name));
      await client.command(
        `ALTER TABLE _migrations UPDATE checksum = 'another' WHERE name = {file: String}`,
        { file: files[0]?.replace('clickhouse/', '') },
        { settings: { mutations_sync: '2' } },
      );
      await expect(migrateClickHouse(at(name))).rejects.toMatchObject({
        class: 'configuration',
        source: 'clickhouse',
        code: 'migration_changed',
        message: expect.stringContaining(files[0] ?? ''),
      });
      await client.close();
    });
  });
});
