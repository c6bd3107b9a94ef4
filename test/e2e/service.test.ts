import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { readConfig, sha256 } from '../../src/config/env.js';
import { openStores } from '../../src/platform/stores.js';
import { freePort } from '../servers/child.js';
import { startPostgresOn } from '../servers/postgres.js';
import { eventually } from '../support/async.js';
import { runCli, runJson } from '../support/cli.js';
import { removeDataDir } from '../support/data-dir.js';
import { killServices, readinessOf, type RunningService, startService } from '../support/service.js';

jest.setTimeout(300_000);

const KEY = 'service-test-key';
const API_KEYS = `tests:operator:*:${sha256(KEY)}`;
/** What an orchestrator gives a process between SIGTERM and SIGKILL. */
const GRACE_MS = 30_000;

const directories: string[] = [];
const newDirectory = (name: string): string => {
  const directory = mkdtempSync(join(tmpdir(), `insights-${name}-`));
  directories.push(directory);
  return directory;
};

afterEach(killServices);
afterAll(async () => {
  for (const directory of directories) await removeDataDir(directory);
}, 60_000);

const ledgerRow = z.object({
  id: z.string(),
  trigger: z.string(),
  status: z.string(),
  slot: z.string().nullable(),
  started: z.boolean(),
  code: z.string().nullable(),
});
type LedgerRow = z.infer<typeof ledgerRow>;

/** Stops as an orchestrator does: whoever is not gone after the grace period is killed, and has no exit code. */
async function stopInTime(service: RunningService): Promise<number | null> {
  const kill = setTimeout(() => service.child.kill('SIGKILL'), GRACE_MS);
  const code = await service.stop();
  clearTimeout(kill);
  return code;
}

async function untilReady({ url }: RunningService): Promise<void> {
  await eventually(async () => expect(await readinessOf(url)).toEqual({ status: 200, down: {} }), 120_000);
}

