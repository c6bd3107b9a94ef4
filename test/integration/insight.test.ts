import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { InsightReader } from '../../modules/scoring-insight/index.js';
import type { StepOutcome } from '../../src/kernel/progress.js';
import { market, MARKET_AS_OF } from '../factories/insight-market.js';
import { idOf, loadWorld } from '../factories/insight-world.js';
import { changedMarket, type InsightRun, runInsight } from '../support/insight-run.js';
import {
  contentOf,
  dump,
  forgetInsight,
  insightStores,
  type InsightStores,
} from '../support/insight-stores.js';

jest.setTimeout(60_000);

let stores: InsightStores;
beforeAll(async () => {
  stores = await insightStores();
}, 120_000);
afterAll(async () => {
  await stores.close();
});
beforeEach(async () => {
  await forgetInsight(stores);
  await stores.graph.write('MATCH (m:AffinityModel) DELETE m', {}, z.unknown());
});

function run(options: InsightRun = {}): Promise<StepOutcome> {
  return runInsight(stores, options);
}

function reader(): InsightReader {
  return new InsightReader(stores.clickhouse, stores.postgres, stores.graph);
}

describe('a run on the planted market', () => {
  let outcome: StepOutcome;
  beforeEach(async () => {
    await loadWorld(stores.clickhouse, market());
    outcome = await run();
  });

  it('finds the component that was planted, and counts every deal once', async () => {
    const report = await reader().latestPredictiveness();
    const excluded = report?.excluded;
    expect(report?.n).toBe(240);
    expect(excluded).toEqual({
      open: 4,
      deleted: 0,
      no_success_score: 0,
      not_matured: 0,
      no_score_before: 0,
      score_too_old: 0,
    });
    expect(report?.asOf).toBe(MARKET_AS_OF);
    expect(report?.components.map(({ component, verdict }) => [component, verdict])).toEqual([
      ['semantic', 'no_evidence'],
      ['goal_alignment', 'no_evidence'],
      ['cultural_momentum', 'no_evidence'],
      ['historical', 'no_evidence'],
      ['authenticity', 'predicts'],
    ]);
    expect(outcome.detail.predictiveness).toMatchObject({
      n: 240,
      ranking: [{ component: 'authenticity' }, {}, {}, {}, {}],
    });
  });

  it('suggests weights that trust it, as version 1, and shows them beside the current ones', async () => {
    const { active, suggested, reason } = await reader().affinityModel();
    expect(active).toBeNull();
    expect(reason).toBeNull();
    expect(suggested).toMatchObject({
      version: 1,
      status: 'suggested',
      n: 240,
      createdAt: '2026-06-17T00:00:00.000000Z',
    });
    // One release moves a weight by no more than a tenth.
    expect(suggested?.weights.authenticity).toBe(0.2);
    const report = await reader().latestPredictiveness();
    expect(report?.weights).toMatchObject({
      current: {
        semantic: 0.3,
        goal_alignment: 0.25,
        cultural_momentum: 0.2,
        historical: 0.15,
        authenticity: 0.1,
      },
      currentVersion: null,
      suggested: suggested?.weights,
      suggestedVersion: 1,
    });
  });

  it('measures stalls in business days of the owner, and signals those past the threshold', async () => {
    const health = await contentOf(stores.clickhouse, 'insight_deal_health');
    const byDeal = Object.fromEntries(
      health.map((row) => [row.partnership_id, [row.days_in_stage, row.severity]]),
    );
    expect(byDeal).toEqual({
      [idOf('deal', 'rotten')]: [61, 'critical'],
      [idOf('deal', 'stale')]: [31, 'warn'],
      [idOf('deal', 'due')]: [30, 'ok'],
      [idOf('deal', 'fresh')]: [1, 'ok'],
    });
    const signals = await stores.postgres.query(
      `SELECT subject, severity, state, since, evidence FROM insights_ops.signals WHERE kind = 'deal_stalled' ORDER BY severity`,
      [],
      z.object({
        subject: z.string(),
        severity: z.string(),
        state: z.string(),
        since: z.string(),
        evidence: z.unknown(),
      }),
    );
    expect(signals.map(({ subject, severity, state }) => [subject, severity, state])).toEqual([
      [idOf('deal', 'rotten'), 'critical', 'active'],
      [idOf('deal', 'stale'), 'warn', 'active'],
    ]);
    expect(signals[0]?.since).toBe('2026-03-24T08:00:00Z');
    expect(signals[0]?.evidence).toEqual({
      partnershipId: idOf('deal', 'rotten'),
      tenantId: idOf('tenant', 'tenant'),
      stage: 'negotiation',
      stageVisit: 1,
      enteredStageAt: '2026-03-24T08:00:00.000000Z',
      daysInStage: 61,
      stagePercentile: null,
      chance30d: null,
      thresholdDays: 30,
      thresholdSource: 'configured',
      dealValue: '25000.00',
      currency: 'EUR',
      ownerUserId: idOf('user', 'Olga'),
      ownerName: 'Olga',
      ownerSlackUserId: 'U0LGA',
      ownerTimeZone: 'Europe/Berlin',
      partners: ['brand 0', 'brand 1'],
    });
    expect((await reader().stalledDeals(1)).map(({ partnershipId }) => partnershipId)).toEqual([
      idOf('deal', 'rotten'),
    ]);
  });

  it('gives badges to the best, and remembers each award once', async () => {
    // Nobody of the market is better than luck; one that always wins is.
    const winner = changedMarket(({ between, stage }) =>
      between.includes('brand 0') && (stage === 'completed' || stage === 'declined')
        ? { stage: 'completed', successScore: '4.20', milestones: [4, 4] }
        : {},
    );
    expect(await reader().topBadges(100)).toEqual([]);
    await forgetInsight(stores);
    await loadWorld(stores.clickhouse, winner);
    await run();
    const badges = await reader().topBadges(100);
    const [top] = await reader().topBadges(1);
    expect(top).toEqual(badges[0]);
    expect(top).toMatchObject({ level: 'gold', awardedAt: '2026-06-17T00:00:00.000000Z' });
    expect(top?.evidence.percentile).toBeGreaterThanOrEqual(90);
    expect(top?.entityId).toBe(idOf('entity', top?.entityName ?? ''));
    const history = await contentOf(stores.clickhouse, 'insight_badge_history', ['evidence']);
    expect(history).toHaveLength(badges.length);
    expect(history).toContainEqual({
      entity_id: top?.entityId,
      badge: top?.badge,
      tenant_id: top?.tenantId,
      event: 'awarded',
      from_level: null,
      to_level: 'gold',
      happened_at: '2026-06-17T00:00:00.000000Z',
    });
  });

  it('repeats to identical tables and writes no signal', async () => {
    const before = await dump(stores);
    const second = await run();
    expect(await dump(stores)).toEqual(before);
    expect(second.detail.stalled).toMatchObject({
      warn: 1,
      critical: 1,
      signalsRaised: 0,
      signalsCleared: 0,
    });
  });

  it('says the same later on the same day, apart from the instants that say when', async () => {
    const when = ['as_of', 'report', 'window_to'];
    await stores.clickhouse.command('TRUNCATE TABLE insight_predictiveness');
    const before = await dump(stores, when);
    await run({ asOf: '2026-06-17T21:59:00Z' });
    await stores.clickhouse.command('TRUNCATE TABLE insight_predictiveness');
    expect(await dump(stores, when)).toEqual(before);
  });

  it('keeps one report an asOf', async () => {
    await run({ asOf: '2026-06-17T13:00:00Z' });
    await run({ asOf: '2026-06-17T13:00:00Z' });
    const reports = await contentOf(stores.clickhouse, 'insight_predictiveness', ['report']);
    expect(reports).toEqual([{ as_of: MARKET_AS_OF }, { as_of: '2026-06-17T13:00:00.000000Z' }]);
    expect((await reader().latestPredictiveness())?.asOf).toBe('2026-06-17T13:00:00Z');
  });
});

