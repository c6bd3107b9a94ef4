import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { Decimal } from 'decimal.js';
import request from 'supertest';
import { z } from 'zod';
import { configureHttp } from '../../modules/operations/index.js';
import { ForecastController } from '../../modules/operations/http/forecast.controller.js';
import { ApiKeys } from '../../modules/operations/infrastructure/api-keys.js';
import { Metrics } from '../../modules/operations/infrastructure/metrics.js';
import { COMPONENTS } from '../../modules/scoring-insight/domain/components.js';
import { type PastDeal, SNAPSHOT_DAYS } from '../../modules/scoring-insight/domain/forecast-deals.js';
import { ClickHouseForecastStore } from '../../modules/scoring-insight/infrastructure/forecast-store.js';
import {
  type ForecastReport,
  forecastReportSchema,
  InsightReader,
} from '../../modules/scoring-insight/index.js';
import { readConfig, sha256 } from '../../src/config/env.js';
import { createLogger, LOGGER } from '../../src/platform/logging/logging.js';
import { FORECAST_AS_OF, forecastWorld, type PastDealSpec } from '../factories/forecast-world.js';
import { idOf, loadWorld } from '../factories/insight-world.js';
import { runCli } from '../support/cli.js';
import { runInsight } from '../support/insight-run.js';
import { contentOf, forgetInsight, insightStores, type InsightStores } from '../support/insight-stores.js';

jest.setTimeout(120_000);

const { world, deals: past } = forecastWorld();
const OPEN = ['good', 'bad', 'late', 'old', 'turned', 'priceless', 'unseen', 'today'];

let stores: InsightStores;
let store: ClickHouseForecastStore;
let report: ForecastReport;
beforeAll(async () => {
  stores = await insightStores();
  store = new ClickHouseForecastStore(stores.clickhouse);
  await loadWorld(stores.clickhouse, world);
  await runInsight(stores, { asOf: FORECAST_AS_OF });
  report = (await store.latest())!;
}, 240_000);
afterAll(async () => {
  await stores.close();
});

const dayOf = (instant: number): number => Math.floor(instant / 86_400_000);
const NEXT_DAY = '2026-06-18T12:00:00.000Z';
const TODAY = dayOf(Date.parse(FORECAST_AS_OF));
const nameOf = new Map(OPEN.map((name) => [idOf('deal', name), name]));

/** What the statement should find, one day and deal after the other. */
function naively(deal: PastDealSpec, fromDay: number, toDay: number): PastDeal | null {
  const [begun, moved] = deal.entered;
  if (deal.deleted || dayOf(begun) > toDay) return null;
  const snapshots: PastDeal['snapshots'][number][] = [];
  for (let day = fromDay; day <= toDay; day += 1) {
    const midnight = day * 86_400_000;
    if ((day - 4) % SNAPSHOT_DAYS !== 0 || midnight <= begun || midnight > deal.ended) continue;
    const [stage, entered] = midnight > moved ? ['negotiation', dayOf(moved)] : ['identified', dayOf(begun)];
    const lastWork = Math.max(entered, ...deal.activities.map(dayOf).filter((each) => each < day));
    snapshots.push({ day, stage, stageDays: day - entered, quietDays: day - lastWork });
  }
  if (snapshots.length === 0) return null;
  // Won without a success score: whether that was a success is not known.
  const success =
    deal.won && deal.successScore === null ? null : deal.won && Number(deal.successScore) >= 3.5;
  const value = deal.value === null ? null : Number(deal.value);
  return {
    tenantId: idOf('tenant', 'tenant'),
    success,
    closedDay: dayOf(deal.ended),
    value,
    // Which score was known is asked only of deals with an outcome.
    scores: success === null ? null : deal.scores,
    snapshots,
  };
}

const inOneOrder = (deals: readonly PastDeal[]): string[] =>
  deals
    .map(({ tenantId, success, closedDay, value, scores, snapshots }) =>
      JSON.stringify([
        tenantId,
        success,
        closedDay,
        value,
        scores,
        snapshots.map((s) => [s.day, s.stage, s.stageDays, s.quietDays]),
      ]),
    )
    .sort();