describe('the service on embedded stores', () => {
  const world = { DATA_DIR: newDirectory('service') };
  const env = { ...world, API_KEYS, PIPELINE_INTERVAL_SECONDS: '0' };

  beforeAll(async () => {
    await runJson(['seed', '--seed', '3', '--scale', '0.05'], world);
  }, 240_000);

  const call = async ({ url }: RunningService, path: string, method = 'GET'): Promise<Response> =>
    await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${KEY}` } });

  async function fromLedger<T>(sql: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T[]> {
    const stores = await openStores(readConfig(world));
    try {
      return await stores.postgres.query(sql, params, schema);
    } finally {
      await stores.close();
    }
  }

  /** Every run the ledger knows, oldest request first. */
  const ledger = (): Promise<LedgerRow[]> =>
    fromLedger(
      `SELECT id, trigger, status, schedule_slot AS slot, started_at IS NOT NULL AS started, error_code AS code
       FROM insights_ops.pipeline_runs ORDER BY created_at, id`,
      [],
      ledgerRow,
    );

  it('gets ready and answers health, metrics and the description of its API', async () => {
    const service = await startService(env);
    await untilReady(service);

    expect(await (await fetch(`${service.url}/health/live`)).json()).toEqual({ status: 'live' });

    const metrics = await fetch(`${service.url}/metrics`);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const exposition = await metrics.text();
    for (const store of ['clickhouse', 'postgres', 'graph', 'queue'])
      expect(exposition).toContain(`insights_store_up{store="${store}"} 1\n`);

    const description = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse(await (await fetch(`${service.url}/docs-json`)).json());
    const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(routes).toEqual(
      expect.arrayContaining([
        'get /health/live',
        'get /health/ready',
        'get /metrics',
        'post /api/v1/pipeline/runs',
        'get /api/v1/pipeline/runs',
        'get /api/v1/pipeline/runs/{id}',
        'get /api/v1/entities/{id}/benchmarks',
        'get /api/v1/entities/{id}/badges',
        'get /api/v1/insights/predictiveness',
      ]),
    );
    expect((await fetch(`${service.url}/docs`)).headers.get('content-type')).toMatch(/^text\/html/);

    expect((await fetch(`${service.url}/api/v1/pipeline/runs`)).status).toBe(401);
    expect((await call(service, '/api/v1/pipeline/runs')).status).toBe(200);
    expect(await stopInTime(service)).toBe(0);
    expect(service.output()).not.toContain(KEY);
  });

  it('shares its stores with the command line', async () => {
    const service = await startService(env);
    await untilReady(service);
    const answer = await runJson(['graph', 'query', 'MATCH (e:Entity) RETURN count(e) AS n'], world);
    expect(answer).toEqual({ rows: [{ n: expect.any(Number) }] });
    expect(z.object({ rows: z.array(z.object({ n: z.number() })) }).parse(answer).rows[0]?.n).toBeGreaterThan(
      0,
    );
    const write = await runCli(
      ['graph', 'query', 'CREATE (e:Entity {id: "x"}) RETURN e.id AS id', '--json'],
      { env: world },
    );
    expect(write.code).toBe(1);
    expect(JSON.parse(write.stdout)).toMatchObject({ error: { class: 'rejected', code: 'graph_read_only' } });
    expect(await stopInTime(service)).toBe(0);
  });

  it('ends with 0 on SIGTERM in the middle of a run, and the next run succeeds', async () => {
    const service = await startService(env);
    await untilReady(service);
    const accepted = await call(service, '/api/v1/pipeline/runs', 'POST');
    expect(accepted.status).toBe(202);
    const { id } = z.object({ id: z.string() }).parse(await accepted.json());
    await eventually(() => {
      if (!service.log.some(({ msg }) => msg === 'run started'))
        throw new Error(`no run started\n${service.output()}`);
    }, 60_000);
    expect(await stopInTime(service)).toBe(0);

    const run = z
      .object({ status: z.string(), syncs: z.array(z.unknown()) })
      .parse(await runJson(['run'], world));
    expect(run.status).toBe('succeeded');
    expect(run.syncs.length).toBeGreaterThan(0);
    const runs = await ledger();
    const interrupted = runs.find((row) => row.id === id);
    // Its step let go in time, or it was left behind and the next run said so.
    expect(['cancelled run_interrupted', 'failed run_abandoned']).toContain(
      `${interrupted?.status} ${interrupted?.code}`,
    );
    expect(runs.filter(({ status }) => status === 'queued' || status === 'running')).toEqual([]);
  });

  it('recovers when its embedded stores are killed', async () => {
    const service = await startService(env);
    await untilReady(service);
    const state = z
      .object({ pid: z.number() })
      .parse(JSON.parse(readFileSync(join(world.DATA_DIR, 'embedded.json'), 'utf8')));
    process.kill(state.pid, 'SIGKILL');
    await eventually(async () => expect((await readinessOf(service.url)).status).toBe(503), 30_000);
    await untilReady(service);
    expect((await call(service, '/api/v1/pipeline/runs')).status).toBe(200);
    expect(await stopInTime(service)).toBe(0);
  });

  it('starts runs by its schedule; of two replicas one has each slot, and one runs at a time', async () => {
    const INTERVAL_SECONDS = 2;
    const earlier = new Set((await ledger()).map(({ id }) => id));
    const scheduled = { ...env, PIPELINE_INTERVAL_SECONDS: String(INTERVAL_SECONDS) };
    const replicas = await Promise.all([startService(scheduled), startService(scheduled)]);
    await Promise.all(replicas.map(untilReady));
    const [first, second] = replicas;
    if (first === undefined || second === undefined) throw new Error('two were started');
    expect(first.url).not.toBe(second.url);
    // Until the replicas have met: one had a slot while the other's run was still in progress and gave way.
    await eventually(async () => {
      const runs = z
        .object({ runs: z.array(z.object({ status: z.string(), trigger: z.string() })) })
        .parse(await (await call(first, '/api/v1/pipeline/runs?limit=200')).json())
        .runs.filter(({ trigger }) => trigger === 'schedule');
      const of = (wanted: string): number => runs.filter(({ status }) => status === wanted).length;
      if (of('succeeded') < 3 || of('cancelled') < 2)
        throw new Error(JSON.stringify(runs.map(({ status }) => status)));
    }, 180_000);
    expect(await Promise.all(replicas.map(stopInTime))).toEqual([0, 0]);

    const runs = (await ledger()).filter(({ id }) => !earlier.has(id));
    expect(new Set(runs.map(({ trigger }) => trigger))).toEqual(new Set(['schedule']));
    const slots = runs.map(({ slot }) => Date.parse(slot ?? ''));
    expect(new Set(slots).size).toBe(slots.length);
    for (const slot of slots) expect(slot % (INTERVAL_SECONDS * 1000)).toBe(0);

    expect(runs.filter(({ started }) => started).length).toBeGreaterThanOrEqual(3);
    const overlaps = await fromLedger(
      `SELECT a.id AS one, b.id AS other FROM insights_ops.pipeline_runs a JOIN insights_ops.pipeline_runs b
       ON a.id < b.id AND tstzrange(a.started_at, a.finished_at) && tstzrange(b.started_at, b.finished_at)
       WHERE a.id = ANY ($1::uuid[]) AND b.id = ANY ($1::uuid[]) AND a.started_at IS NOT NULL AND b.started_at IS NOT NULL`,
      [runs.map(({ id }) => id)],
      z.unknown(),
    );
    expect(overlaps).toEqual([]);
    const gaveWay = runs.filter(({ started }) => !started);
    for (const { status, code } of gaveWay)
      expect(['cancelled run_overlap', 'cancelled run_interrupted', 'queued null']).toContain(
        `${status} ${code}`,
      );
  });
});

describe('a service whose Postgres cannot be reached', () => {
  it('stays up, says so, and goes on when Postgres is there', async () => {
    const [dir, port] = [join(newDirectory('late-postgres'), 'data'), await freePort()];
    const made = await startPostgresOn(dir, port);
    await made.stop();

    const service = await startService({
      DATA_DIR: newDirectory('without-postgres'),
      DATABASE_URL: made.url,
      API_KEYS,
      PIPELINE_INTERVAL_SECONDS: '0',
    });
    const told = (): unknown[] =>
      service.log.filter(({ level, store }) => level === 'warn' && store === 'postgres');
    await eventually(() => expect(told().length).toBeGreaterThanOrEqual(2), 60_000);
    expect(told()[0]).toMatchObject({
      attempt: 1,
      err: { class: 'transient', source: 'postgres', code: 'postgres_unreachable' },
    });
    await eventually(
      async () =>
        expect(await readinessOf(service.url)).toEqual({
          status: 503,
          down: { postgres: 'postgres_unreachable', migrations: 'migrations_pending' },
        }),
      60_000,
    );
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    const headers = { authorization: `Bearer ${KEY}` };
    const refused = await fetch(`${service.url}/api/v1/pipeline/runs`, { headers });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ status: 503, code: 'postgres_unreachable' });
    expect(service.child.exitCode).toBeNull();

    const back = await startPostgresOn(dir, port);
    await untilReady(service);
    expect((await fetch(`${service.url}/api/v1/pipeline/runs`, { headers })).status).toBe(200);
    expect(await stopInTime(service)).toBe(0);
    await back.stop();
    expect(service.output()).not.toContain(new URL(made.url).password);
  });
});

describe('bad input', () => {
  it.each([
    ['PORT', 'seventy-thousand'],
    ['DATABASE_URL', 'mysql://root:hunter2@db/x'],
    ['API_KEYS', 'me:root:*:hunter2'],
    ['PIPELINE_INTERVAL', 'hunter2'],
  ])('%s: the service ends at once with 1, names it and never shows its value', async (name, value) => {
    const DATA_DIR = join(newDirectory('bad-input'), 'never-made');
    const failure: unknown = await startService({ DATA_DIR, [name]: value }).catch((error: unknown) => error);
    const text = String(failure);
    expect(text).toMatch(/the service ended with 1 before it listened\nRefusing to start\. /);
    expect(text).toContain(name);
    expect(text).not.toContain(value);
    expect(text).not.toContain('hunter2');
    expect(existsSync(DATA_DIR)).toBe(false);

    const cli = await runCli(['status'], { env: { DATA_DIR, [name]: value } });
    expect(cli.code).toBe(1);
    expect(cli.stderr).toContain(name);
    expect(cli.stderr + cli.stdout).not.toContain(value);
    expect(existsSync(DATA_DIR)).toBe(false);
  });

  it.each([[['nonsense']], [['run', '--as-of', 'yesterday']], [['graph', 'query']], [[]]])(
    'cli %j is a usage error: 64 and a hint, nothing on standard output',
    async (args) => {
      const DATA_DIR = join(newDirectory('usage'), 'never-made');
      const { code, stdout, stderr } = await runCli(args, { env: { DATA_DIR } });
      expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
      expect(stderr).not.toBe('');
      expect(existsSync(DATA_DIR)).toBe(false);
    },
  );
});
