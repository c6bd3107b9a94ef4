import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DynamicModule, Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { migrations } from '../../migrations/postgres/index.js';
import {
  configureHttp,
  INSIGHT_READER,
  OperationsModule,
  PIPELINE_STEPS,
  pipelineRunJob,
  syncRunJob,
  readOrCreateApiKey,
  type Run,
} from '../../modules/operations/index.js';
import { CONFIG } from '../../src/config/config.module.js';
import { type Config, readConfig, sha256 } from '../../src/config/env.js';
import { AppError } from '../../src/kernel/errors.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { GRAPH } from '../../src/platform/graph/graph.js';
import { STARTUP_TASKS, type StartupTask } from '../../src/platform/health/startup.js';
import { createLogger, LOGGER } from '../../src/platform/logging/logging.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { QueueModule } from '../../src/platform/queue/queue.module.js';
import { fakeSteps, succeeded, untilAborted } from '../fakes/pipeline-steps.js';
import { freePort, startChild } from '../servers/child.js';
import { deferred, eventually } from '../support/async.js';
import { type TestStores, testStores } from '../support/stores.js';

const TENANT_A = 'aaaaaaaa-0000-0000-0000-000000000001';
const TENANT_B = 'bbbbbbbb-0000-0000-0000-000000000001';
const ENTITY_A = 'aaaaaaaa-0000-0000-0000-0000000000e1';
const ENTITY_B = 'bbbbbbbb-0000-0000-0000-0000000000e1';
const UNKNOWN = 'cccccccc-0000-0000-0000-0000000000e1';
const KEYS = {
  viewer: ['viewer', '*'],
  operator: ['operator', '*'],
  admin: ['admin', '*'],
  tenantA: ['viewer', TENANT_A],
  tenantAdminB: ['admin', TENANT_B],
} as const;
type KeyName = keyof typeof KEYS;
const API_KEYS = Object.entries(KEYS)
  .map(
    ([name, [role, tenant]]) => `${name}:${role}:${tenant}:${sha256(`key of ${name}`.replaceAll(' ', '-'))}`,
  )
  .join(',');
const bearer = (name: KeyName) => `Bearer key-of-${name}`;

let stores: TestStores;
let postgres: Postgres;

interface AppOptions {
  env?: Record<string, string>;
  steps?: ReturnType<typeof fakeSteps>;
  predictiveness?: () => Promise<unknown>;
  clickhouse?: ClickHouse;
  startup?: StartupTask[];
}

const openApps: NestExpressApplication[] = [];

/** The service over this file's stores, with steps of the test. */
async function openApp(options: AppOptions = {}): Promise<NestExpressApplication> {
  const config: Config = readConfig({
    API_KEYS,
    DATA_DIR: stores.dataDir,
    PIPELINE_INTERVAL_SECONDS: '0',
    LOG_LEVEL: 'silent',
    ...options.env,
  });
  const clickhouse = options.clickhouse ?? new ClickHouse(withoutDatabase(stores.clickhouseUrl));
  const provided = [
    { provide: CONFIG, useValue: config },
    { provide: LOGGER, useValue: createLogger(config.LOG_LEVEL) },
    { provide: ClickHouse, useValue: clickhouse },
    { provide: Postgres, useValue: postgres },
    { provide: GRAPH, useValue: stores.graph },
  ];
  @Module({})
  class Globals {}
  const globals: DynamicModule = {
    module: Globals,
    global: true,
    providers: provided,
    exports: provided.map(({ provide }) => provide),
  };
  const module = await Test.createTestingModule({
    imports: [
      globals,
      ScheduleModule.forRoot(),
      QueueModule.register({
        redisUrl: undefined,
        role: config.APP_ROLE,
        jobs: [pipelineRunJob, syncRunJob],
      }),
      OperationsModule.register({
        role: config.APP_ROLE,
        imports: [],
        providers: [
          { provide: PIPELINE_STEPS, useValue: options.steps ?? fakeSteps() },
          {
            provide: INSIGHT_READER,
            useValue: { latestPredictiveness: options.predictiveness ?? (() => Promise.resolve(null)) },
          },
          { provide: STARTUP_TASKS, useValue: options.startup ?? [] },
        ],
      }),
    ],
  }).compile();
  const app = module.createNestApplication<NestExpressApplication>({
    bodyParser: false,
    forceCloseConnections: true,
    logger: false,
  });
  configureHttp(app);
  await app.listen(0, '127.0.0.1');
  openApps.push(app);
  return app;
}

