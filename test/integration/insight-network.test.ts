import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { configureHttp, INSIGHT_READER } from '../../modules/operations/index.js';
import { NetworkEffectsController } from '../../modules/operations/http/network-effects.controller.js';
import { ApiKeys } from '../../modules/operations/infrastructure/api-keys.js';
import { Metrics } from '../../modules/operations/infrastructure/metrics.js';
import { seeded } from '../../modules/scoring-insight/domain/__fixtures__/planted-deals.js';
import { lookAtNetwork } from '../../modules/scoring-insight/application/look-at-network.js';
import { InsightReader, networkEffectsSchema } from '../../modules/scoring-insight/index.js';
import { ClickHouseNetworkStore } from '../../modules/scoring-insight/infrastructure/network-store.js';
import { ClickHouseOutcomeStore } from '../../modules/scoring-insight/infrastructure/outcome-store.js';
import { readConfig, sha256 } from '../../src/config/env.js';
import { createLogger, LOGGER } from '../../src/platform/logging/logging.js';
import { market } from '../factories/insight-market.js';
import { type EntitySpec, type InsightWorld, loadWorld, type ScoreSpec } from '../factories/insight-world.js';
import { runCli } from '../support/cli.js';
import { changedMarket, runInsight } from '../support/insight-run.js';
import { contentOf, forgetInsight, insightStores, type InsightStores } from '../support/insight-stores.js';

jest.setTimeout(60_000);

let stores: InsightStores;
let network: ClickHouseNetworkStore;
let outcomes: ClickHouseOutcomeStore;
beforeAll(async () => {
  stores = await insightStores();
  network = new ClickHouseNetworkStore(stores.clickhouse);
  outcomes = new ClickHouseOutcomeStore(stores.clickhouse);
}, 120_000);
afterAll(async () => {
  await stores.close();
});

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DAY_START = '2020-09-15T00:00:00.000Z';
/** A second version of an entity begins on this day, see `loadWorld`. */
const SECOND_VERSION = Date.parse('2020-01-01T00:00:00Z');

const iso = (instant: number): string => new Date(instant).toISOString();
const monthOf = (instant: number): number => {
  const date = new Date(instant);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
};

interface Deal {
  sides: [string, string];
  createdAt: number;
  /** The earlier of creation and first event. */
  begunAt: number;
  deleted: boolean;
}