describe('what forecasts look at', () => {
  it('is every past deal as it looked on each second Monday, and nothing that came later', async () => {
    const [fromDay, toDay] = [TODAY - 600, TODAY - 180];
    const found = await store.pastDeals({ fromDay, toDay, deals: 4_000 });
    const expected = past.flatMap((deal) => naively(deal, fromDay, toDay) ?? []);
    expect(expected.length).toBeGreaterThan(900);
    expect(inOneOrder(found.deals)).toEqual(inOneOrder(expected));
    expect(found.deals.filter(({ success }) => success === null).length).toBeGreaterThan(5);
  });

  it('is drawn from the deals that were open in these days alone', async () => {
    const [fromDay, toDay] = [TODAY - 300, TODAY - 180];
    const { candidates } = await store.pastDeals({ fromDay, toDay, deals: 4_000 });
    const open = past.filter(
      ({ deleted, entered, ended }) => !deleted && dayOf(entered[0]) < toDay && dayOf(ended) >= fromDay,
    );
    expect(candidates).toBe(open.length);
    expect(candidates).toBeLessThan(past.length / 2);
  });

  it('is a part of them that is the same every time, and says of how many', async () => {
    const asked = { fromDay: TODAY - 910, toDay: TODAY - 180, deals: 100 };
    const all = await store.pastDeals({ ...asked, deals: 4_000 });
    const some = await store.pastDeals(asked);
    expect(some.candidates).toBe(all.candidates);
    expect(some.deals.length).toBeLessThanOrEqual(100);
    expect(all.deals.slice(0, some.deals.length)).toEqual(some.deals);
  });

  it('is the open deals with the score from before they began', async () => {
    const found = new Map(
      (await store.openDeals(FORECAST_AS_OF)).map((deal) => [nameOf.get(deal.partnershipId), deal] as const),
    );
    expect([...found.keys()].sort()).toEqual([...OPEN].sort());
    const semantic = Object.fromEntries([...found].map(([name, { scores }]) => [name, scores?.[0] ?? null]));
    expect(semantic).toEqual({
      good: 0.95,
      bad: 0.05,
      late: null,
      old: null,
      turned: 0.7,
      priceless: null,
      unseen: null,
      today: null,
    });
    // The activity of the day itself is not known at its beginning.
    expect(found.get('good')).toMatchObject({ stageDays: 10, quietDays: 2, valueReporting: '12345.67' });
    expect(found.get('bad')).toMatchObject({ stageDays: 16, quietDays: 16 });
    expect(found.get('today')).toMatchObject({ stageDays: 0, quietDays: 0 });
    expect(found.get('priceless')?.valueReporting).toBeNull();
  });
});