/** The test databases of ClickHouse exist only after a migration, which these tests do not need. */
function withoutDatabase(url: string): string {
  const changed = new URL(url);
  changed.pathname = '/default';
  return changed.href;
}

let app: NestExpressApplication;
const api = () => request(app.getHttpServer());
const get = (path: string, key: KeyName) => api().get(path).set('Authorization', bearer(key));
const post = (key: KeyName) => api().post('/api/v1/pipeline/runs').set('Authorization', bearer(key));

beforeAll(async () => {
  stores = await testStores();
  postgres = new Postgres(createDataSource(stores.postgresUrl, migrations));
  await postgres.migrate();
  for (const [tenant, entity] of [
    [TENANT_A, ENTITY_A],
    [TENANT_B, ENTITY_B],
  ]) {
    await postgres.execute(
      `INSERT INTO insights.entity_benchmarks (entity_id, metric, tenant_id, value, n, cohort, cohort_level, cohort_n, percentile, explanation, as_of)
       VALUES ($1, 'success_rate', $2, 0.75, 8, 'brand|*|*', 'platform', 40, 91.5, 'six of eight', '2026-01-02T03:04:05Z'),
              ($1, 'deal_value', $2, NULL, 0, NULL, NULL, NULL, NULL, 'no won deal', '2026-01-02T03:04:05Z')`,
      [entity, tenant],
    );
  }
  await postgres.execute(
    `INSERT INTO insights.entity_badges (entity_id, badge, tenant_id, level, awarded_at, expires_at, evidence, as_of)
     VALUES ($1, 'top_performer', $2, 'gold', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z', '{"percentile": 91.5}', '2026-01-02T03:04:05Z')`,
    [ENTITY_A, TENANT_A],
  );
  app = await openApp();
}, 120_000);
afterAll(async () => {
  for (const open of openApps) await open.close();
  await postgres.close();
  await stores.close();
});

describe('who may call', () => {
  const routes: [string, string][] = [
    ['POST', '/api/v1/pipeline/runs'],
    ['GET', '/api/v1/pipeline/runs'],
    ['GET', `/api/v1/pipeline/runs/${UNKNOWN}`],
    ['GET', `/api/v1/entities/${ENTITY_A}/benchmarks`],
    ['GET', `/api/v1/entities/${ENTITY_A}/badges`],
    ['GET', '/api/v1/insights/predictiveness'],
  ];
  const call = (method: string, path: string) => (method === 'POST' ? api().post(path) : api().get(path));

  it.each(routes)('%s %s needs a known key', async (method, path) => {
    for (const header of [
      undefined,
      'Basic abc',
      'Bearer',
      'Bearer nobody',
      `Bearer ${sha256('key-of-admin')}`,
    ]) {
      const sent =
        header === undefined ? call(method, path) : call(method, path).set('Authorization', header);
      const answer = await sent;
      expect([header, answer.status]).toEqual([header, 401]);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(['api_key_missing', 'api_key_unknown']).toContain(answer.body.code);
    }
  });

  it.each<[KeyName, number[]]>([
    ['viewer', [403, 200, 404, 200, 200, 404]],
    ['operator', [202, 200, 404, 200, 200, 404]],
    ['admin', [202, 200, 404, 200, 200, 404]],
    ['tenantA', [403, 403, 403, 200, 200, 403]],
    ['tenantAdminB', [403, 403, 403, 404, 404, 403]],
  ])('%s', async (key, expected) => {
    const statuses: number[] = [];
    for (const [method, path] of routes) {
      statuses.push((await call(method, path).set('Authorization', bearer(key))).status);
    }
    expect(statuses).toEqual(expected);
  });

  it('says which of the two forbids', async () => {
    expect((await post('viewer')).body).toMatchObject({ status: 403, code: 'role_insufficient' });
    expect((await post('tenantAdminB')).body).toMatchObject({ status: 403, code: 'platform_key_required' });
  });

  it('makes one admin key when none is configured, keeps it to its owner and reuses it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'insights-keys-'));
    const own = await openApp({ env: { API_KEYS: '', DATA_DIR: dir } });
    const key = readOrCreateApiKey(dir);
    expect(readFileSync(join(dir, 'api-key'), 'utf8')).toBe(`${key}\n`);
    expect(statSync(join(dir, 'api-key')).mode & 0o777).toBe(0o600);
    expect(key.length).toBeGreaterThanOrEqual(43);
    const answer = await request(own.getHttpServer())
      .post('/api/v1/pipeline/runs')
      .set('Authorization', `Bearer ${key}`);
    expect(answer.status).toBe(202);
    rmSync(dir, { recursive: true });
  });
});

