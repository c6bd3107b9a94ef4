import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { readConfig, sha256 } from '../../src/config/env.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { Neo4jGraph } from '../../src/platform/graph/neo4j-graph.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { openStores } from '../../src/platform/stores.js';
import { reportMissing } from '../servers/child.js';
import { startClickHouse } from '../servers/clickhouse-host.js';
import { startNeo4j } from '../servers/neo4j.js';
import { startPostgres } from '../servers/postgres.js';
import { startRedis } from '../servers/redis.js';
import { eventually } from '../support/async.js';
import { runJson } from '../support/cli.js';
import { removeDataDir } from '../support/data-dir.js';
import { dump, emptyOf, messages } from '../support/dump.js';
import { killServices, readinessOf, type RunningService, startService } from '../support/service.js';

jest.setTimeout(300_000);

/** A history in which every layer is filled: other seeds of this size suggest no affinity model. */
const SEED = ['--seed', '12', '--scale', '0.12', '--as-of', '2026-11-20T06:00:00Z'];
const AS_OF = '2026-11-20T12:00:00.000Z';
const KEY = 'server-mode-key';

const count = z.number();
const runSchema = z.object({
  id: z.guid(),
  status: z.string(),
  trigger: z.string(),
  asOf: z.string(),
  steps: z.array(
    z.object({ name: z.string(), status: z.string(), rowsIn: count, rejected: count, error: z.unknown() }),
  ),
  syncs: z.array(
    z.object({
      name: z.string(),
      inserted: count,
      updated: count,
      deleted: count,
      failed: count,
      held: count,
    }),
  ),
  alerts: z.object({
    opened: count,
    sent: count,
    stored: count,
    updated: count,
    suppressed: count,
    resolved: count,
  }),
});
type Run = z.infer<typeof runSchema>;

const [redis, neo4j] = await Promise.all([startRedis(), startNeo4j()]);
const missing = [redis, neo4j].flatMap((server) => ('unavailable' in server ? [server.unavailable] : []));
if (missing.length > 0) reportMissing('the pipeline with separate servers', missing.join('; '));
const suite = missing.length > 0 ? describe.skip : describe;

afterAll(async () => {
  for (const server of [redis, neo4j]) if ('stop' in server) await server.stop();
});

/**
 * One world all embedded and run by the command line, one on separate servers and run by an API process and a worker
 * through Redis; the same product in both must end in the same tables.
 */
