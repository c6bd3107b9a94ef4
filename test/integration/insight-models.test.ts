import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { z } from 'zod';
import { createSyncs, loadSyncDefinitions } from '../../modules/sync/index.js';
import { configureHttp } from '../../modules/operations/index.js';
import { ModelsController } from '../../modules/operations/http/models.controller.js';
import { ApiKeys } from '../../modules/operations/infrastructure/api-keys.js';
import { Metrics } from '../../modules/operations/infrastructure/metrics.js';
import { DecideModel, InsightReader } from '../../modules/scoring-insight/index.js';
import {
  AffinityModels,
  DecidedAffinityModels,
} from '../../modules/scoring-insight/infrastructure/affinity-model-store.js';
import { loadDefaultWeights } from '../../modules/scoring-insight/infrastructure/definitions.js';
import { readConfig, sha256 } from '../../src/config/env.js';
import { openStores } from '../../src/platform/stores.js';
import { createLogger, LOGGER } from '../../src/platform/logging/logging.js';
import { market } from '../factories/insight-market.js';
import { type InsightWorld, loadWorld } from '../factories/insight-world.js';
import { runCli } from '../support/cli.js';
import { runInsight } from '../support/insight-run.js';
import { contentOf, forgetInsight, insightStores, type InsightStores } from '../support/insight-stores.js';

jest.setTimeout(60_000);

const API_KEYS = [
  `anna:operator:*:${sha256('anna')}`,
  `ben:admin:*:${sha256('ben')}`,
  `viewer:viewer:*:${sha256('viewer')}`,
  `tenant-admin:admin:aaaaaaaa-0000-0000-0000-000000000001:${sha256('tenant')}`,
].join(',');

let stores: InsightStores;
let app: NestExpressApplication;
const decisionStore = () => new DecidedAffinityModels(stores.clickhouse, stores.graph, stores.postgres);
beforeAll(async () => {
  stores = await insightStores();
  const config = readConfig({ API_KEYS, LOG_LEVEL: 'silent' });
  const decide = new DecideModel(decisionStore(), loadDefaultWeights());
  const module = await Test.createTestingModule({
    controllers: [ModelsController],
    providers: [
      { provide: DecideModel, useValue: decide },
      { provide: ApiKeys, useValue: ApiKeys.fromConfig(config) },
      { provide: LOGGER, useValue: createLogger(config.LOG_LEVEL) },
      { provide: Metrics, useValue: { httpEnded: () => undefined } },
    ],
  }).compile();
  app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  configureHttp(app);
  await app.init();
}, 120_000);
afterAll(async () => {
  await app.close();
  await stores.close();
});
beforeEach(async () => {
  await forgetInsight(stores);
  await stores.clickhouse.command('TRUNCATE TABLE insight_model_decisions');
  await stores.clickhouse.command('TRUNCATE TABLE sync_state');
  await stores.graph.write('MATCH (m:AffinityModel) DELETE m', {}, z.unknown());
});

const PATH = '/api/v1/insights/models';
const get = (path = '', key = 'viewer') =>
  request(app.getHttpServer()).get(`${PATH}${path}`).set('Authorization', `Bearer ${key}`);
const post = (path: string, body?: object, key = 'anna') =>
  request(app.getHttpServer()).post(`${PATH}/${path}`).set('Authorization', `Bearer ${key}`).send(body);

/** Versions as this service has suggested them on top of the declared weights; the last ones are open. */
async function suggested(count: number, open = 1): Promise<void> {
  const models = Array.from({ length: count }, (_, index) => ({
    version: index + 1,
    status: index + open >= count ? ('suggested' as const) : ('superseded' as const),
    weights: {
      semantic: 0.3 + index / 100,
      goal_alignment: 0.25 - index / 100,
      cultural_momentum: 0.2,
      historical: 0.15,
      authenticity: 0.1,
    },
    base: null,
    n: 240,
    createdAt: `2026-01-0${index + 1}T00:00:00.000000Z`,
    activatedAt: null,
    decidedAt: null,
  }));
  const store = new AffinityModels(stores.clickhouse, stores.graph);
  const json = JSON.stringify({ n: 240, base: loadDefaultWeights() });
  for (let version = count - open + 1; version <= count; version += 1)
    await store.replace(models, { version, json }, '2026-01-05T00:00:00Z');
}

/** The insight step on a market without deals, so that it suggests nothing, then the sync of the versions. */
async function runAndSync(): Promise<void> {
  await runInsight(stores);
  await syncModels();
}