describe('runs', () => {
  it('answers 202 with the queued run, where it is found, and executes it', async () => {
    const answer = await post('operator').send({ asOf: '2026-03-04T05:06:07.5+01:00' });
    expect(answer.status).toBe(202);
    const run = answer.body as Run;
    expect(run).toMatchObject({ status: 'queued', trigger: 'api', asOf: '2026-03-04T04:06:07.5Z' });
    expect(answer.headers['location']).toBe(`/api/v1/pipeline/runs/${run.id}`);
    const ended = await eventually(async () => {
      const found = await get(answer.headers['location'] ?? '', 'viewer');
      expect(found.body.status).toBe('succeeded');
      return found.body as Run;
    });
    expect(ended.steps.map((step) => step.name)).toEqual(['extract', 'model', 'insight', 'sync', 'alert']);
    const listed = await get('/api/v1/pipeline/runs?limit=1&status=succeeded', 'viewer');
    expect(listed.body.runs).toHaveLength(1);
    expect(listed.body.runs[0].status).toBe('succeeded');
  });

  it.each([
    [
      'POST a body that is no instant',
      () => post('operator').send({ asOf: 'yesterday' }),
      400,
      'invalid_request',
    ],
    ['POST a day', () => post('operator').send({ asOf: '2026-01-01' }), 400, 'invalid_request'],
    [
      'POST an unknown field',
      () => post('operator').send({ asof: '2026-01-01T00:00:00Z' }),
      400,
      'invalid_request',
    ],
    ['POST a list', () => post('operator').send([]), 400, 'invalid_request'],
    [
      'POST half a JSON text',
      () => post('operator').set('Content-Type', 'application/json').send('{"asOf":'),
      400,
      'malformed_request',
    ],
    [
      'POST a form',
      () => post('operator').type('form').send({ asOf: '2026-01-01T00:00:00Z' }),
      415,
      'media_type_unsupported',
    ],
    [
      'POST more than 1 MB',
      () => post('operator').send({ asOf: 'x'.repeat(1_100_000) }),
      413,
      'body_too_large',
    ],
    [
      'POST with a query parameter',
      () => api().post('/api/v1/pipeline/runs?dry=1').set('Authorization', bearer('operator')),
      400,
      'invalid_request',
    ],
    ['limit 0', () => get('/api/v1/pipeline/runs?limit=0', 'viewer'), 400, 'invalid_request'],
    ['limit 201', () => get('/api/v1/pipeline/runs?limit=201', 'viewer'), 400, 'invalid_request'],
    ['limit twice', () => get('/api/v1/pipeline/runs?limit=1&limit=2', 'viewer'), 400, 'invalid_request'],
    ['an unknown status', () => get('/api/v1/pipeline/runs?status=done', 'viewer'), 400, 'invalid_request'],
    ['an unknown parameter', () => get('/api/v1/pipeline/runs?page=2', 'viewer'), 400, 'invalid_request'],
    ['an id that is none', () => get('/api/v1/pipeline/runs/7', 'viewer'), 400, 'invalid_request'],
    ['an unknown id', () => get(`/api/v1/pipeline/runs/${UNKNOWN}`, 'viewer'), 404, 'run_unknown'],
    ['an unknown route', () => get('/api/v1/nothing', 'viewer'), 404, 'route_unknown'],
  ])('refuses %s', async (_, send, status, code) => {
    const answer = await send();
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ type: 'about:blank', status, code, detail: expect.any(String) });
    expect(answer.status).toBe(status);
  });

  it('names the field that is wrong', async () => {
    const answer = await post('operator').send({ asOf: 7 });
    expect(answer.body.errors).toEqual([{ path: 'asOf', message: expect.any(String) }]);
  });
});

