import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createClient } from '@clickhouse/client';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { z } from 'zod';
import {
  EmbeddedStores,
  type EmbeddedEndpoints,
  type EmbeddedStore,
} from '../../src/platform/embedded/embedded-stores.js';
import { isRunning } from '../../src/platform/embedded/process-identity.js';

jest.setTimeout(120_000);

let dataDir: string;
const children: ChildProcess[] = [];
const held: EmbeddedStores[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'embedded-host-'));
});

afterEach(async () => {
  await Promise.all(held.splice(0).map((stores) => stores.close()));
  for (const child of children.splice(0)) child.kill('SIGKILL');
  const pid = tryHostPid();
  if (pid !== undefined) await until('the host ends when nobody holds a lease', () => !isRunning(pid));
  rmSync(dataDir, { recursive: true, force: true });
});

async function attach(stores: EmbeddedStore[], lingerMs = 200): Promise<EmbeddedStores> {
  const attached = await EmbeddedStores.attach({ dataDir, stores, lingerMs });
  held.push(attached);
  return attached;
}

const clientSchema = z.object({
  clickhouse: z.object({ url: z.string(), username: z.string(), password: z.string() }).optional(),
  postgres: z.object({ url: z.string() }).optional(),
});

/** Another process that attaches and keeps its lease until it is killed. */
async function clientProcess(
  stores: EmbeddedStore[],
): Promise<{ child: ChildProcess; endpoints: EmbeddedEndpoints }> {
  const source = pathToFileURL(join(process.cwd(), 'src/platform/embedded/embedded-stores.ts')).href;
  const script = `
    const { EmbeddedStores } = await import(${JSON.stringify(source)});
    const options = { dataDir: ${JSON.stringify(dataDir)}, stores: ${JSON.stringify(stores)}, lingerMs: 200 };
    const stores = await EmbeddedStores.attach(options);
    console.log(JSON.stringify(stores.endpoints));
    setInterval(() => undefined, 1000);`;
  const args = ['--import', './src/typescript/register.mjs', '--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => {
      throw new Error('the client process ended before it had attached');
    }),
  ]);
  return { child, endpoints: clientSchema.parse(JSON.parse(String(line))) };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if (await holds()) return;
    await delay(25);
  }
  throw new Error(`never came true: ${what}`);
}

