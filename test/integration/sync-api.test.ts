import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { z } from 'zod';
import { configureHttp, RequestSync, syncRunJob } from '../../modules/operations/index.js';
import { SyncsController } from '../../modules/operations/http/syncs.controller.js';
import { syncAnswers } from '../../modules/operations/http/sync-schemas.js';
import { ApiKeys } from '../../modules/operations/infrastructure/api-keys.js';
import { Metrics } from '../../modules/operations/infrastructure/metrics.js';
import { processSyncRuns } from '../../modules/operations/jobs/sync-run.processor.js';
import { type SyncDefinition, type Syncs, SYNCS } from '../../modules/sync/index.js';
import { readConfig, sha256 } from '../../src/config/env.js';
import { createLogger, LOGGER } from '../../src/platform/logging/logging.js';
import { InProcessJobQueue } from '../../src/platform/queue/in-process-job-queue.js';
import { uuidOf } from '../factories/product-rows.js';
import { eventually } from '../support/async.js';
import { SyncFixture } from './sync-fixture.js';
import { Probe } from './sync-probe.js';

const API_KEYS = [
  `viewer:viewer:*:${sha256('v')}`,
  `operator:operator:*:${sha256('o')}`,
  `tenant-admin:admin:${uuidOf('tenant')}:${sha256('t')}`,
].join(',');
jest.setTimeout(120_000);

const logger = createLogger('silent');

let stores: SyncFixture;
let probe: Probe;
let syncs: Syncs;
let queue: InProcessJobQueue;
let app: NestExpressApplication;
beforeAll(async () => {
  stores = await SyncFixture.open();
  probe = await Probe.create(stores, 'served');
  const guarded: SyncDefinition = {
    ...probe.definition,
    guard: { deletes: { rows: 3, at_least: 0 }, empty: 'hold' },
  };
  syncs = stores.syncs([guarded]);
  queue = new InProcessJobQueue([syncRunJob], logger);
  processSyncRuns(queue, syncs, new AbortController().signal);
  queue.start();
  const config = readConfig({ API_KEYS, LOG_LEVEL: 'silent' });
  const module = await Test.createTestingModule({
    controllers: [SyncsController],
    providers: [
      { provide: SYNCS, useValue: syncs },
      { provide: RequestSync, useValue: new RequestSync(syncs.requests, queue) },
      { provide: ApiKeys, useValue: ApiKeys.fromConfig(config) },
      { provide: LOGGER, useValue: logger },
      { provide: Metrics, useValue: { httpEnded: () => undefined } },
    ],
  }).compile();
  app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  configureHttp(app);
  await app.init();
}, 120_000);
afterAll(async () => {
  await app.close();
  await queue.close();
  await stores.close();
});

const get = (path: string, key = 'v') =>
  request(app.getHttpServer()).get(`/api/v1/syncs${path}`).set('Authorization', `Bearer ${key}`);
const post = (path: string, body: object = {}, key = 'o') =>
  request(app.getHttpServer()).post(`/api/v1/syncs${path}`).set('Authorization', `Bearer ${key}`).send(body);
const codeOf = (body: unknown): string => z.object({ code: z.string() }).parse(body).code;
const rows = (n: number, body = 'one') =>
  Array.from({ length: n }, (_, i) => ({ id: `r${i}`, part: 'x', body }));

/** Asks for a run and waits until it has ended. */
async function ran(body: object = {}) {
  const queued = syncAnswers.run.parse((await post('/served/runs', body).expect(202)).body);
  return await eventually(async () => {
    const run = syncAnswers.run.parse((await get(`/served/runs/${queued.runId}`).expect(200)).body);
    expect(['queued', 'running']).not.toContain(run.status);
    return run;
  }, 60_000);
}
/** What alert rules read; it is told after the run has ended. */
const signalled = async (expected: { kind: string; severity: string; state: string }) =>
  await eventually(async () => expect(await signals()).toContainEqual(expected));
const signals = async () =>
  await stores.postgres.query(
    `SELECT kind, severity, state FROM insights_ops.signals WHERE subject = 'served' ORDER BY kind`,
    [],
    z.object({ kind: z.string(), severity: z.string(), state: z.string() }),
  );