describe('entities', () => {
  it('gives the benchmarks of an entity', async () => {
    const answer = await get(`/api/v1/entities/${ENTITY_A}/benchmarks`, 'tenantA');
    const withheld = {
      p25: null,
      p50: null,
      p75: null,
      ciLow: null,
      ciHigh: null,
      ciReason: null,
      shrunkenValue: null,
      topPercent: null,
      floorPercentile: null,
      trend: null,
    };
    expect(answer.body).toEqual({
      entityId: ENTITY_A,
      benchmarks: [
        {
          ...withheld,
          metric: 'deal_value',
          value: null,
          n: 0,
          cohort: null,
          cohortLevel: null,
          cohortN: null,
          percentile: null,
          explanation: 'no won deal',
          reason: null,
          asOf: '2026-01-02T03:04:05Z',
        },
        {
          ...withheld,
          metric: 'success_rate',
          value: 0.75,
          n: 8,
          cohort: 'brand|*|*',
          cohortLevel: 'platform',
          cohortN: 40,
          percentile: 91.5,
          explanation: 'six of eight',
          reason: null,
          asOf: '2026-01-02T03:04:05Z',
        },
      ],
    });
  });

  it('gives the badges of an entity, none for one without', async () => {
    expect((await get(`/api/v1/entities/${ENTITY_A}/badges`, 'viewer')).body).toEqual({
      entityId: ENTITY_A,
      badges: [
        {
          badge: 'top_performer',
          level: 'gold',
          awardedAt: '2026-01-01T00:00:00Z',
          expiresAt: '2026-02-01T00:00:00Z',
          evidence: { percentile: 91.5 },
          asOf: '2026-01-02T03:04:05Z',
        },
      ],
    });
    expect((await get(`/api/v1/entities/${ENTITY_B}/badges`, 'tenantAdminB')).body).toEqual({
      entityId: ENTITY_B,
      badges: [],
    });
  });

  it('tells an entity of another tenant and one that does not exist apart in nothing', async () => {
    for (const resource of ['benchmarks', 'badges']) {
      const foreign = await get(`/api/v1/entities/${ENTITY_B}/${resource}`, 'tenantA');
      const unknown = await get(`/api/v1/entities/${UNKNOWN}/${resource}`, 'tenantA');
      expect(foreign.status).toBe(404);
      expect(JSON.stringify(foreign.body).replaceAll(ENTITY_B, UNKNOWN)).toBe(JSON.stringify(unknown.body));
      expect((await get(`/api/v1/entities/${ENTITY_B}/${resource}`, 'viewer')).status).toBe(200);
    }
  });

  it('leaves no tenant behind on the connection', async () => {
    const parallel = Array.from({ length: 24 }, (_, n) => {
      const key: KeyName = n % 3 === 0 ? 'viewer' : n % 3 === 1 ? 'tenantA' : 'tenantAdminB';
      return get(`/api/v1/entities/${ENTITY_A}/benchmarks`, key).then(({ status }) => [key, status]);
    });
    const expected = { viewer: 200, tenantA: 200, tenantAdminB: 404 };
    for (const [key, status] of await Promise.all(parallel)) {
      expect([key, status]).toEqual([key, expected[key as keyof typeof expected]]);
    }
  });
});

