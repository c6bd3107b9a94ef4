import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { heldBufferBytes } from '../support/memory.js';

/**
 * What this service relies on in a ClickHouse server, held against the embedded one through the client it uses. The
 * server runs in a process of its own, as it does for the service.
 */
const password = randomBytes(16).toString('hex');
let dir: string;
let server: { child: ChildProcess; url: string };
let client: ClickHouseClient;

async function startServer(): Promise<{ child: ChildProcess; url: string }> {
  const args = ['--import', './src/typescript/register.mjs', resolve('src/platform/embedded/host.main.ts')];
  const child = spawn(process.execPath, [...args, '--only', 'clickhouse', '--port', '0', '--dir', dir], {
    env: { PATH: process.env.PATH, TZ: 'UTC', UV_THREADPOOL_SIZE: '24', EMBEDDED_PASSWORD: password },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => {
      throw new Error('the server ended at its start');
    }),
  ]);
  return { child, url: String(line).trim() };
}

function connect(options: Partial<Parameters<typeof createClient>[0]> = {}): ClickHouseClient {
  return createClient({ url: server.url, password, log: { level: 127 }, ...options });
}

async function rows<T>(query: string, query_params?: Record<string, unknown>): Promise<T[]> {
  const result = await client.query({ query, query_params, format: 'JSONEachRow' });
  return result.json<T>();
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await delay(25);
  }
  throw new Error(`never came true: ${what}`);
}

async function newTable(columns: string): Promise<string> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  await client.command({ query: `CREATE TABLE ${name} (${columns}) ENGINE = MergeTree ORDER BY tuple()` });
  return name;
}

const running = async (queryId: string): Promise<boolean> => {
  const query = "SELECT count() AS n FROM system.processes WHERE Settings['log_comment'] = {id:String}";
  return (await rows<{ n: number }>(query, { id: queryId }))[0]?.n === 1;
};
const spooled = (): string[] => readdirSync(join(dir, 'spool')).filter((name) => !name.startsWith('rows-'));

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'embedded-clickhouse-'));
  server = await startServer();
  client = connect();
}, 60_000);

afterAll(async () => {
  await client.close();
  const exited = once(server.child, 'exit');
  server.child.kill('SIGTERM');
  const [code] = await exited;
  rmSync(dir, { recursive: true, force: true });
  expect(code).toBe(0);
}, 30_000);

describe('insert data is never SQL', () => {
  const hostile = 'x\n\nDROP TABLE victim; --';

  it.each(['TabSeparated', 'CSV', 'JSONEachRow'] as const)('%s', async (format) => {
    await client.command({
      query: 'CREATE TABLE IF NOT EXISTS victim (a Int8) ENGINE = MergeTree ORDER BY a',
    });
    const table = await newTable('id Int32, s String');
    const line = {
      TabSeparated: (id: number) => `${id}\t${hostile.replaceAll('\n', '\\n')}\n`,
      CSV: (id: number) => `${id},"${hostile}"\n`,
      JSONEachRow: (id: number) => JSON.stringify({ id, s: hostile }) + '\n\n',
    }[format];
    const body = Readable.from([line(1), line(2)], { objectMode: false });
    if (format === 'JSONEachRow') {
      await client.insert({ table, format, values: [1, 2].map((id) => ({ id, s: hostile })) });
    } else {
      await client.insert({ table, format, values: body });
    }
    expect(await rows(`SELECT id, s FROM ${table} ORDER BY id`)).toEqual([
      { id: 1, s: hostile },
      { id: 2, s: hostile },
    ]);
    expect(await rows('EXISTS TABLE victim')).toEqual([{ result: 1 }]);
  });

  it('an empty line between rows is at worst an error of the format, and runs nothing', async () => {
    await client.command({
      query: 'CREATE TABLE IF NOT EXISTS victim (a Int8) ENGINE = MergeTree ORDER BY a',
    });
    const table = await newTable('id Int32, s String');
    const values = Readable.from(['1\ta\n\nDROP TABLE victim\n'], { objectMode: false });
    await expect(client.insert({ table, format: 'TabSeparated', values })).rejects.toMatchObject({
      code: '27',
    });
    expect(await rows('EXISTS TABLE victim')).toEqual([{ result: 1 }]);
    expect(await rows(`SELECT count() AS n FROM ${table}`)).toEqual([{ n: 0 }]);
  });

  it('data inside the statement text is refused where it could end early', async () => {
    await client.command({
      query: 'CREATE TABLE IF NOT EXISTS victim (a Int8) ENGINE = MergeTree ORDER BY a',
    });
    const query = 'INSERT INTO victim FORMAT CSV\n1\n\nDROP TABLE victim';
    await expect(client.command({ query })).rejects.toMatchObject({ code: '62' });
    expect(await rows('SELECT count() AS n FROM victim')).toEqual([{ n: 0 }]);
  });

  it('several statements are refused as a whole, also when only the last is broken', async () => {
    const table = await newTable('a Int8');
    for (const second of ['SELECT 1', 'garbage in']) {
      const query = `DROP TABLE ${table}; ${second}`;
      await expect(client.command({ query })).rejects.toMatchObject({ code: '62' });
    }
    expect(await rows(`EXISTS TABLE ${table}`)).toEqual([{ result: 1 }]);
  });
});