function tryHostPid(): number | undefined {
  try {
    return z
      .object({ pid: z.number() })
      .parse(JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8'))).pid;
  } catch {
    return undefined;
  }
}

function hostPid(): number {
  const pid = tryHostPid();
  if (pid === undefined) throw new Error('no host has written its state');
  return pid;
}

const postmasterPid = (): number =>
  Number.parseInt(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8'), 10);

async function clickhouse<T>(endpoints: EmbeddedEndpoints, query: string): Promise<T[]> {
  const client = createClient({ ...endpoints.clickhouse, log: { level: 127 } });
  try {
    return await (await client.query({ query, format: 'JSONEachRow' })).json<T>();
  } finally {
    await client.close();
  }
}

async function clickhouseCommand(endpoints: EmbeddedEndpoints, query: string): Promise<void> {
  const client = createClient({ ...endpoints.clickhouse, log: { level: 127 } });
  try {
    await client.command({ query });
  } finally {
    await client.close();
  }
}

async function postgres(endpoints: EmbeddedEndpoints, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: endpoints.postgres?.url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Rows in both stores that a restart must not lose. */
async function fill(endpoints: EmbeddedEndpoints): Promise<void> {
  await clickhouseCommand(endpoints, 'CREATE TABLE kept (a UInt32) ENGINE = MergeTree ORDER BY a');
  await clickhouseCommand(endpoints, 'INSERT INTO kept SELECT number FROM numbers(1000)');
  await postgres(endpoints, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS a');
}

async function expectFilled(endpoints: EmbeddedEndpoints): Promise<void> {
  expect(await clickhouse(endpoints, 'SELECT count() AS n FROM kept')).toEqual([{ n: 1000 }]);
  expect(await postgres(endpoints, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 1000 }]);
}

describe('one host for all', () => {
  it('two processes that attach at once to an empty directory get the same host', async () => {
    const [a, b] = await Promise.all([clientProcess(['clickhouse']), clientProcess(['clickhouse'])]);
    expect(a.endpoints).toEqual(b.endpoints);
    expect(await clickhouse(b.endpoints, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
    const served = readFileSync(join(dataDir, 'embedded.log'), 'utf8').match(/host \d+ serves/g);
    expect(served).toEqual([`host ${hostPid()} serves`]);
  });

  it('starts a further store when someone asks for it, and ends with its last lease only', async () => {
    const first = await attach(['clickhouse']);
    const pid = hostPid();
    expect(first.endpoints.postgres).toBeUndefined();
    const second = await attach(['postgres', 'clickhouse'], 0);
    expect(hostPid()).toBe(pid);
    expect(second.endpoints.clickhouse).toEqual(first.endpoints.clickhouse);
    expect(await postgres(second.endpoints, 'SHOW wal_level')).toEqual([{ wal_level: 'logical' }]);
    await second.close();
    expect((await attach(['clickhouse'])).endpoints).toEqual(first.endpoints);
    expect(hostPid()).toBe(pid);
  });

  it('serves on the same ports after an orderly end, with the data of before', async () => {
    const before = await attach(['clickhouse', 'postgres'], 0);
    await fill(before.endpoints);
    const pid = hostPid();
    await before.close();
    // No wait for the end of the old host: who comes in that moment waits for it instead of failing.
    const after = await attach(['clickhouse', 'postgres']);
    expect(hostPid()).not.toBe(pid);
    expect(isRunning(pid)).toBe(false);
    expect(after.endpoints).toEqual(before.endpoints);
    await expectFilled(after.endpoints);
  });

  it('keeps its secrets from other users and refuses who does not know them', async () => {
    const { endpoints } = await attach(['clickhouse', 'postgres']);
    expect(statSync(join(dataDir, 'embedded.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'embedded.log')).mode & 0o777).toBe(0o600);
    const wrong = (endpoints.postgres?.url ?? '').replace(/:[^:@]+@/, ':wrong@');
    await expect(postgres({ postgres: { url: wrong } }, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    const log = readFileSync(join(dataDir, 'embedded.log'), 'utf8');
    expect(log).not.toContain(endpoints.clickhouse?.password);
  });
});

describe('kill -9', () => {
  it('of the host: whoever holds a lease starts it again, at the same place and with all data', async () => {
    const stores = await attach(['clickhouse', 'postgres']);
    const before = stores.endpoints;
    await fill(before);
    const [killed, postmaster] = [hostPid(), postmasterPid()];
    process.kill(killed, 'SIGKILL');
    await until('another host serves', () => hostPid() !== killed && isRunning(hostPid()));
    await until('ClickHouse answers', () =>
      clickhouse(before, 'SELECT 1').then(
        () => true,
        () => false,
      ),
    );
    await until('Postgres answers', () =>
      postgres(before, 'SELECT 1').then(
        () => true,
        () => false,
      ),
    );
    await expectFilled(before);
    expect(stores.endpoints).toEqual(before);
    expect(isRunning(postmaster)).toBe(false);
    expect(postmasterPid()).not.toBe(postmaster);
  });

  it('of the host and every client: the next start stops the orphaned Postgres', async () => {
    const { child, endpoints } = await clientProcess(['clickhouse', 'postgres']);
    await fill(endpoints);
    const [host, postmaster] = [hostPid(), postmasterPid()];
    child.kill('SIGKILL');
    process.kill(host, 'SIGKILL');
    await until('both are gone', () => !isRunning(host) && !isRunning(child.pid ?? 0));
    expect(isRunning(postmaster)).toBe(true);
    const stores = await attach(['clickhouse', 'postgres']);
    expect(isRunning(postmaster)).toBe(false);
    await expectFilled(stores.endpoints);
  });

  it('of the only client: the host ends by itself and leaves no Postgres behind', async () => {
    const { child } = await clientProcess(['clickhouse', 'postgres']);
    const [host, postmaster] = [hostPid(), postmasterPid()];
    child.kill('SIGKILL');
    await until('the host has ended', () => !isRunning(host));
    expect(isRunning(postmaster)).toBe(false);
    const log = readFileSync(join(dataDir, 'embedded.log'), 'utf8');
    expect(log.trimEnd()).toMatch(new RegExp(`host ${host} stopped$`));
  });

  it('of Postgres alone: the host gives way to a whole new one', async () => {
    const stores = await attach(['postgres']);
    const host = hostPid();
    process.kill(postmasterPid(), 'SIGKILL');
    await until('another host serves', () => hostPid() !== host && isRunning(hostPid()));
    await until('Postgres answers', () =>
      postgres(stores.endpoints, 'SELECT 1').then(
        () => true,
        () => false,
      ),
    );
  });
});

describe('a start that fails', () => {
  it('tells the client why a store does not start, and does not hold up the others', async () => {
    writeFileSync(join(dataDir, 'clickhouse'), 'a file where a directory must be');
    await expect(attach(['clickhouse'])).rejects.toMatchObject({
      class: 'configuration',
      source: 'clickhouse',
      code: 'embedded_store_failed',
      message: expect.stringContaining('EEXIST'),
    });
    const { endpoints } = await attach(['postgres']);
    expect(await postgres(endpoints, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
  });

  it('of the whole host comes with the last lines of its log', async () => {
    mkdirSync(join(dataDir, 'embedded.json'));
    await expect(attach(['clickhouse'])).rejects.toMatchObject({
      class: 'configuration',
      code: 'embedded_host_failed',
      message: expect.stringContaining('EISDIR'),
    });
  });

  it('is bounded in time', async () => {
    const pid = process.pid;
    const { processStartedAt } = await import('../../src/platform/embedded/process-identity.js');
    writeFileSync(
      join(dataDir, 'embedded.lock'),
      JSON.stringify({ pid, startedAt: processStartedAt(pid) }), // alive, but no host
    );
    await expect(
      EmbeddedStores.attach({ dataDir, stores: ['clickhouse'], timeoutMs: 300 }),
    ).rejects.toMatchObject({ class: 'transient', code: 'embedded_host_timeout' });
  });
});

describe('the lock', () => {
  it('of a dead owner goes to exactly one of many that find it', async () => {
    const dirs = Array.from({ length: 60 }, (_, index) => join(dataDir, String(index)));
    for (const dir of dirs) {
      mkdirSync(dir);
      writeFileSync(join(dir, 'embedded.lock'), JSON.stringify({ pid: 2 ** 22 - 1, startedAt: 'long ago' }));
    }
    const source = pathToFileURL(join(process.cwd(), 'src/platform/embedded/host-lock.ts')).href;
    const script = `
      const { acquireHostLock } = await import(${JSON.stringify(source)});
      console.log('ready');
      process.stdin.once('data', () => {
        const won = ${JSON.stringify(dirs)}.filter((dir) => acquireHostLock(dir) !== undefined);
        console.log(JSON.stringify(won));
      });
      process.stdin.resume();`;
    const args = ['--import', './src/typescript/register.mjs', '--input-type=module', '-e', script];
    const contenders = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      children.push(child);
      return { child, lines: createInterface(child.stdout) };
    });
    await Promise.all(contenders.map(({ lines }) => once(lines, 'line')));
    const answers = contenders.map(({ lines }) => once(lines, 'line'));
    for (const { child } of contenders) child.stdin?.write('go\n');
    const won = (await Promise.all(answers)).flatMap(([line]) =>
      z.array(z.string()).parse(JSON.parse(String(line))),
    );
    expect(won.sort()).toEqual([...dirs].sort());
  });
});