describe('predictiveness', () => {
  it('is the latest answer', async () => {
    const own = await openApp({ predictiveness: () => Promise.resolve({ n: 3 }) });
    const answer = await request(own.getHttpServer())
      .get('/api/v1/insights/predictiveness')
      .set('Authorization', bearer('viewer'));
    expect([answer.status, answer.body]).toEqual([200, { n: 3 }]);
    expect((await get('/api/v1/insights/predictiveness', 'viewer')).body.code).toBe('insight_not_computed');
  });

  it('says that a store is down, and nothing about what nobody expected', async () => {
    const answers: [unknown, number, string][] = [
      [
        new AppError({
          class: 'transient',
          source: 'clickhouse',
          code: 'clickhouse_unreachable',
          message: 'x',
        }),
        503,
        'clickhouse_unreachable',
      ],
      [new Error('password=hunter2'), 500, 'internal_error'],
    ];
    for (const [error, status, code] of answers) {
      const own = await openApp({ predictiveness: () => Promise.reject(error as Error) });
      const answer = await request(own.getHttpServer())
        .get('/api/v1/insights/predictiveness')
        .set('Authorization', bearer('viewer'));
      expect(answer.status).toBe(status);
      expect(answer.body.code).toBe(code);
      expect(answer.text).not.toContain('hunter2');
    }
  });
});

describe('the warehouse', () => {
  it('is shown to keys of the platform alone', async () => {
    for (const name of ['models', 'lineage', 'tests', 'freshness']) {
      const path = `/api/v1/warehouse/${name}`;
      expect((await get(path, 'tenantA')).body).toMatchObject({ status: 403, code: 'platform_key_required' });
      expect((await get(`${path}?unknown=1`, 'viewer')).body).toMatchObject({ code: 'invalid_request' });
    }
    const { status, body } = await get('/api/v1/warehouse/lineage', 'viewer');
    expect([status, body.mermaid]).toEqual([200, expect.stringContaining('raw_trends --> dim_trend')]);
  });
});