describe('/api/v1/syncs', () => {
  it.each(Object.keys(syncAnswers))('describes %s with examples that are valid', (name) => {
    const schema: z.ZodType = syncAnswers[name as keyof typeof syncAnswers];
    const { examples } = z.object({ examples: z.array(z.unknown()).min(1) }).parse(schema.meta());
    for (const example of examples) expect(schema.parse(example)).toEqual(example);
  });

  it('needs a key for all tenants, and the role operator for changes', async () => {
    expect(codeOf((await get('', 't').expect(403)).body)).toBe('platform_key_required');
    for (const path of [
      '/served/runs',
      '/served/plans',
      '/served/pause',
      '/served/release',
      '/served/cancel',
    ])
      expect(codeOf((await post(path, {}, 'v').expect(403)).body)).toBe('role_insufficient');
    expect(codeOf((await get('/other').expect(404)).body)).toBe('sync_unknown');
    expect(codeOf((await get(`/served/runs/${randomUUID()}`).expect(404)).body)).toBe('run_unknown');
  });

  it('runs a sync, and sends rows again when asked', async () => {
    await probe.setModel(rows(10));
    expect(await ran()).toMatchObject({
      status: 'succeeded',
      trigger: 'api',
      requestedBy: 'operator',
      inserted: 10,
    });
    await stores.postgres.execute(`UPDATE insights.served SET body = 'edited' WHERE id IN ('r1', 'r2')`);
    expect(await ran()).toMatchObject({ inserted: 0, updated: 0, unchanged: 10 });
    expect(await ran({ keys: [['r1', 'x']] })).toMatchObject({ trigger: 'replay', updated: 1 });
    expect(codeOf((await post('/served/runs', { keys: [['r1']] }).expect(400)).body)).toBe('key_mismatch');
    await post('/served/runs', { everything: true }).expect(400);
    expect(await ran({ full: true })).toMatchObject({ updated: 1 });
    const sync = syncAnswers.sync.parse((await get('/served?runs=2').expect(200)).body);
    expect([sync.runs.length, sync.openRejects, sync.hold, sync.paused]).toEqual([2, 0, null, null]);
  });

  it('plans, shows and applies, once', async () => {
    await probe.setModel(rows(10).map((row, n) => (n === 0 ? { ...row, body: 'two' } : row)));
    const plan = syncAnswers.plan.parse((await post('/served/plans').expect(200)).body);
    expect([plan.counts.update, plan.fields]).toEqual([1, [{ field: 'body', rows: 1 }]]);
    const { rows: shown } = syncAnswers.planRows.parse(
      (await get(`/plans/${plan.id}/rows`).expect(200)).body,
    );
    expect(shown.map(({ key, fields }) => ({ key, fields }))).toEqual([
      { key: ['r0', 'x'], fields: [{ field: 'body', before: 'one', after: 'two' }] },
    ]);
    expect(syncAnswers.outcome.parse((await post(`/plans/${plan.id}/apply`).expect(200)).body)).toMatchObject(
      {
        status: 'succeeded',
        updated: 1,
      },
    );
    expect(codeOf((await post(`/plans/${plan.id}/apply`).expect(409)).body)).toBe('plan_used');
    expect(codeOf((await post(`/plans/${randomUUID()}/apply`).expect(404)).body)).toBe('plan_unknown');
  });

  it('explains a row and holds the target against the model', async () => {
    const explained = async (path: string) =>
      syncAnswers.explanation.parse((await get(`/served/explain?${path}`).expect(200)).body);
    expect(await explained('key=r3&key=x')).toMatchObject({ verdict: 'unchanged', key: ['r3', 'x'] });
    await stores.postgres.execute(`UPDATE insights.served SET body = 'edited' WHERE id = 'r3'`);
    expect((await explained('key=r3&key=x')).verdict).toBe('edited');
    expect(codeOf((await get('/served/explain?key=r3').expect(400)).body)).toBe('key_incomplete');
    expect(codeOf((await post('/served/reconcile', {}, 'v').expect(403)).body)).toBe('role_insufficient');
    const found = syncAnswers.reconciliation.parse((await post('/served/reconcile').expect(200)).body);
    expect(found).toMatchObject({ reconciled: false, edited: { rows: 1, keys: [['r3', 'x']] } });
    await ran({ keys: [['r3', 'x']] });
    expect((await post('/served/reconcile').expect(200)).body).toMatchObject({ reconciled: true });
  });

  it('refuses runs of a paused sync until it is resumed', async () => {
    const first = await post('/served/pause').expect(200);
    expect(syncAnswers.paused.parse(first.body).paused?.by).toBe('operator');
    expect((await post('/served/pause').expect(200)).body).toEqual(first.body);
    expect(codeOf((await post('/served/runs').expect(409)).body)).toBe('sync_paused');
    expect((await post('/served/resume').expect(200)).body).toEqual({ sync: 'served', paused: null });
    expect(await ran()).toMatchObject({ status: 'succeeded' });
    expect((await post('/served/cancel').expect(200)).body).toEqual({ sync: 'served', runs: [] });
  });

  it('holds a run beyond its guard, tells alert rules, and does what a person decides', async () => {
    expect(codeOf((await post('/served/release').expect(404)).body)).toBe('sync_not_held');
    await probe.setModel(rows(5));
    const held = await ran();
    expect(held).toMatchObject({ status: 'held', deleted: 0 });
    const active = { kind: 'held_sync', severity: 'warn', state: 'active' };
    await signalled(active);

    // Rejected: held again, in silence, until more would go.
    expect(codeOf((await post('/served/reject', { runId: randomUUID() }).expect(409)).body)).toBe(
      'hold_changed',
    );
    const rejected = syncAnswers.hold.parse(
      (await post('/served/reject', { runId: held.runId }).expect(200)).body,
    );
    expect([rejected.state, rejected.decidedBy, rejected.deletes]).toEqual(['rejected', 'operator', 5]);
    expect(await ran()).toMatchObject({ status: 'held', deleted: 0 });
    await signalled({ ...active, state: 'cleared' });
    await probe.setModel(rows(4));
    expect(await ran()).toMatchObject({ status: 'held' });
    await signalled(active);

    // Released: as much as was held, no more.
    expect(syncAnswers.hold.parse((await post('/served/release').expect(200)).body).deletes).toBe(6);
    await probe.setModel(rows(3));
    expect(await ran()).toMatchObject({ status: 'held', deleted: 0 });
    await post('/served/release').expect(200);
    expect(await ran()).toMatchObject({ status: 'succeeded', deleted: 7 });
    expect(await probe.keys()).toEqual(['r0/x', 'r1/x', 'r2/x']);
    await ran();
    await signalled({ ...active, state: 'cleared' });
    expect(await syncs.controls.held('served')).toBeNull();
  });
});