describe('streams', () => {
  it('1 M rows go in and out as bytes that the client never holds', async () => {
    const table = await newTable('id UInt64, s String, d DateTime64(6)');
    const total = 1_000_000;
    let peak = 0;
    let calls = 0;
    const watch = (): void => {
      if (++calls % 100 === 0) peak = Math.max(peak, heldBufferBytes());
    };
    function* lines(): Generator<string> {
      for (let from = 0; from < total; from += 1_000) {
        let block = '';
        for (let id = from; id < from + 1_000; id++) {
          block += `${id}\trow ${id} with a text that takes some room on the wire\t2024-01-01 00:00:00.${String(id).padStart(6, '0')}\n`;
        }
        watch();
        yield block;
      }
    }
    const base = heldBufferBytes();
    const values = Readable.from(lines(), { objectMode: false });
    const { summary } = await client.insert({ table, format: 'TabSeparated', values });
    expect(summary?.written_rows).toBe(String(total));

    const { stream } = await client.exec({ query: `SELECT * FROM ${table} ORDER BY id FORMAT TabSeparated` });
    let newlines = 0;
    let bytes = 0;
    for await (const chunk of stream) {
      const buffer = Buffer.from(chunk);
      bytes += buffer.length;
      for (const byte of buffer) if (byte === 10) newlines++;
      watch();
    }
    expect(newlines).toBe(total);
    expect(bytes).toBeGreaterThan(80_000_000);
    expect(peak - base).toBeLessThan(40_000_000);
    expect(await rows(`SELECT sum(id) AS ids, uniqExact(s) AS u FROM ${table}`)).toEqual([
      { ids: 499_999_500_000, u: total },
    ]);
  }, 60_000);

  it('a client that stops reading makes the query wait', async () => {
    const queryId = randomUUID();
    const query = "SELECT number, repeat('x', 100) FROM numbers(1e9) FORMAT TabSeparated";
    const abort = new AbortController();
    const { stream } = await client.exec({ query, query_id: queryId, abort_signal: abort.signal });
    await once(stream, 'readable');
    const readRows = async (): Promise<number> => {
      const sql = "SELECT read_rows AS n FROM system.processes WHERE Settings['log_comment'] = {id:String}";
      return (await rows<{ n: number }>(sql, { id: queryId }))[0]?.n ?? -1;
    };
    let last = -2;
    await until('the query stands still', async () => {
      const now = await readRows();
      const still = now === last;
      last = now;
      await delay(100);
      return still;
    });
    expect(last).toBeGreaterThan(0);
    expect(last).toBeLessThan(1e8); // a server that buffered would have read far on
    stream.destroy();
    abort.abort();
    await until('the abandoned query ends', async () => !(await running(queryId)));
  }, 30_000);

  it.each(['TabSeparated', 'JSONEachRow', 'CSV'] as const)(
    'an error in the middle of %s rejects at the client',
    async (format) => {
      const query = `SELECT throwIf(number = 3000000, 'boom') AS t, number FROM numbers(4000000) SETTINGS max_block_size = 1000, max_threads = 1`;
      const consume = async (): Promise<number> => {
        const result = await client.query({ query, format });
        let seen = 0;
        for await (const batch of result.stream()) seen += batch.length;
        return seen;
      };
      await expect(consume()).rejects.toThrow(/boom|aborted|closed/);
    },
    30_000,
  );

  it('an error in the middle of raw bytes is no clean end', async () => {
    const query =
      "SELECT throwIf(number = 3000000, 'boom'), number FROM numbers(4000000) SETTINGS max_threads = 1 FORMAT RowBinary";
    const { stream } = await client.exec({ query });
    const consume = async (): Promise<void> => {
      for await (const chunk of stream) void chunk;
    };
    await expect(consume()).rejects.toThrow();
  }, 30_000);

  it('an error before the first rows have left is a status with its code', async () => {
    const query = "SELECT throwIf(number = 10, 'boom') FROM numbers(100)";
    await expect(client.query({ query, format: 'JSON' })).rejects.toMatchObject({ code: '395' });
  });

  it('every form of a statement keeps its format', async () => {
    const text = async (query: string): Promise<string> => {
      const { stream } = await client.exec({ query });
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString();
    };
    expect(await text('SELECT 1 AS a')).toBe('1\n');
    expect(await text('SELECT 1 AS a;')).toBe('1\n');
    expect(await text('SELECT 1 AS a -- the end')).toBe('1\n');
    expect(await text('SELECT 1 AS a FORMAT CSVWithNames')).toBe('"a"\n1\n');
    expect(await text('SELECT 1 AS a FORMAT CSVWithNames SETTINGS max_threads = 1')).toBe('"a"\n1\n');
    expect(await text("SELECT 'FORMAT JSON' AS a")).toBe('FORMAT JSON\n');
    expect(await text('SELECT 1 AS a WHERE 0')).toBe('');
    expect(await text("SHOW TABLES LIKE 'nothing' FORMAT CSV")).toBe('');
  });
});