describe('health', () => {
  it('is live, and ready when every store answers', async () => {
    expect((await api().get('/health/live')).body).toEqual({ status: 'live' });
    const up = (name: string) => ({ name, status: 'up', code: null });
    const answer = await api().get('/health/ready');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 'ready',
      checks: ['clickhouse', 'postgres', 'graph', 'queue', 'migrations', 'service'].map(up),
      pending: [],
    });
  });

  it('names the store that is down and the work that is pending, and listens all the same', async () => {
    const clickhouse = new ClickHouse(`http://127.0.0.1:${await freePort()}/analytics`);
    const own = await openApp({
      clickhouse,
      startup: [
        { name: 'postgres', run: () => Promise.resolve() },
        { name: 'clickhouse', run: () => clickhouse.ping() },
      ],
    });
    const answer = await request(own.getHttpServer()).get('/health/ready');
    expect(answer.body.pending).toEqual(['clickhouse']);
    expect(answer.status).toBe(503);
    expect(answer.body.status).toBe('not_ready');
    const down = (answer.body.checks as { name: string; status: string }[])
      .filter((check) => check.status === 'down')
      .map(({ name }) => name);
    expect(down).toEqual(['clickhouse', 'migrations']);
    // Runs wait: nothing is executed before the stores are prepared.
    const posted = await request(own.getHttpServer())
      .post('/api/v1/pipeline/runs')
      .set('Authorization', bearer('operator'));
    expect(posted.status).toBe(202);
    const found = await get(`/api/v1/pipeline/runs/${posted.body.id}`, 'viewer');
    expect(found.body.status).toBe('queued');
    expect((await request(own.getHttpServer()).get('/metrics')).text).toContain(
      'insights_store_up{store="clickhouse"} 0',
    );
  });

  it('serves no API in a worker', async () => {
    const own = await openApp({ env: { APP_ROLE: 'worker' } });
    const server = request(own.getHttpServer());
    expect((await server.get('/health/live')).status).toBe(200);
    const answer = await server.get('/api/v1/pipeline/runs').set('Authorization', bearer('admin'));
    expect(answer.status).toBe(404);
  });

  it('counts runs, steps, rows and requests', async () => {
    const own = await openApp({ steps: fakeSteps({ extract: () => Promise.resolve(succeeded(7)) }) });
    const server = request(own.getHttpServer());
    const posted = await server.post('/api/v1/pipeline/runs').set('Authorization', bearer('operator'));
    const text = await eventually(async () => {
      const metrics = await server.get('/metrics');
      expect(metrics.text).toContain('insights_pipeline_runs_total{status="succeeded",trigger="api"} 1');
      expect(metrics.headers['content-type']).toMatch(/^text\/plain/);
      return metrics.text;
    });
    expect(text).toContain('insights_pipeline_rows_total{step="extract",direction="in"} 7');
    expect(text).toContain(
      'insights_pipeline_step_duration_seconds_count{step="alert",status="succeeded"} 1',
    );
    expect(text).toContain(
      'http_request_duration_seconds_count{method="POST",route="/api/v1/pipeline/runs",status="202"} 1',
    );
    expect(text).toContain('insights_store_up{store="postgres"} 1');
    expect(text).not.toContain(posted.body.id);
  });

  it('describes every route, with the form of what it takes and gives', async () => {
    const document = (await api().get('/docs-json')).body;
    const operations = Object.entries<Record<string, unknown>>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.sort()).toEqual([
      'GET /api/v1/entities/{id}/badges',
      'GET /api/v1/entities/{id}/benchmarks',
      'GET /api/v1/insights/backtests/stalls',
      'GET /api/v1/insights/deals',
      'GET /api/v1/insights/forecast',
      'GET /api/v1/insights/forecast/deals',
      'GET /api/v1/insights/models',
      'GET /api/v1/insights/models/{version}',
      'GET /api/v1/insights/network-effects',
      'GET /api/v1/insights/predictiveness',
      'GET /api/v1/insights/stage-time',
      'GET /api/v1/pipeline/runs',
      'GET /api/v1/pipeline/runs/{id}',
      'GET /api/v1/syncs',
      'GET /api/v1/syncs/plans/{id}/rows',
      'GET /api/v1/syncs/{name}',
      'GET /api/v1/syncs/{name}/explain',
      'GET /api/v1/syncs/{name}/rejects',
      'GET /api/v1/syncs/{name}/runs/{id}',
      'GET /api/v1/warehouse/freshness',
      'GET /api/v1/warehouse/lineage',
      'GET /api/v1/warehouse/models',
      'GET /api/v1/warehouse/rejects',
      'GET /api/v1/warehouse/sweeps',
      'GET /api/v1/warehouse/tests',
      'GET /health/live',
      'GET /health/ready',
      'GET /metrics',
      'POST /api/v1/insights/models/{version}/{decision}',
      'POST /api/v1/pipeline/runs',
      'POST /api/v1/syncs/plans/{id}/apply',
      'POST /api/v1/syncs/{name}/cancel',
      'POST /api/v1/syncs/{name}/pause',
      'POST /api/v1/syncs/{name}/plans',
      'POST /api/v1/syncs/{name}/reconcile',
      'POST /api/v1/syncs/{name}/reject',
      'POST /api/v1/syncs/{name}/release',
      'POST /api/v1/syncs/{name}/resume',
      'POST /api/v1/syncs/{name}/runs',
      'POST /api/v1/warehouse/rejects/replay',
      'POST /api/v1/warehouse/sweeps/{source}/release',
    ]);
    type Answer = { content?: Record<string, { schema: { example?: unknown } }> };
    const withoutExample = Object.entries<Record<string, { responses: Record<string, Answer> }>>(
      document.paths,
    ).filter(
      ([path, methods]) =>
        /\/(insights|entities)\//.test(path) &&
        Object.values(methods).some(
          ({ responses }) => !responses['200']?.content?.['application/json']?.schema.example,
        ),
    );
    expect(withoutExample.map(([path]) => path)).toEqual([]);
    const create = document.paths['/api/v1/pipeline/runs'].post;
    expect(create.security).toEqual([{ bearer: [] }]);
    expect(create.requestBody.content['application/json'].schema.properties).toHaveProperty('asOf');
    expect(create.responses['202'].content['application/json'].schema.properties).toHaveProperty('steps');
    const parameters = document.paths['/api/v1/pipeline/runs'].get.parameters as { name: string }[];
    expect(parameters.map(({ name }) => name).sort()).toEqual(['limit', 'status']);
    expect((await api().get('/docs')).text).toContain('swagger-ui');
  });
});