async function syncModels(): Promise<void> {
  const runId = randomUUID();
  await stores.postgres.execute(
    `INSERT INTO insights_ops.pipeline_runs (id, trigger, status, as_of) VALUES ($1, 'manual', 'running', now())`,
    [runId],
  );
  const models = loadSyncDefinitions().filter(({ name }) => name === 'affinity_model');
  const syncs = createSyncs(stores, { definitions: models }).step;
  await syncs.execute({
    runId,
    asOf: '2026-06-17T12:00:00Z',
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
}

const node = z.object({ version: z.number(), status: z.string() });
const inGraph = async () => {
  const rows = await stores.graph.read(
    'MATCH (m:AffinityModel) RETURN m.version AS version, m.status AS status ORDER BY version',
    {},
    node,
  );
  return rows.map(({ version, status }) => [version, status]);
};
const byHand = (version: number, status: string) =>
  stores.graph.write(
    'MATCH (m:AffinityModel {version: $version}) SET m.status = $status',
    { version: BigInt(version), status },
    z.unknown(),
  );
const known = async () => {
  const { body } = await get();
  return z
    .object({ models: z.array(node) })
    .parse(body)
    .models.map(({ version, status }) => [version, status])
    .reverse();
};
const NOBODY: InsightWorld = { entities: [{ name: 'a' }], deals: [] };

describe('decisions over HTTP', () => {
  beforeEach(() => suggested(2));

  it('puts a version in force, and says who decided, when and why', async () => {
    const { status, body } = await post('2/approve', { reason: 'gain confirmed' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      changed: true,
      model: {
        version: 2,
        status: 'active',
        evidence: { n: 240 },
        decisions: [{ decision: 'approve', version: 2, by: 'anna', reason: 'gain confirmed' }],
      },
    });
    expect(body.model.activatedAt).toBe(body.model.decidedAt);
    expect(body.model.decisions[0].at).toBe(body.model.decidedAt);
    expect(await known()).toEqual([
      [1, 'superseded'],
      [2, 'active'],
    ]);
    const reader = new InsightReader(stores.clickhouse, stores.postgres, stores.graph);
    expect((await reader.affinityModel()).active?.version).toBe(2);
  });

  it('takes the same decision twice without a second record', async () => {
    await post('2/approve');
    const again = await post('2/approve', undefined, 'ben');
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ changed: false, model: { decisions: [{ by: 'anna' }] } });
    expect(again.body.model.decisions).toHaveLength(1);
  });

  it('revokes to the declared weights, and to the version before', async () => {
    await post('2/approve');
    const { body } = await post('2/revoke', { reason: 'complaints' }, 'ben');
    expect(body.model).toMatchObject({
      status: 'rejected',
      decisions: [{ decision: 'approve' }, { decision: 'revoke', by: 'ben', reason: 'complaints' }],
    });
    expect((await known()).filter(([, status]) => status === 'active')).toEqual([]);
    expect((await post('2/revoke')).body.changed).toBe(false);
  });

  it.each([
    ['9/approve', 404, 'model_unknown'],
    ['1/approve', 409, 'model_not_suggested'],
    ['1/reject', 409, 'model_not_suggested'],
    ['2/revoke', 409, 'model_not_active'],
  ])('answers POST %s with %s %s', async (path, status, code) => {
    const answer = await post(path);
    expect(answer.status).toBe(status);
    expect(answer.type).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ code, status });
  });

  it('refuses the second of two people who saw the same', async () => {
    await post('2/reject', { activeVersion: null });
    const late = await post('2/approve', { activeVersion: null }, 'ben');
    expect([late.status, late.body.code]).toEqual([409, 'model_not_suggested']);
    const stale = await (await suggested(3), post('3/approve', { activeVersion: 1 }));
    expect([stale.status, stale.body.code]).toEqual([409, 'model_decision_stale']);
  });

  it('refuses to approve what was suggested on weights that are not in force by now', async () => {
    await post('2/approve');
    await suggested(3);
    const answer = await post('3/approve', { activeVersion: 2 });
    expect([answer.status, answer.body.code]).toEqual([409, 'model_decision_stale']);
    await post('2/revoke');
    expect((await post('3/approve')).status).toBe(200);
  });

  it('notices that the session of the lock was lost on the way', async () => {
    const held = decisionStore().exclusively(async (stillAlone) => {
      await stillAlone();
      await stores.postgres.execute(
        `SELECT pg_terminate_backend(pid) FROM pg_locks
         WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      await stillAlone();
    });
    await expect(held).rejects.toMatchObject({ class: 'transient' });
    expect((await post('2/approve')).status).toBe(200);
  });

  it('decides once for each of many that ask at the same time', async () => {
    const answers = await Promise.all([
      ...Array.from({ length: 4 }, () => post('2/approve')),
      ...Array.from({ length: 4 }, () => post('2/reject', {}, 'ben')),
    ]);
    const changed = answers.filter(({ body }) => body.changed === true);
    expect(changed).toHaveLength(1);
    // The others said the same, or were refused.
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(4);
    const rows = await stores.clickhouse.rows(
      'SELECT decision FROM insight_model_decisions FINAL',
      {},
      z.object({ decision: z.string() }),
    );
    expect(rows).toHaveLength(1);
  });

  it('lets operators decide, viewers read, and keys of one tenant neither', async () => {
    expect((await post('2/approve', {}, 'viewer')).body.code).toBe('role_insufficient');
    expect((await post('2/approve', {}, 'tenant')).body.code).toBe('platform_key_required');
    expect((await get('', 'tenant')).body.code).toBe('platform_key_required');
    expect((await get('/2')).body).toMatchObject({ version: 2, status: 'suggested', evidence: { n: 240 } });
    expect((await get('/9')).body.code).toBe('model_unknown');
    expect(await known()).toEqual([
      [1, 'superseded'],
      [2, 'suggested'],
    ]);
  });

  it.each([
    ['0/approve', {}],
    ['two/approve', {}],
    ['2/approve', { activeVersion: 'x' }],
    ['2/approve', { because: 'typo' }],
  ])('refuses POST %s %j as malformed', async (path, body) => {
    const answer = await post(path, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  });
});

describe('on the way to the graph', () => {
  beforeEach(async () => {
    await loadWorld(stores.clickhouse, NOBODY);
    await suggested(2);
    await syncModels();
  });

  it('the next run carries a decision, and one after it changes nothing', async () => {
    await post('2/approve');
    expect(await inGraph()).toEqual([
      [1, 'superseded'],
      [2, 'suggested'],
    ]);
    await runAndSync();
    expect(await inGraph()).toEqual([
      [1, 'superseded'],
      [2, 'active'],
    ]);
    const before = await contentOf(stores.clickhouse, 'insight_affinity_models');
    await runAndSync();
    expect(await contentOf(stores.clickhouse, 'insight_affinity_models')).toEqual(before);
  });

  it('a decision outlives runs whose sync did not reach the graph', async () => {
    await post('2/approve');
    await runAndSync();
    await post('2/revoke');
    await runInsight(stores);
    await runInsight(stores);
    expect(await known()).toEqual([
      [1, 'superseded'],
      [2, 'rejected'],
    ]);
    await syncModels();
    expect(await inGraph()).toEqual([
      [1, 'superseded'],
      [2, 'rejected'],
    ]);
  });

  it('a run without a suggestion takes the open one back', async () => {
    await runAndSync();
    expect(await inGraph()).toEqual([
      [1, 'superseded'],
      [2, 'superseded'],
    ]);
    expect((await post('2/approve')).body.code).toBe('model_not_suggested');
  });

  it('a decision outlives a run that replaced the versions meanwhile', async () => {
    await post('2/approve');
    await suggested(3);
    expect(await known()).toEqual([
      [1, 'superseded'],
      [2, 'active'],
      [3, 'suggested'],
    ]);
  });

  it('what a person changes in the graph afterwards counts', async () => {
    await post('2/approve');
    await runAndSync();
    await byHand(2, 'superseded');
    await byHand(1, 'active');
    expect(await known()).toEqual([
      [1, 'active'],
      [2, 'superseded'],
    ]);
    await runAndSync();
    expect(await inGraph()).toEqual([
      [1, 'active'],
      [2, 'superseded'],
    ]);
    // And a decision after that counts again.
    await post('1/revoke');
    await runAndSync();
    expect(await inGraph()).toEqual([
      [1, 'rejected'],
      [2, 'active'],
    ]);
  });
});

describe('evidence of a suggestion', () => {
  it('holds the gate, and how the best matches would change', async () => {
    await loadWorld(stores.clickhouse, market());
    await runInsight(stores);
    const { body } = await get('/1');
    expect(body).toMatchObject({
      version: 1,
      status: 'suggested',
      evidence: { n: 240, entities: 24, ladder: 'experimental', limited: true, lastPeriod: { n: 48 } },
    });
    expect(body.evidence.overCurrent.gainLow).toBeGreaterThan(0);
    expect(body.weights.authenticity).toBeCloseTo(0.2, 4);
    expect(body.evidence.rankChurn.top).toBe(10);
    expect(body.evidence.base).toEqual(loadDefaultWeights());
    expect((await post('1/approve')).body.changed).toBe(true);
  });

  it('counts the replaced matches of each entity with more than ten partners', async () => {
    const partners = Array.from({ length: 12 }, (_, index) => `partner ${String(index).padStart(2, '0')}`);
    await loadWorld(stores.clickhouse, {
      entities: ['hub', ...partners].map((name) => ({ name })),
      deals: [],
      scores: partners.flatMap((name, index) => [
        // The order by semantic is the reverse of the order by historical. An older score says otherwise.
        {
          id: index,
          between: ['hub', name],
          computedAt: '2026-05-02T00:00:00Z',
          semantic: index / 100,
          historical: (11 - index) / 100,
        },
        {
          id: 100 + index,
          between: [name, 'hub'],
          computedAt: '2026-05-01T00:00:00Z',
          semantic: 0.5,
          historical: 0.5,
        },
        {
          id: 200 + index,
          between: [name, 'hub'],
          computedAt: '2026-07-01T00:00:00Z',
          semantic: 0.5,
          historical: 0.5,
        },
      ]),
    });
    const only = (component: string) => ({
      semantic: 0,
      goal_alignment: 0,
      cultural_momentum: 0,
      historical: 0,
      authenticity: 0,
      [component]: 1,
    });
    const store = new AffinityModels(stores.clickhouse, stores.graph);
    const asOf = '2026-06-17T12:00:00Z';
    expect(await store.rankChurn(only('semantic'), only('historical'), asOf)).toEqual({
      top: 10,
      entities: 1,
      entitiesChanged: 1,
      share: 0.2,
    });
    expect(await store.rankChurn(only('semantic'), only('semantic'), asOf)).toMatchObject({
      share: 0,
      entitiesChanged: 0,
    });
    await loadWorld(stores.clickhouse, NOBODY);
    expect(await store.rankChurn(only('semantic'), only('historical'), asOf)).toEqual({
      top: 10,
      entities: 0,
      entitiesChanged: 0,
      share: null,
    });
  });
});

describe('the command line', () => {
  const page = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8');
  const commands = [...page.matchAll(/^ +npm run --silent cli -- (.+)$/gm)].map(
    ([, command = '']) => command,
  );
  /** Arguments of a documented command; quoted ones may hold spaces. */
  const words = (line: string): string[] =>
    [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const env = () => ({
    CLICKHOUSE_URL: stores.clickhouseUrl,
    DATABASE_URL: stores.postgresUrl,
    DATA_DIR: join(stores.dataDir, 'cli'),
    LOG_LEVEL: 'silent',
  });
  const cli = (...args: string[]) => runCli(args, { env: env() });

  it('does what docs/models.md shows, one command after the other', async () => {
    await suggested(4, 2);
    // While somebody uses the graph its host stays, and no command has to start it.
    const held = await openStores(readConfig(env()), () => undefined);
    await held.graph.ping();
    expect(commands).toHaveLength(6);
    const outputs: string[] = [];
    for (const command of commands) {
      const { code, stdout, stderr } = await cli(...words(command));
      expect({ command, code, stderr: code === 0 ? '' : stderr }).toEqual({ command, code: 0, stderr: '' });
      outputs.push(stdout);
    }
    expect(outputs[0]).toMatch(/│ +4 │ suggested/);
    expect(outputs[1]).toContain('"n": 240');
    const first = await cli('insight', 'model', 'show', '1');
    expect(first.stdout).toContain('there is no evidence for it here');
    expect(outputs[2]).toContain('approve by cli:');
    expect(outputs[2]).toContain('cli run');
    const listed = z
      .object({
        models: z.array(
          z.object({ version: z.number(), status: z.string(), decisions: z.array(z.unknown()) }),
        ),
      })
      .parse(JSON.parse(outputs[5] ?? ''));
    expect(listed.models.map(({ version, status }) => [version, status])).toEqual([
      [4, 'rejected'],
      [3, 'rejected'],
      [2, 'superseded'],
      [1, 'superseded'],
    ]);
    expect(listed.models[1]?.decisions).toHaveLength(2);
    const refused = await cli('insight', 'model', 'approve', '3', '--json');
    expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([
      1,
      { error: { code: 'model_not_suggested' } },
    ]);
    expect((await cli('insight', 'model', 'approve', 'three')).code).toBe(64);
    await held.close();
  }, 300_000);
});
