import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { z } from 'zod';
import { DealsController } from '../../modules/operations/http/deals.controller.js';
import { insightAnswers } from '../../modules/operations/http/insight-schemas.js';
import { InsightsController } from '../../modules/operations/http/insights.controller.js';
import { configureHttp, INSIGHT_READER } from '../../modules/operations/index.js';
import { ApiKeys } from '../../modules/operations/infrastructure/api-keys.js';
import { DealHealthPages } from '../../modules/operations/infrastructure/deal-health.js';
import { Metrics } from '../../modules/operations/infrastructure/metrics.js';
import { InsightReader } from '../../modules/scoring-insight/index.js';
import { ClickHouseStageTimeStore } from '../../modules/scoring-insight/infrastructure/stage-time-store.js';
import { readConfig, sha256 } from '../../src/config/env.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { createLogger, LOGGER } from '../../src/platform/logging/logging.js';
import { idOf } from '../factories/insight-world.js';
import { insightStores, type InsightStores } from '../support/insight-stores.js';

jest.setTimeout(60_000);

const TENANT_A = idOf('tenant', 'a');
const TENANT_B = idOf('tenant', 'b');
const OLGA = idOf('user', 'Olga');
const AS_OF = '2026-06-17T12:00:00.000000Z';
const API_KEYS = [
  `viewer:viewer:*:${sha256('v')}`,
  `a:viewer:${TENANT_A}:${sha256('a')}`,
  `b:admin:${TENANT_B}:${sha256('b')}`,
].join(',');

/** The open deals, the worst first. */
const DEALS = [
  { name: 'rotten', tenant: TENANT_A, owner: OLGA, stage: 'negotiation', days: 61, severity: 'critical' },
  { name: 'old', tenant: TENANT_B, owner: null, stage: 'negotiation', days: 40, severity: 'critical' },
  { name: 'stale', tenant: TENANT_A, owner: OLGA, stage: 'proposal', days: 31, severity: 'warn' },
  { name: 'lone', tenant: TENANT_A, owner: null, stage: 'proposal', days: 30, severity: 'warn' },
  { name: 'moved on', tenant: TENANT_A, owner: OLGA, stage: 'proposal', days: 90, severity: 'ok' },
  { name: 'fresh', tenant: TENANT_B, owner: OLGA, stage: 'proposal', days: 1, severity: 'ok' },
] as const;
type Deal = (typeof DEALS)[number];
/** Peers know nothing of this one. */
const isUnknown = ({ name }: Deal): boolean => name === 'lone';

const synced = (deal: Deal) => ({
  partnership_id: idOf('deal', deal.name),
  tenant_id: deal.tenant,
  owner_user_id: deal.owner,
  stage: deal.stage,
  entered_stage_at: '2026-03-01T08:00:00.000000Z',
  days_in_stage: deal.days,
  stage_percentile: isUnknown(deal) ? null : 90,
  threshold_days: 30,
  threshold_source: 'statistical',
  chance_30d: isUnknown(deal) ? null : 0.25,
  severity: deal.severity,
  as_of: AS_OF,
});

let stores: InsightStores;
let app: NestExpressApplication;
const opened: NestExpressApplication[] = [];
beforeAll(async () => {
  stores = await insightStores();
  await stores.postgres.execute(
    `INSERT INTO insights.deal_health SELECT * FROM jsonb_populate_recordset(NULL::insights.deal_health, $1::jsonb)`,
    [JSON.stringify(DEALS.map(synced))],
  );
  await stores.clickhouse.insertRows(
    'insight_deal_health',
    DEALS.map((deal) => ({
      ...synced(deal),
      // A run has seen this one in its next stage, and that is not synced yet.
      ...(deal.name === 'moved on' ? { stage: 'negotiation', days_in_stage: 0 } : {}),
      stage_visit: 1,
      partnership_type: 'licensing',
      critical_days: 60,
      chance_at_entry: isUnknown(deal) ? null : 0.75,
      expected_loss: isUnknown(deal) ? null : '12500.00',
      currency: 'EUR',
      peer_level: isUnknown(deal) ? null : 'stage',
    })),
  );
  app = await openApp(stores.clickhouse);
}, 120_000);
afterAll(async () => {
  for (const each of opened) await each.close();
  await stores.close();
});