describe('the forecast of a run', () => {
  it('is a model that beat the rate of the stage in the past', () => {
    expect(report.learnt).toMatchObject({ method: 'ridge_logistic', reason: null, day: '2026-06-17' });
    expect(report.learnt.skill!.low).toBeGreaterThan(0.05);
    expect(report.learnt.model!.numbers.map(({ feature }) => feature)).toEqual(
      expect.arrayContaining([...COMPONENTS]),
    );
    expect(report.pipeline).toMatchObject({ deals: 8, withoutRate: 1, value: '86419.69', reason: null });
  });

  it('has a row a deal whose contributions sum to its chance', async () => {
    const { deals } = await store.deals({ limit: 100 });
    expect(deals.map(({ partnershipId }) => nameOf.get(partnershipId)).sort()).toEqual([...OPEN].sort());
    const chances = new Map(deals.map((deal) => [nameOf.get(deal.partnershipId), deal]));
    for (const { chance, explanation, expectedValue, valueReporting, method } of deals) {
      if (method === 'stage_rate') continue;
      const total = Object.values(explanation!.contributions).reduce((a, b) => a + b, explanation!.intercept);
      expect(1 / (1 + Math.exp(-total))).toBeCloseTo(chance!, 5);
      if (valueReporting !== null)
        expect(Number(expectedValue)).toBeCloseTo(chance! * Number(valueReporting), 2);
    }
    expect(chances.get('good')!.chance).toBeGreaterThan(0.75);
    expect(chances.get('bad')!.chance).toBeLessThan(0.25);
    expect(chances.get('late')!.chance).toBe(chances.get('old')!.chance);
    expect(chances.get('unseen')).toMatchObject({
      method: 'stage_rate',
      reason: 'stage_not_seen',
      explanation: null,
    });
    expect(chances.get('priceless')).toMatchObject({ expectedValue: null });
    const sum = deals.reduce((total, { expectedValue }) => total + Number(expectedValue ?? 0), 0);
    expect(Number(report.pipeline.expectedValue)).toBeCloseTo(sum, 1);
  });

  it('is learnt once a day, and the same again from the same tables', async () => {
    const before = await contentOf(stores.clickhouse, 'insight_deal_forecasts');
    const later = await runInsight(stores, { asOf: FORECAST_AS_OF.replace('T12', 'T18') });
    expect(later.detail).toMatchObject({ forecast: { learnt: false, method: 'ridge_logistic', deals: 8 } });
    expect((await store.latest())?.learnt).toEqual(report.learnt);
    expect(await contentOf(stores.clickhouse, 'insight_forecasts')).toHaveLength(1);

    await forgetInsight(stores);
    const again = await runInsight(stores, { asOf: FORECAST_AS_OF });
    expect(again.detail).toMatchObject({ forecast: { learnt: true } });
    expect(await contentOf(stores.clickhouse, 'insight_deal_forecasts')).toEqual(before);
    expect(await store.latest()).toEqual(report);
  });

  it('is shown with its own deals: a run that is killed before it writes them shows nothing yet', async () => {
    await store.saveReport({ ...report, asOf: NEXT_DAY });
    expect(await contentOf(stores.clickhouse, 'insight_forecasts')).toHaveLength(2);
    expect(await store.latest()).toEqual(report);
  });

  it('is what the command line prints', async () => {
    const env = {
      CLICKHOUSE_URL: stores.clickhouseUrl,
      DATABASE_URL: stores.postgresUrl,
      DATA_DIR: join(stores.dataDir, 'cli'),
      LOG_LEVEL: 'silent',
    };
    const json = await runCli(['insight', 'forecast', '--json'], { env });
    const { deals, ...printed } = z
      .looseObject({ deals: z.array(z.unknown()) })
      .parse(JSON.parse(json.stdout));
    expect(deals).toHaveLength(8);
    expect(forecastReportSchema.parse(printed)).toEqual(report);
    const text = await runCli(['insight', 'forecast'], { env });
    expect(text.stdout).toMatch(
      /8 open deals as of 2026-06-17, by a model learnt from up to 3,000 looks at [\d,]+ closed deals\./,
    );
    expect(text.stdout).toMatch(
      /They are expected to bring [\d,]+ of 86,420, in four of five cases between [\d,]+ and/,
    );
    expect(text.stdout).toContain('1 without an exchange rate bring nothing here.');
    expect(text.stdout).toContain('semantic +');
    const backtest = await runCli(['insight', 'forecast', '--backtest'], { env });
    expect(backtest.stdout).toContain('Calibration: slope');
    expect(text.stdout + backtest.stdout).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('the API', () => {
  const tenants = { zero: idOf('tenant', 'tenant 0'), one: idOf('tenant', 'tenant 1') };
  const answer = z.object({
    deals: z.array(z.looseObject({ partnershipId: z.string(), tenantId: z.string() })),
    next: z.string().nullable(),
  });
  const shownDeals = z.object({
    deals: z.array(
      z.object({
        partnershipId: z.string(),
        chance: z.number(),
        baseRate: z.number(),
        valueReporting: z.string().nullable(),
        expectedValue: z.string().nullable(),
        explanation: z.object({ contributions: z.record(z.string(), z.number()) }).nullable(),
      }),
    ),
  });
  const idsOf = ({ deals }: z.output<typeof answer>) =>
    deals.map(({ partnershipId }) => partnershipId).sort();
  let app: NestExpressApplication;
  beforeAll(async () => {
    const config = readConfig({
      API_KEYS: `p:viewer:*:${sha256('platform')},t:viewer:${tenants.zero}:${sha256('tenant')}`,
      LOG_LEVEL: 'silent',
    });
    const module = await Test.createTestingModule({
      controllers: [ForecastController],
      providers: [
        {
          provide: InsightReader,
          useValue: new InsightReader(stores.clickhouse, stores.postgres, stores.graph),
        },
        { provide: ApiKeys, useValue: ApiKeys.fromConfig(config) },
        { provide: LOGGER, useValue: createLogger(config.LOG_LEVEL) },
        { provide: Metrics, useValue: { httpEnded: () => undefined } },
      ],
    }).compile();
    app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
    configureHttp(app);
    await app.init();
  });
  afterAll(async () => {
    await app.close();
  });
  const get = (path: string, key: string) =>
    request(app.getHttpServer())
      .get(`/api/v1/insights/forecast${path}`)
      .set('Authorization', `Bearer ${key}`);
  const dealsOf = async (path: string, key: string) => answer.parse((await get(path, key).expect(200)).body);

  it('gives the report to keys that see the whole platform', async () => {
    expect((await get('', 'platform').expect(200)).body).toEqual(JSON.parse(JSON.stringify(report)));
    expect((await get('', 'tenant').expect(403)).body).toMatchObject({ code: 'platform_key_required' });
    await get('', 'nobody').expect(401);
  });

  it('shows a tenant its own deals alone', async () => {
    const all = await dealsOf('/deals', 'platform');
    expect(all.deals).toHaveLength(8);
    const own = await dealsOf('/deals', 'tenant');
    expect(own.deals.map(({ tenantId }) => tenantId)).toEqual(new Array(4).fill(tenants.zero));
    const asPlatform = await dealsOf(`/deals?tenant=${tenants.zero}`, 'platform');
    expect(idsOf(asPlatform)).toEqual(idsOf(own));
    expect(await dealsOf(`/deals?tenant=${tenants.zero}`, 'tenant')).toEqual(own);
    const refused = await get(`/deals?tenant=${tenants.one}`, 'tenant').expect(403);
    expect(refused.body).toMatchObject({ code: 'platform_key_required' });
    // The place of another tenant's page does not open it.
    const { next } = await dealsOf(`/deals?tenant=${tenants.one}&limit=1`, 'platform');
    const followed = await dealsOf(`/deals?after=${next}`, 'tenant');
    expect(followed.deals.every(({ tenantId }) => tenantId === tenants.zero)).toBe(true);
  });

  it('shows a tenant no figure so fine that it tells of single deals of others', async () => {
    const own = shownDeals.parse((await get('/deals', 'tenant').expect(200)).body).deals;
    const fine = shownDeals.parse(
      (await get(`/deals?tenant=${tenants.zero}`, 'platform').expect(200)).body,
    ).deals;
    expect(own.some(({ explanation }) => explanation !== null)).toBe(true);
    for (const deal of own) {
      const full = fine.find(({ partnershipId }) => partnershipId === deal.partnershipId)!;
      expect(deal.chance).toBe(Math.round(100 * full.chance) / 100);
      expect(deal.baseRate).toBe(Math.round(100 * full.baseRate) / 100);
      const brings =
        deal.valueReporting &&
        new Decimal(deal.valueReporting).times(deal.chance).toFixed(2, Decimal.ROUND_HALF_UP);
      expect(deal.expectedValue).toBe(brings);
      for (const moved of Object.values(deal.explanation?.contributions ?? {}))
        expect(moved).toBe(Math.round(10 * moved) / 10);
    }
    // The place of a page holds no finer figure either, and leads through the same deals.
    const first = await dealsOf('/deals?limit=1', 'tenant');
    const place = z
      .object({ expectedValue: z.string() })
      .parse(JSON.parse(Buffer.from(first.next!, 'base64url').toString()));
    expect(Number(place.expectedValue)).toBe(Number(own[0]!.expectedValue));
    const rest = await dealsOf(`/deals?after=${first.next}`, 'tenant');
    expect([...first.deals, ...rest.deals].map(({ partnershipId }) => partnershipId)).toEqual(
      own.map(({ partnershipId }) => partnershipId),
    );
  });

  it('pages through every deal once, those that bring most first', async () => {
    const { deals } = await dealsOf('/deals', 'platform');
    const seen: unknown[] = [];
    for (let next: string | null = ''; next !== null;) {
      const page: z.output<typeof answer> = await dealsOf(
        `/deals?limit=3${next && `&after=${next}`}`,
        'platform',
      );
      seen.push(...page.deals);
      next = page.next;
    }
    expect(seen).toEqual(deals);
    expect((await dealsOf('/deals?stage=proposal', 'platform')).deals).toHaveLength(1);
  });

  it.each(['limit=0', 'limit=x', 'after=nonsense', 'tenant=1', 'stage=A%27', 'sort=chance'])(
    'refuses %s',
    async (query) => {
      await get(`/deals?${query}`, 'platform').expect(400);
    },
  );
});

describe('a run without an open deal', () => {
  it('shows the latest report', async () => {
    await stores.clickhouse.command('TRUNCATE TABLE {table: Identifier}', {
      table: 'insight_deal_forecasts',
    });
    expect((await store.latest())?.asOf.slice(0, 10)).toBe('2026-06-18');
  });
});