suite('the pipeline on separate servers', () => {
  const dataDirs = ['embedded', 'servers'].map((name) =>
    mkdtempSync(join(tmpdir(), `insights-world-${name}-`)),
  );
  const [embeddedDir = '', serversDir = ''] = dataDirs;
  const database = `world_${randomBytes(6).toString('hex')}`;
  const embedded: Record<string, string> = { DATA_DIR: embeddedDir };
  const servers: Record<string, string> = { DATA_DIR: serversDir };
  const cleanUp: (() => Promise<unknown>)[] = [];
  let api: RunningService;
  let worker: RunningService;
  let expected: Awaited<ReturnType<typeof contentOf>>;

  beforeAll(async () => {
    await runJson(['seed', ...SEED], embedded);
    const run = runSchema.parse(await runJson(['run', '--as-of', AS_OF], embedded));
    expect(run.status).toBe('succeeded');
    expected = await contentOf(embedded);

    Object.assign(servers, await serverSettings());
    await runJson(['seed', ...SEED], servers);
    const roles = { ...servers, PIPELINE_INTERVAL_SECONDS: '0', API_KEYS: `tests:operator:*:${sha256(KEY)}` };
    [api, worker] = await Promise.all([
      startService({ ...roles, APP_ROLE: 'api' }),
      startService({ ...roles, APP_ROLE: 'worker' }),
    ]);
  }, 600_000);

  afterAll(async () => {
    await killServices();
    for (const step of cleanUp) await step();
    for (const dir of dataDirs) await removeDataDir(dir);
  });

  /** Databases of our own on the servers, which a developer may share with other work. */
  async function serverSettings(): Promise<Record<string, string>> {
    if (!('url' in redis) || !('uri' in neo4j)) throw new Error('skipped tests do not run');
    const [clickhouse, postgres] = await Promise.all([startClickHouse(), startPostgres()]);
    const at = (base: string): string => {
      const url = new URL(base);
      url.pathname = `/${database}`;
      return url.href;
    };
    const admin = new Postgres(createDataSource(postgres.url, []));
    await admin.execute(`CREATE DATABASE ${database}`);
    cleanUp.push(async () => {
      await admin.execute(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      await admin.close();
      const client = new ClickHouse(new URL('/default', clickhouse.url).href);
      await client.command(`DROP DATABASE IF EXISTS ${database} SYNC`);
      await client.close();
      await Promise.all([clickhouse.stop(), postgres.stop()]);
    });
    const graph = new Neo4jGraph(neo4j);
    await graph.write(
      'MATCH (n) WHERE n:Entity OR n:Trend OR n:AffinityModel DETACH DELETE n',
      {},
      z.unknown(),
    );
    await graph.close();
    return {
      CLICKHOUSE_URL: at(clickhouse.url),
      DATABASE_URL: at(postgres.url),
      NEO4J_URI: neo4j.uri,
      NEO4J_USER: neo4j.user,
      NEO4J_PASSWORD: neo4j.password,
      REDIS_URL: redis.url,
    };
  }

  async function contentOf(
    env: Record<string, string>,
  ): Promise<{ tables: Record<string, string>; messages: unknown[] }> {
    const stores = await openStores(readConfig(env));
    try {
      return { tables: await dump(stores), messages: await messages(stores) };
    } finally {
      await stores.close();
    }
  }

  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    return await fetch(`${api.url}/api/v1/${path}`, { ...init, headers });
  }

  /** Posts a run, as any client would, and asks for it until it has ended. */
  async function runThroughApi(): Promise<Run> {
    const accepted = await call('pipeline/runs', { method: 'POST', body: JSON.stringify({ asOf: AS_OF }) });
    expect(accepted.status).toBe(202);
    const { id, status } = runSchema.parse(await accepted.json());
    expect(status).toBe('queued');
    expect(accepted.headers.get('location')).toBe(`/api/v1/pipeline/runs/${id}`);
    return await eventually(async () => {
      const run = runSchema.parse(await (await call(`pipeline/runs/${id}`)).json());
      if (['queued', 'running'].includes(run.status))
        throw new Error(`the run is ${run.status}\n${worker.output()}`);
      return run;
    }, 240_000);
  }

  it('has an API and a worker that are ready, and that need no embedded store', async () => {
    for (const { url } of [api, worker])
      await eventually(
        async () => expect(await readinessOf(url)).toEqual({ status: 200, down: {} }),
        120_000,
      );
    expect((await fetch(`${worker.url}/api/v1/pipeline/runs`)).status).toBe(404);
    expect(existsSync(join(serversDir, 'embedded.json'))).toBe(false);
  });

  it('executes a run that the API accepted', async () => {
    const run = await runThroughApi();
    expect(run).toMatchObject({ status: 'succeeded', trigger: 'api' });
    expect(Date.parse(run.asOf)).toBe(Date.parse(AS_OF));
    expect(run.steps.map((step) => [step.name, step.status, step.error])).toEqual(
      ['extract', 'model', 'insight', 'sync', 'alert'].map((name) => [name, 'succeeded', null]),
    );
    const executedBy = [worker, api].map(({ log }) => log.filter(({ msg }) => msg === 'run started').length);
    expect(executedBy).toEqual([1, 0]);
  });

  it('ends with the same tables, the same graph and the same messages as the embedded world', async () => {
    const found = await contentOf(servers);
    expect(found).toEqual(expected);
    expect(found.messages.length).toBeGreaterThan(0);
    expect(emptyOf(found.tables)).toEqual([]);
  });

  it('writes nothing and sends nothing when it runs once more', async () => {
    const run = await runThroughApi();
    expect(run.status).toBe('succeeded');
    expect(run.syncs.length).toBeGreaterThan(0);
    for (const sync of run.syncs)
      expect(sync).toMatchObject({ inserted: 0, updated: 0, deleted: 0, failed: 0, held: 0 });
    expect(run.alerts).toMatchObject({ opened: 0, sent: 0, stored: 0, resolved: 0 });
    expect(await contentOf(servers)).toEqual(expected);
  });

  it('stops both processes cleanly', async () => {
    expect(await Promise.all([api.stop(), worker.stop()])).toEqual([0, 0]);
    for (const { log } of [api, worker]) {
      const bad = log.filter(({ level }) => ['error', 'fatal'].includes(level));
      expect(bad).toEqual([]);
    }
  });
});