async function openApp(clickhouse: ClickHouse): Promise<NestExpressApplication> {
  const config = readConfig({ API_KEYS, LOG_LEVEL: 'silent' });
  const reader = new InsightReader(clickhouse, stores.postgres, stores.graph);
  const module = await Test.createTestingModule({
    controllers: [DealsController, InsightsController],
    providers: [
      { provide: DealHealthPages, useValue: new DealHealthPages(stores.postgres) },
      { provide: InsightReader, useValue: reader },
      { provide: INSIGHT_READER, useValue: reader },
      { provide: ApiKeys, useValue: ApiKeys.fromConfig(config) },
      { provide: LOGGER, useValue: createLogger(config.LOG_LEVEL) },
      { provide: Metrics, useValue: { httpEnded: () => undefined } },
    ],
  }).compile();
  const created = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  configureHttp(created);
  await created.init();
  opened.push(created);
  return created;
}

const PATH = '/api/v1/insights/deals';
const get = (path: string, query: object = {}, key = 'v', from = app) =>
  request(from.getHttpServer()).get(path).query(query).set('Authorization', `Bearer ${key}`);
const NAMES = new Map(DEALS.map(({ name }) => [idOf('deal', name), name]));
const namesIn = (body: unknown) =>
  insightAnswers.deals.parse(body).deals.map(({ partnershipId }) => NAMES.get(partnershipId));

describe('GET /api/v1/insights/deals', () => {
  it('has the worst first, with what ClickHouse knows beside, and why a figure is missing', async () => {
    const { body } = await get(PATH).expect(200);
    expect(namesIn(body)).toEqual(DEALS.map(({ name }) => name));
    const { deals } = insightAnswers.deals.parse(body);
    expect(deals[0]).toEqual({
      partnershipId: idOf('deal', 'rotten'),
      tenantId: TENANT_A,
      ownerUserId: OLGA,
      stage: 'negotiation',
      partnershipType: 'licensing',
      enteredStageAt: '2026-03-01T08:00:00Z',
      daysInStage: 61,
      stagePercentile: 90,
      peerLevel: 'stage',
      chance30d: 0.25,
      chanceAtEntry: 0.75,
      expectedLoss: '12500.00',
      currency: 'EUR',
      severity: 'critical',
      thresholdDays: 30,
      criticalDays: 60,
      thresholdSource: 'statistical',
      reasons: { stagePercentile: null, chance30d: null, expectedLoss: null },
      asOf: '2026-06-17T12:00:00Z',
    });
    expect(deals[3]).toMatchObject({
      expectedLoss: null,
      criticalDays: 60,
      reasons: { stagePercentile: 'too_few_exits', chance30d: 'too_few_exits', expectedLoss: 'no_chance' },
    });
    expect(deals[4]).toMatchObject({
      stage: 'proposal',
      daysInStage: 90,
      expectedLoss: null,
      criticalDays: null,
      reasons: { chance30d: null, expectedLoss: 'not_synced' },
    });
  });

  it('pages through all of them, each once, also where rows come in between', async () => {
    const seen: (string | undefined)[] = [];
    let after: string | null = null;
    do {
      const { body }: { body: unknown } = await get(PATH, {
        limit: 2,
        ...(after === null ? {} : { after }),
      }).expect(200);
      seen.push(...namesIn(body));
      after = z.object({ next: z.string().nullable() }).parse(body).next;
      if (seen.length === 4)
        await stores.postgres.execute(
          `INSERT INTO insights.deal_health SELECT * FROM jsonb_populate_recordset(NULL::insights.deal_health, $1::jsonb)`,
          [JSON.stringify([{ ...synced(DEALS[0]), partnership_id: idOf('deal', 'late') }])],
        );
    } while (after !== null);
    expect(seen).toEqual(DEALS.map(({ name }) => name));
    await stores.postgres.execute('DELETE FROM insights.deal_health WHERE partnership_id = $1', [
      idOf('deal', 'late'),
    ]);
  });

  it('takes severity, owner and stage, one or all', async () => {
    const named = async (query: object) => namesIn((await get(PATH, query).expect(200)).body);
    expect(await named({ severity: 'critical' })).toEqual(['rotten', 'old']);
    expect(await named({ owner: OLGA })).toEqual(['rotten', 'stale', 'moved on', 'fresh']);
    expect(await named({ stage: 'negotiation' })).toEqual(['rotten', 'old']);
    expect(await named({ severity: 'warn', owner: OLGA, stage: 'proposal' })).toEqual(['stale']);
    expect(await named({ stage: 'legal_review' })).toEqual([]);
  });

  it('shows a tenant its own deals and no others, whatever it asks for', async () => {
    const named = async (key: string, query: object = {}) =>
      namesIn((await get(PATH, query, key).expect(200)).body);
    expect(await named('a')).toEqual(['rotten', 'stale', 'lone', 'moved on']);
    expect(await named('b')).toEqual(['old', 'fresh']);
    expect(await named('b', { owner: OLGA })).toEqual(['fresh']);
    // A place in the list of another tenant opens nothing.
    const { body } = await get(PATH, { limit: 1 }, 'a').expect(200);
    const { next: after } = z.object({ next: z.string() }).parse(body);
    expect(await named('b', { after })).toEqual(['old', 'fresh']);
  });

  it('answers from Postgres while ClickHouse does not', async () => {
    const nowhere = new ClickHouse('http://127.0.0.1:1/default');
    const own = await openApp(nowhere);
    const { body } = await get(PATH, { severity: 'critical' }, 'v', own).expect(200);
    expect(insightAnswers.deals.parse(body).deals[0]).toMatchObject({
      daysInStage: 61,
      chance30d: 0.25,
      expectedLoss: null,
      currency: null,
      reasons: { chance30d: null, expectedLoss: 'warehouse_unavailable' },
    });
    await nowhere.close();
  });

  it.each([
    { severity: 'bad' },
    { owner: 'Olga' },
    { stage: 'x; drop' },
    { limit: 0 },
    { limit: 501 },
    { after: 'WyJhIl0' },
    { after: Buffer.from(`[99999999999,0,"${TENANT_B}"]`).toString('base64url') },
    { tenant: TENANT_B },
  ])('refuses %j', async (query) => {
    expect((await get(PATH, query).expect(400)).body).toMatchObject({ code: 'invalid_request' });
  });
});