/** Entities of two industries and tiers that joined over four years, some deleted, and deals between any two of them. */
function history(seed: number): { world: InsightWorld; entities: EntitySpec[]; deals: Deal[] } {
  const random = seeded(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const between = (from: string, to: string): number =>
    Math.floor(Date.parse(from) + random() * (Date.parse(to) - Date.parse(from)));
  const entities = Array.from({ length: 16 }, (_, at): EntitySpec => {
    // Nobody knows since when an entity is deleted that was deleted before it was first seen.
    const versions = pick([1, 2]);
    return {
      name: `brand ${at}`,
      industry: pick(['music', 'sports']),
      tier: pick(['enterprise', 'individual']),
      joinedAt: iso(between('2016-11-01', '2020-10-01')),
      versions,
      deleted: random() < 0.3,
    };
  });
  const deals = Array.from({ length: 150 }, (): Deal => {
    const createdAt = between('2017-06-01', '2020-10-01');
    const begunAt = createdAt + pick([0, 0, -40 * DAY]);
    return { sides: [pick(entities).name, pick(entities).name], createdAt, begunAt, deleted: random() < 0.1 };
  });
  const world: InsightWorld = {
    entities,
    deals: deals.map(({ sides, createdAt, deleted }, at) => ({
      name: `deal ${at}`,
      // Deals made after an entity changed know its second version.
      between: [
        { name: sides[0], version: versionAt(entities, sides[0], createdAt) },
        { name: sides[1], version: versionAt(entities, sides[1], createdAt) },
      ],
      stage: 'proposal',
      createdAt: iso(createdAt),
      deleted,
    })),
    events: deals.flatMap(({ begunAt, createdAt }, at) =>
      begunAt === createdAt && at % 2 === 0
        ? []
        : [
            { id: 2 * at, deal: `deal ${at}`, to: 'proposal', at: iso(begunAt), visit: 1 },
            { id: 2 * at + 1, deal: `deal ${at}`, to: 'negotiation', at: iso(createdAt + DAY), visit: 1 },
          ],
    ),
  };
  return { world, entities, deals };
}

function versionAt(entities: readonly EntitySpec[], name: string, instant: number): number {
  const { versions } = entities.find((entity) => entity.name === name)!;
  return versions === 2 && instant >= SECOND_VERSION ? 2 : 1;
}

/** Half-open interval in which an entity is there; null for one that was deleted when it was first seen. */
function stayOf({ joinedAt, versions, deleted }: EntitySpec): { from: number; until: number } | null {
  if (deleted && versions === 1) return null;
  return { from: Date.parse(joinedAt!), until: deleted ? SECOND_VERSION : Infinity };
}

describe('the history of the market', () => {
  it.each([1, 2, 3])('is that of a loop over the same rows (%i)', async (seed) => {
    const { world, entities, deals } = history(seed);
    await loadWorld(stores.clickhouse, world);
    const found = await network.history(DAY_START);

    const isThere = (entity: EntitySpec, month: number): boolean => {
      const stay = stayOf(entity);
      return (
        stay !== null &&
        monthOf(stay.from) < month &&
        month <= (stay.until === Infinity ? month : monthOf(stay.until))
      );
    };
    const market = [...new Set(entities.map(({ industry, tier }) => `${industry}, ${tier}`))]
      .sort()
      .flatMap((segment) => {
        const members = entities.filter(({ industry, tier }) => `${industry}, ${tier}` === segment);
        const last = monthOf(Date.parse(DAY_START)) - 1;
        return Array.from({ length: 36 }, (_, at) => last - 35 + at).flatMap((month) => {
          const active = members.filter((entity) => isThere(entity, month));
          const begun = active.flatMap(({ name }) =>
            deals.filter(
              ({ sides, begunAt, deleted }) => !deleted && sides.includes(name) && monthOf(begunAt) === month,
            ),
          );
          return active.length === 0 ? [] : [{ segment, month, active: active.length, begun: begun.length }];
        });
      });
    expect(found.market).toEqual(market);
    expect(found.market.some(({ begun }) => begun > 1)).toBe(true);

    const until = Date.parse(DAY_START);
    const joined = new Map<string, number>();
    for (const entity of entities) {
      const stay = stayOf(entity);
      // The last twelve quarters and the current one.
      if (stay === null || stay.from >= until || stay.from < Date.parse('2017-07-01')) continue;
      const date = new Date(stay.from);
      const quarter = Math.floor(date.getUTCMonth() / 3);
      const observed = (until - Date.UTC(date.getUTCFullYear(), 3 * (quarter + 1), 1)) / DAY;
      const begun = deals.filter(
        ({ sides, begunAt, deleted }) => !deleted && sides.includes(entity.name) && begunAt < until,
      );
      const first = Math.min(...begun.map(({ begunAt }) => begunAt));
      const end = begun.length > 0 ? first : Math.min(until, stay.until);
      const key = JSON.stringify({
        cohort: `${date.getUTCFullYear()}-Q${quarter + 1}`,
        days: Math.floor(Math.max(0, Math.floor(end / 1000) - Math.floor(stay.from / 1000)) / 86_400),
        matched: begun.length > 0,
        observedDays: Math.max(0, observed),
      });
      joined.set(key, (joined.get(key) ?? 0) + 1);
    }
    const sorted = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
    expect(
      sorted(
        found.joined.map(({ cohort, days, matched, observedDays, entities: n }) => ({
          cohort,
          days,
          matched,
          observedDays,
          n,
        })),
      ),
    ).toEqual(sorted([...joined].map(([key, n]) => ({ ...(JSON.parse(key) as object), n }))));

    const years = [0, 1].map((year) => {
      const [from, to] = [`${2019 - year}-09-15`, `${2020 - year}-09-15`];
      const made = deals.filter(
        ({ begunAt, deleted }) => !deleted && begunAt >= Date.parse(from) && begunAt < Date.parse(to),
      );
      const sides = entities
        .map(({ name }) => made.filter((deal) => deal.sides.includes(name)).length)
        .filter((n) => n > 0);
      const total = sides.reduce((a, b) => a + b, 0);
      const squares = sides.reduce((a, b) => a + b ** 2, 0);
      const top = [...sides]
        .sort((a, b) => b - a)
        .slice(0, 10)
        .reduce((a, b) => a + b, 0);
      const spread = {
        hhi: squares / total ** 2,
        equalEntities: total ** 2 / squares,
        topTenShare: top / total,
      };
      return { from, to, partnerships: made.length, entities: sides.length, ...spread };
    });
    expect(found.concentration).toEqual(years);
  });

  it('is empty without a market', async () => {
    await loadWorld(stores.clickhouse, { entities: [], deals: [] });
    const none = { partnerships: 0, entities: 0, hhi: null, equalEntities: null, topTenShare: null };
    expect(await network.history(DAY_START)).toEqual({
      market: [],
      joined: [],
      concentration: [
        { from: '2019-09-15', to: '2020-09-15', ...none },
        { from: '2018-09-15', to: '2019-09-15', ...none },
      ],
    });
  });
});

describe('scores of a month before', () => {
  const START = Date.parse('2025-06-01T00:00:00Z');
  const score = (
    id: number,
    daysBefore: number,
    value: number,
    ingestedDaysBefore = daysBefore,
  ): ScoreSpec => ({
    id,
    between: ['a', 'b'],
    computedAt: iso(START - daysBefore * DAY),
    ingestedAt: iso(START - ingestedDaysBefore * DAY),
    semantic: value,
  });
  const MICROSECOND = 1 / 86_400_000;

  it.each<[string, ScoreSpec[], number[]]>([
    ['the one that counts itself, exactly 30 days old', [score(1, 30, 0.7)], [7000]],
    ['none that is a moment younger', [score(1, 30 - MICROSECOND, 0.7)], []],
    ['none that was ingested later', [score(1, 40, 0.7, 29)], []],
    ['the latest of the older ones', [score(1, 10, 0.9), score(2, 31, 0.6), score(3, 60, 0.1)], [6000]],
    ['of two at one instant the one with the larger id', [score(5, 31, 0.6), score(4, 31, 0.1)], [6000]],
    ['none that is older than a score may be', [score(1, 10, 0.9), score(2, 180 + MICROSECOND, 0.1)], []],
  ])('are %s', async (_, scores, expected) => {
    await loadWorld(stores.clickhouse, {
      entities: [{ name: 'a' }, { name: 'b' }],
      deals: [{ name: 'deal', between: ['a', 'b'], stage: 'declined', createdAt: iso(START) }],
      scores,
    });
    await outcomes.replaceDeals('2026-06-17T00:00:00Z');
    const found = (await outcomes.agedScores(10)).find(({ score: name }) => name === 'semantic');
    expect(found?.aged ?? []).toEqual(expected);
    expect(found?.used.length ?? 0).toBe(expected.length);
  });

  it('are flagged where only the last month knew the outcome, and weights are suggested all the same', async () => {
    const world = changedMarket(() => ({}));
    const fresh = world.scores!;
    const noise = fresh.map((own, at): ScoreSpec => ({
      ...own,
      id: 10_000 + own.id,
      computedAt: iso(Date.parse(own.computedAt) - 40 * DAY),
      authenticity: ((at * 7919) % 1000) / 1000,
    }));
    await forgetInsight(stores);
    await loadWorld(stores.clickhouse, { ...world, scores: [...noise, ...fresh] });
    await runInsight(stores);
    const report = (await outcomes.latestReport())!;
    expect(report.warnings).toEqual(['fades_with_age']);
    const fading = report.agedScores!.filter(({ fades }) => fades);
    expect(fading).toMatchObject([{ component: 'authenticity', n: report.n, reason: null }]);
    const own = report.components.find(({ component }) => component === 'authenticity')!;
    expect(own.reasons).toContain('fades_with_age');
    // The same deals, so the same area.
    expect(fading[0]!.auc).toBeCloseTo(own.auc!, 12);
    expect(report.weights.reason).not.toBe('leakage_risk');
  });
});

describe('the report on network effects', () => {
  const reader = () => new InsightReader(stores.clickhouse, stores.postgres, stores.graph);
  const stored = () => contentOf(stores.clickhouse, 'insight_network_effects');

  beforeAll(async () => {
    await forgetInsight(stores);
    await loadWorld(stores.clickhouse, market());
  });

  it('is computed once a day, and the same from the same tables', async () => {
    const first = await runInsight(stores, { asOf: '2026-06-17T12:00:00.000Z' });
    expect(first.detail).toMatchObject({
      networkEffects: {
        learning: 'too_little_data',
        density: 'too_little_data',
        warnings: ['few_outcomes', 'few_segments', 'few_cohorts'],
      },
    });
    const rows = await stored();
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      as_of: '2026-06-17T00:00:00.000000Z',
      code_version: '2',
      seed: 1,
      outcomes: '240',
      entities: '0',
      partnerships: '244',
    });
    const lookAgain = (asOf: string) => lookAtNetwork({ network, outcomes }, asOf);
    expect((await lookAgain('2026-06-17T18:00:00.000Z')).rowsOut).toBe(0);
    expect(await stored()).toEqual(rows);
    await stores.clickhouse.command('TRUNCATE TABLE insight_network_effects');
    expect((await lookAgain('2026-06-17T23:00:00.000Z')).rowsOut).toBe(1);
    expect(await stored()).toEqual(rows);
    await lookAgain('2026-06-18T00:00:00.000Z');
    expect((await stored()).map((row) => row['as_of'])).toEqual([
      '2026-06-17T00:00:00.000000Z',
      '2026-06-18T00:00:00.000000Z',
    ]);
    expect((await reader().latestNetworkEffects())?.asOf).toBe('2026-06-18T00:00:00.000Z');
  });

  it('is what the command line prints', async () => {
    const env = {
      CLICKHOUSE_URL: stores.clickhouseUrl,
      DATABASE_URL: stores.postgresUrl,
      DATA_DIR: join(stores.dataDir, 'cli'),
      LOG_LEVEL: 'silent',
    };
    const json = await runCli(['insight', 'network', '--json'], { env });
    expect(networkEffectsSchema.parse(JSON.parse(json.stdout))).toEqual(
      await reader().latestNetworkEffects(),
    );
    const text = await runCli(['insight', 'network'], { env });
    expect([json.code, text.code]).toEqual([0, 0]);
    expect(text.stdout).toContain('240 finished deals with scores are too few');
    expect(text.stdout).toContain('Associations in what happened, not effects');
    expect(text.stdout).not.toMatch(/NaN|Infinity|undefined|null/);
    await forgetInsight(stores);
    const none = await runCli(['insight', 'network'], { env });
    expect([none.code, none.stdout]).toEqual([1, 'No run has finished yet. Start one: cli run\n']);
  });

  it('is what the API answers, to keys that see the whole platform', async () => {
    await forgetInsight(stores);
    const app = await openApp();
    const get = (key: string) =>
      request(app.getHttpServer())
        .get('/api/v1/insights/network-effects')
        .set('Authorization', `Bearer ${key}`);
    try {
      expect((await get('viewer').expect(404)).body).toMatchObject({ code: 'insight_not_computed' });
      await runInsight(stores);
      const { body } = await get('viewer').expect(200);
      expect(networkEffectsSchema.parse(body)).toEqual(await reader().latestNetworkEffects());
      await get('tenant').expect(403);
      await get('nobody').expect(401);
    } finally {
      await app.close();
    }
  });

  async function openApp(): Promise<NestExpressApplication> {
    const tenant = 'aaaaaaaa-0000-0000-0000-000000000001';
    const config = readConfig({
      API_KEYS: `v:viewer:*:${sha256('viewer')},t:admin:${tenant}:${sha256('tenant')}`,
      LOG_LEVEL: 'silent',
    });
    const module = await Test.createTestingModule({
      controllers: [NetworkEffectsController],
      providers: [
        { provide: INSIGHT_READER, useValue: reader() },
        { provide: ApiKeys, useValue: ApiKeys.fromConfig(config) },
        { provide: LOGGER, useValue: createLogger(config.LOG_LEVEL) },
        { provide: Metrics, useValue: { httpEnded: () => undefined } },
      ],
    }).compile();
    const app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
    configureHttp(app);
    await app.init();
    return app;
  }
});