describe('affinity models', () => {
  const node = (version: number, status: string, semantic: number) =>
    stores.graph.write(
      `CREATE (m:AffinityModel {version: $version, status: $status, semantic: $semantic, goalAlignment: $rest,
        culturalMomentum: $rest, historical: $rest, authenticity: $rest, n: 100})
       SET m.createdAt = datetime('2026-01-01T00:00:00Z')`,
      { version: BigInt(version), status, semantic, rest: (1 - semantic) / 4 },
      z.unknown(),
    );

  it('take the next number after those in the graph, and measure against the active one', async () => {
    await loadWorld(stores.clickhouse, market());
    await node(7, 'active', 0.2);
    await run();
    const { active, suggested } = await reader().affinityModel();
    expect(active).toMatchObject({ version: 7, weights: { semantic: 0.2, authenticity: 0.2 } });
    expect(suggested?.version).toBe(8);
    const models = await contentOf(stores.clickhouse, 'insight_affinity_models');
    expect(models.map(({ version, status }) => [version, status])).toEqual([
      [7, 'active'],
      [8, 'suggested'],
    ]);
  });

  it('do not come back once a person has rejected them, and nothing is written', async () => {
    await loadWorld(stores.clickhouse, market());
    await run();
    const offered = (await reader().affinityModel()).suggested;
    await stores.graph.write(
      `CREATE (m:AffinityModel {version: 1, status: 'rejected', semantic: $semantic, goalAlignment: $goal_alignment,
        culturalMomentum: $cultural_momentum, historical: $historical, authenticity: $authenticity, n: 240})
       SET m.createdAt = datetime('2026-06-17T00:00:00Z')`,
      { ...offered?.weights },
      z.unknown(),
    );
    await run();
    expect(await reader().affinityModel()).toEqual({
      active: null,
      suggested: null,
      reason: 'rejected_before',
    });
    const before = await contentOf(stores.clickhouse, 'insight_affinity_models');
    expect(before.map(({ version, status }) => [version, status])).toEqual([[1, 'rejected']]);
    await run();
    expect(await contentOf(stores.clickhouse, 'insight_affinity_models')).toEqual(before);
  });

  it('are none, with a reason, where there are too few deals', async () => {
    await loadWorld(stores.clickhouse, { entities: [{ name: 'a' }], deals: [] });
    const outcome = await run();
    expect(await reader().affinityModel()).toEqual({
      active: null,
      suggested: null,
      reason: 'too_few_deals',
    });
    expect(outcome.detail.affinityModel).toMatchObject({ suggestedVersion: null, reason: 'too_few_deals' });
  });
});

it('succeeds on a product without anything', async () => {
  await loadWorld(stores.clickhouse, { entities: [], deals: [] });
  for (const cadence of ['month', 'run'] as const) {
    expect(await run({ cadence })).toMatchObject({
      status: 'succeeded',
      rowsIn: 0,
      detail: { benchmarks: { rows: 0, published: false }, badges: { held: 0 } },
    });
  }
});