describe('stage time and backtests', () => {
  it.each(['/api/v1/insights/stage-time', '/api/v1/insights/backtests/stalls'])(
    '%s spans tenants, and is unknown until it was computed',
    async (path) => {
      expect((await get(path, {}, 'b').expect(403)).body).toMatchObject({ code: 'platform_key_required' });
      expect((await get(path).expect(404)).body).toMatchObject({ code: 'insight_not_computed' });
    },
  );

  it('are those of the latest day, and the replay kept last', async () => {
    const times = new ClickHouseStageTimeStore(stores.clickhouse);
    const rule = { rule: 'fixed', days: 30, alerts: 0, right: 0, wrong: 0, undecided: 0 } as const;
    const empty = { precision: null, precisionLow: null, precisionHigh: null, leadDays: null };
    const backtest = {
      toDay: 20_500,
      visits: 3,
      owners: 2,
      rules: [{ ...rule, ...empty, alertsPerOwnerWeek: 0 }],
    };
    await times.saveBacktest({ ...backtest, fromDay: 20_400 }, '2026-06-17T13:00:00.000000Z');
    await times.saveBacktest({ ...backtest, fromDay: 20_300, owners: 7 }, '2026-06-17T14:00:00.000000Z');
    const figures = { median: 8, p75: 15, p75Low: 14, p75High: 16, p90: null, p90Low: null, p90High: null };
    const group = {
      stage: 'proposal',
      partnershipType: '*',
      warnDays: 15,
      criticalDays: 30,
      source: 'statistical',
      level: 'stage',
      reviewedDay: 20_500,
      visits: 40,
      exits: 25,
      figures: { ...figures, warnings: ['too_few_exits_for_p90'] },
    } as const;
    for (const asOf of ['2026-06-16T12:00:00.000000Z', AS_OF])
      await times.save(
        [{ ...group, figures: { ...group.figures, warnings: [...group.figures.warnings] } }],
        { fromDay: 20_135, toDay: 20_500 },
        asOf,
      );

    const stalls = insightAnswers.stallBacktest.parse(
      (await get('/api/v1/insights/backtests/stalls').expect(200)).body,
    );
    expect(stalls).toMatchObject({ window: { from: '2025-07-31', to: '2026-02-16' }, visits: 3, owners: 7 });
    expect(stalls.rules).toEqual([
      { ...rule, ...empty, alertsPerOwnerWeek: 0, reasons: ['no_decided_alerts', 'no_right_alerts'] },
    ]);
    const { asOf, stages } = insightAnswers.stageTime.parse(
      (await get('/api/v1/insights/stage-time').expect(200)).body,
    );
    expect(asOf).toBe(AS_OF);
    expect(stages).toEqual([
      {
        ...figures,
        stage: 'proposal',
        partnershipType: '*',
        visits: 40,
        exits: 25,
        warnDays: 15,
        criticalDays: 30,
        source: 'statistical',
        level: 'stage',
        reviewedOn: '2026-02-16',
        warnings: ['too_few_exits_for_p90'],
      },
    ]);
  });
});