describe('stopping', () => {
  it('cancels the run in hand and waits for it', async () => {
    const inModel = deferred<undefined>();
    const own = await openApp({
      steps: fakeSteps({
        model: async ({ signal }) => {
          inModel.resolve(undefined);
          return untilAborted(signal);
        },
      }),
    });
    const posted = await request(own.getHttpServer())
      .post('/api/v1/pipeline/runs')
      .set('Authorization', bearer('operator'));
    await inModel.promise;
    await own.close();
    const found = await get(`/api/v1/pipeline/runs/${posted.body.id}`, 'viewer');
    expect(found.body.status).toBe('cancelled');
    expect((found.body as Run).steps[1]?.error?.code).toBe('run_interrupted');
  });
});

describe('the process', () => {
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  const command = ['--import', './src/typescript/register.mjs', main];

  it('refuses a bad variable with one line that names it and hides its value', async () => {
    const started = startChild('env', ['DATABASE_URL=hunter2', process.execPath, ...command], /listening/);
    const refusal = String(await started.catch((error: Error) => error.message));
    expect(refusal).toMatch(/^env ended.*\nRefusing to start\. DATABASE_URL is malformed: [^\n]*$/);
    expect(refusal).not.toContain('hunter2');
  }, 60_000);

  it('listens although stores are down, says which, and ends with 0 on SIGTERM', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'insights-main-'));
    const child = await startChild(
      'env',
      [
        `DATABASE_URL=${stores.postgresUrl}`,
        `CLICKHOUSE_URL=http://127.0.0.1:${await freePort()}/analytics`,
        `NEO4J_URI=bolt://127.0.0.1:${await freePort()}`,
        'NEO4J_PASSWORD=none',
        `DATA_DIR=${dir}`,
        'PORT=0',
        process.execPath,
        ...command,
      ],
      /"listening"/,
    );
    const { url } = JSON.parse(child.ready) as { url: string };
    const answer = await request(url).get('/health/ready');
    expect(answer.status).toBe(503);
    expect(answer.body.checks).toContainEqual({
      name: 'clickhouse',
      status: 'down',
      code: 'clickhouse_unreachable',
    });
    expect(answer.body.checks).toContainEqual({
      name: 'graph',
      status: 'down',
      code: expect.stringMatching(/^(graph_unavailable|timeout)$/),
    });
    expect(answer.body.checks).toContainEqual({
      name: 'migrations',
      status: 'down',
      code: 'migrations_pending',
    });
    expect(answer.body.checks).toContainEqual({ name: 'postgres', status: 'up', code: null });
    // The store that is up does not wait for the two that are not.
    await eventually(async () =>
      expect((await request(url).get('/health/ready')).body.pending).toEqual(['clickhouse', 'graph']),
    );
    const exited = once(child.process, 'exit');
    child.process.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    rmSync(dir, { recursive: true });
  }, 90_000);
});