describe('requests do not touch each other', () => {
  it('settings and parameters end with their request', async () => {
    const query = "SELECT getSetting('max_threads') AS t, {x:String} AS x";
    const settings = { max_threads: 7 };
    const first = await client.query({
      query,
      query_params: { x: "it's\t\\n" },
      clickhouse_settings: settings,
    });
    expect((await first.json<{ t: number; x: string }>()).data).toEqual([{ t: 7, x: "it's\t\\n" }]);
    await expect(client.query({ query })).rejects.toMatchObject({ code: '456' });
    await client.command({ query: 'SET max_threads = 9' });
    await client.command({ query: 'USE system' });
    const after = await rows<{ t: number; d: string }>(
      "SELECT toUInt64(getSetting('max_threads')) AS t, currentDatabase() AS d",
    );
    expect(after[0]?.t).not.toBe(7);
    expect(after[0]?.t).not.toBe(9);
    expect(after[0]?.d).toBe('default');
  });

  it('what one request leaves on its connection reaches no other of the same kind', async () => {
    const settings = { max_threads: 3, wait_end_of_query: 1 as const };
    const ask = async (query: string, params: Record<string, unknown> = {}) => {
      const given = { query, query_params: params, clickhouse_settings: settings };
      return await (await client.query({ ...given, format: 'JSONEachRow' })).json();
    };
    expect(await ask('SELECT {x:String} AS x', { x: 'one' })).toEqual([{ x: 'one' }]);
    expect(await ask('SELECT {x:String} AS x', { x: 'two' })).toEqual([{ x: 'two' }]);
    await expect(ask('SELECT {x:String} AS x', { y: 'three' })).rejects.toMatchObject({ code: '456' });
    await expect(ask("SELECT throwIf({x:String} = 'four')", { x: 'four' })).rejects.toMatchObject({
      code: '395',
    });
    expect(await ask('SELECT {x:String} AS x', { x: 'five' })).toEqual([{ x: 'five' }]);

    const command = async (query: string) => await client.command({ query, clickhouse_settings: settings });
    await command('CREATE TEMPORARY TABLE passing (a UInt8)');
    await command('SET max_result_rows = 1');
    await command('USE system');
    await expect(ask('SELECT * FROM passing')).rejects.toMatchObject({ code: '60' });
    expect(await ask('SELECT count() AS n FROM numbers(5) GROUP BY number')).toHaveLength(5);
    expect(await ask('SELECT currentDatabase() AS d')).toEqual([{ d: 'default' }]);
  });

  it('many at once each see their own parameter', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, id) => rows<{ x: number }>('SELECT {x:UInt32} AS x', { x: id })),
    );
    expect(answers.map((answer) => answer[0]?.x)).toEqual(Array.from({ length: 60 }, (_, id) => id));
  }, 20_000);

  it('parameters too long for a URL travel in a form', async () => {
    const ids = Array.from({ length: 200_000 }, (_, id) => id);
    const result = await client.query({
      query: 'SELECT arraySum({ids:Array(UInt32)}) AS s',
      query_params: { ids },
      use_multipart_params: true,
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ s: 19_999_900_000 }]);
  });

  it('the database of the client holds for its requests', async () => {
    await client.command({ query: 'CREATE DATABASE IF NOT EXISTS `other-db`' });
    const other = connect({ database: 'other-db' });
    const result = await other.query({ query: 'SELECT currentDatabase() AS d', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ d: 'other-db' }]);
    await other.close();
  });
});

describe('values', () => {
  it('64-bit integers, decimals and instants keep every digit', async () => {
    const result = await client.query({
      query: `SELECT 18446744073709551615::UInt64 AS u, toDecimal64('1234567890.12', 2) AS m,
                     toDateTime64('2024-02-29 12:34:56.123456', 6, 'UTC') AS t`,
      clickhouse_settings: {
        output_format_json_quote_64bit_integers: 1,
        output_format_json_quote_decimals: 1,
      },
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([
      { u: '18446744073709551615', m: '1234567890.12', t: '2024-02-29 12:34:56.123456' },
    ]);
  });

  it('written rows are counted for every way of writing', async () => {
    const table = await newTable('a Int64');
    const values = await client.command({ query: `INSERT INTO ${table} VALUES (1), (2), (3)` });
    const select = await client.command({ query: `INSERT INTO ${table} SELECT number FROM numbers(1000)` });
    const data = await client.insert({ table, format: 'JSONEachRow', values: [{ a: 1 }, { a: 2 }] });
    const columns = await client.exec({
      query: `INSERT INTO ${table} (a) SETTINGS max_threads = 1 FORMAT CSV`,
      values: Readable.from(['7\n'], { objectMode: false }),
    });
    columns.stream.resume();
    const counts = [values, select, data, columns].map(({ summary }) => summary?.written_rows);
    expect(counts).toEqual(['3', '1000', '2', '1']);
    expect(await rows(`SELECT count() AS n FROM ${table}`)).toEqual([{ n: 1006 }]);
  });
});

describe('errors carry their code', () => {
  it.each([
    ['unknown table', 'SELECT * FROM nowhere', '60'],
    ['syntax', 'SELEC 1', '62'],
    ['empty', ' ', '62'],
    ['INTO OUTFILE', "SELECT 1 INTO OUTFILE '/tmp/never'", '48'],
  ])('%s', async (_, query, code) => {
    await expect(client.command({ query })).rejects.toMatchObject({ code });
  });

  it('unknown setting', async () => {
    const settings = { no_such_setting: '1' };
    await expect(client.query({ query: 'SELECT 1', clickhouse_settings: settings })).rejects.toMatchObject({
      code: '115',
    });
  });

  it('wrong password and unknown user', async () => {
    for (const wrong of [{ password: 'wrong' }, { username: 'nobody' }]) {
      const stranger = connect(wrong);
      await expect(stranger.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' });
      await stranger.close();
    }
  });

  it('a URL alone may read and not write', async () => {
    const get = async (query: string): Promise<number> => {
      const auth = { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': password };
      return (await fetch(`${server.url}/?query=${encodeURIComponent(query)}`, { headers: auth })).status;
    };
    expect(await get('SELECT 1')).toBe(200);
    expect(await get('CREATE DATABASE by_get')).toBe(403);
  });
});

describe('a client that goes away', () => {
  it('ends its query', async () => {
    const queryId = randomUUID();
    const abort = new AbortController();
    const query = 'SELECT count() FROM numbers(1e13) WHERE NOT ignore(sipHash64(number))';
    const answer = client.query({ query, query_id: queryId, abort_signal: abort.signal });
    const failed = expect(answer).rejects.toThrow();
    await until('the query runs', () => running(queryId));
    abort.abort();
    await failed;
    await until('the query is killed', async () => !(await running(queryId)));
  }, 30_000);

  it('leaves no row of an insert it did not finish', async () => {
    const table = await newTable('id UInt64, s String');
    const values = new PassThrough();
    const abort = new AbortController();
    const inserted = client.insert({ table, format: 'TabSeparated', values, abort_signal: abort.signal });
    const failed = expect(inserted).rejects.toThrow();
    for (let id = 0; id < 300_000; id++) if (!values.write(`${id}\tsome text\n`)) await once(values, 'drain');
    await until('the data arrives', () => spooled().length === 1);
    abort.abort();
    await failed;
    values.destroy();
    await until('the data is dropped', () => spooled().length === 0);
    expect(await rows(`SELECT count() AS n FROM ${table}`)).toEqual([{ n: 0 }]);
  }, 30_000);

  it('leaves no row when its connection breaks without a word', async () => {
    const table = await newTable('id UInt64');
    const query = encodeURIComponent(`INSERT INTO ${table} FORMAT TabSeparated`);
    const request = httpRequest(`${server.url}/?query=${query}`, {
      method: 'POST',
      headers: { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': password },
    });
    request.on('error', () => undefined);
    request.write('1\n2\n3\n');
    await until('the data arrives', () => spooled().length === 1);
    request.destroy();
    await until('the data is dropped', () => spooled().length === 0);
    expect(await rows(`SELECT count() AS n FROM ${table}`)).toEqual([{ n: 0 }]);
  });
});

it('confirmed rows outlive kill -9', async () => {
  const table = await newTable('id UInt64');
  for (let batch = 0; batch < 5; batch++) {
    await client.command({ query: `INSERT INTO ${table} SELECT number FROM numbers(10000)` });
  }
  const exited = once(server.child, 'exit');
  server.child.kill('SIGKILL');
  await exited;
  await client.close();
  server = await startServer();
  client = connect();
  expect(await rows(`SELECT count() AS n FROM ${table}`)).toEqual([{ n: 50_000 }]);
}, 60_000);

it('an orderly end kills the query that runs', async () => {
  const queryId = randomUUID();
  const query = 'SELECT count() FROM numbers(1e13) WHERE NOT ignore(sipHash64(number))';
  const failed = expect(client.query({ query, query_id: queryId })).rejects.toThrow();
  await until('the query runs', () => running(queryId));
  const exited = once(server.child, 'exit');
  server.child.kill('SIGTERM');
  expect((await exited)[0]).toBe(0);
  await failed;
  await client.close();
  server = await startServer();
  client = connect();
  expect(await rows('SELECT 1 AS a')).toEqual([{ a: 1 }]);
}, 60_000);

it('another process cannot open the same data', async () => {
  const log = readFileSync(join(dir, 'status'), 'utf8');
  expect(log).toContain(`PID: ${server.child.pid}`);
  const args = ['--import', './src/typescript/register.mjs', resolve('src/platform/embedded/host.main.ts')];
  const child = spawn(process.execPath, [...args, '--only', 'clickhouse', '--dir', dir], {
    env: { PATH: process.env.PATH, EMBEDDED_PASSWORD: password },
    stdio: 'ignore',
  });
  const [code] = await once(child, 'exit');
  expect(code).not.toBe(0);
  expect(await rows('SELECT 1 AS a')).toEqual([{ a: 1 }]);
}, 30_000);
