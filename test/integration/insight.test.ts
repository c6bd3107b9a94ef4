import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { createComputeInsight, InsightReader } from '../../modules/scoring-insight/index.js';
import type { RunContext, StepOutcome } from '../../src/kernel/progress.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { market, MARKET_AS_OF } from '../factories/insight-market.js';
import { type DealSpec, idOf, type InsightWorld, loadWorld } from '../factories/insight-world.js';
import {
  contentOf,
  dump,
  forgetInsight,
  insightStores,
  type InsightStores,
} from '../support/insight-stores.js';

jest.setTimeout(60_000);

const stages = [{ name: 'proposal', order: 1, category: 'any', outcome: 'open' as const, stallDays: 5 }];

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

interface RunOptions {
  asOf?: string;
  clickhouse?: ClickHouse;
  cadence?: 'run' | 'week' | 'month';
}

async function run(options: RunOptions = {}): Promise<StepOutcome> {
  const { asOf = MARKET_AS_OF, clickhouse = stores.clickhouse, cadence = 'month' } = options;
  const context: RunContext = {
    runId: '00000000-0000-4000-8000-000000000001',
    asOf,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  };
  const config = { BENCHMARK_SNAPSHOT: cadence, HOLIDAY_COUNTRY: undefined };
  return await createComputeInsight(config, clickhouse, stores.postgres, stores.graph, stages).execute(
    context,
  );
}

function reader(): InsightReader {
  return new InsightReader(stores.clickhouse, stores.postgres, stores.graph);
}

/** The market with some of its deals changed. */
function changedMarket(change: (deal: DealSpec) => Partial<DealSpec>): InsightWorld {
  const world = market();
  return { ...world, deals: world.deals.map((deal) => ({ ...deal, ...change(deal) })) };
}

async function rowOf(
  table: Parameters<typeof contentOf>[1],
  where: Record<string, unknown>,
): Promise<Record<string, unknown> | undefined> {
  const rows = await contentOf(stores.clickhouse, table);
  return rows.find((row) => Object.entries(where).every(([name, value]) => row[name] === value));
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
    expect(suggested?.weights.authenticity).toBeGreaterThan(0.5);
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
    const when = ['as_of', 'report'];
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

describe('peer figures', () => {
  const brand = { entity_id: idOf('entity', 'brand 0'), metric: 'success_rate' };
  const failing = changedMarket((deal) =>
    deal.between.includes('brand 0') && deal.stage === 'completed'
      ? { stage: 'declined', successScore: null }
      : {},
  );

  it('stay as published until the month ends, beside live own figures', async () => {
    await loadWorld(stores.clickhouse, market());
    await run();
    const published = await rowOf('insight_entity_benchmarks', brand);
    expect(published?.cohort).toBe('brand|music|enterprise');
    expect(published?.cohort_n).toBe(24);

    await loadWorld(stores.clickhouse, failing);
    await run({ asOf: '2026-06-30T23:00:00Z' });
    const later = await rowOf('insight_entity_benchmarks', brand);
    expect(later?.value).toBe(0);
    for (const column of ['cohort_n', 'percentile', 'p25', 'p50', 'p75', 'shrunken_value']) {
      expect([column, later?.[column]]).toEqual([column, published?.[column]]);
    }

    await run({ asOf: '2026-07-01T00:00:00Z' });
    const nextMonth = await rowOf('insight_entity_benchmarks', brand);
    expect(nextMonth?.percentile).toBe(50 / 24);
    const periods = await contentOf(stores.clickhouse, 'insight_benchmark_snapshots');
    expect(new Set(periods.map(({ period }) => period))).toEqual(new Set(['2026-06', '2026-07']));
  });

  it('are published by every run where the cadence is run', async () => {
    await loadWorld(stores.clickhouse, market());
    await run({ cadence: 'run' });
    await loadWorld(stores.clickhouse, failing);
    await run({ cadence: 'run', asOf: '2026-06-18T12:00:00Z' });
    expect((await rowOf('insight_entity_benchmarks', brand))?.percentile).toBe(50 / 24);
    const periods = await contentOf(stores.clickhouse, 'insight_benchmark_snapshots');
    expect(new Set(periods.map(({ period }) => period))).toEqual(new Set(['run']));
  });

  it('make an entity wait that came after the snapshot', async () => {
    await loadWorld(stores.clickhouse, market());
    await run();
    const world = market();
    await loadWorld(stores.clickhouse, {
      ...world,
      entities: [...world.entities, { name: 'newcomer', tenant: 'tenant 0' }],
      deals: [
        ...world.deals,
        {
          name: 'first',
          between: ['newcomer', 'brand 3'],
          stage: 'declined',
          createdAt: '2026-06-01T00:00:00Z',
        },
      ],
    });
    await run({ asOf: '2026-06-18T12:00:00Z' });
    expect(
      await rowOf('insight_entity_benchmarks', {
        entity_id: idOf('entity', 'newcomer'),
        metric: 'success_rate',
      }),
    ).toMatchObject({ value: 0, n: 1, percentile: null, reason: 'not_in_snapshot' });
  });
});

describe('own figures', () => {
  it('come from every not deleted partnership of either side, once each', async () => {
    const past = '2025-01-01T00:00:00.000000Z';
    const versioned = { name: 'a', version: 2 };
    await loadWorld(stores.clickhouse, {
      entities: [{ name: 'a', versions: 2 }, { name: 'b' }, { name: 'gone', deleted: true }],
      deals: [
        {
          name: 'won',
          between: ['a', 'b'],
          stage: 'completed',
          createdAt: past,
          successScore: '4.00',
          value: '100.00',
          daysToSigned: 10,
          milestones: [2, 3],
        },
        {
          name: 'poor',
          between: ['b', versioned],
          stage: 'completed',
          createdAt: past,
          successScore: '1.00',
          value: '300.00',
          daysToSigned: 13,
          milestones: [0, 1],
        },
        {
          name: 'no rate',
          between: ['a', 'gone'],
          stage: 'completed',
          createdAt: past,
          successScore: '5.00',
          valueReporting: null,
        },
        { name: 'lost', between: ['a', 'unknown'], stage: 'declined', createdAt: past, value: '900.00' },
        { name: 'self', between: ['a', versioned], stage: 'declined', createdAt: past },
        {
          name: 'deleted',
          between: ['a', 'b'],
          stage: 'declined',
          createdAt: past,
          deleted: true,
          milestones: [5, 5],
        },
        { name: 'open', between: ['a', 'b'], stage: 'proposal', createdAt: past, milestones: [1, 4] },
        { name: 'open too', between: ['a', 'b'], stage: 'proposal', createdAt: past },
      ],
      events: [
        { id: 1, deal: 'won', to: 'completed', at: '2025-03-01T00:00:00.000000Z', visit: 1 },
        { id: 2, deal: 'won', to: 'proposal', at: '2025-04-01T00:00:00.000000Z', visit: 2 },
      ],
      activities: [
        { id: 1, deal: 'open', at: '2026-06-17T11:00:00.000000Z' },
        { id: 2, deal: 'open', at: '2026-03-19T00:00:00.000000Z' },
        { id: 3, deal: 'open', at: '2026-03-18T23:59:59.999999Z' },
        { id: 4, deal: 'open', at: '2026-06-17T12:00:00.000001Z' },
        { id: 5, deal: 'won', at: '2026-06-17T11:00:00.000000Z' },
      ],
    });
    await run();
    const rows = await contentOf(stores.clickhouse, 'insight_entity_benchmarks');
    const figures = (name: string) =>
      Object.fromEntries(
        rows
          .filter((row) => row.entity_id === idOf('entity', name))
          .map((row) => [row.metric, [row.value, row.n, row.reason]]),
      );
    expect(figures('a')).toEqual({
      success_rate: [2 / 5, 5, 'cohort_too_small'],
      days_to_signed: [11.5, 2, 'cohort_too_small'],
      deal_value: [200, 2, 'cohort_too_small'],
      milestone_completion: [3 / 8, 8, 'cohort_too_small'],
      response_activity: [1, 2, 'cohort_too_small'],
    });
    expect(figures('b').success_rate).toEqual([1 / 2, 2, 'cohort_too_small']);
    expect(figures('gone')).toEqual({});
    expect(rows).toHaveLength(10);

    expect(await contentOf(stores.clickhouse, 'insight_entity_success', ['as_of', 'low', 'high'])).toEqual(
      expect.arrayContaining([
        { entity_id: idOf('entity', 'a'), tenant_id: idOf('tenant', 'tenant'), success_rate: 0.4, n: 5 },
        { entity_id: idOf('entity', 'b'), tenant_id: idOf('tenant', 'tenant'), success_rate: 0.5, n: 2 },
      ]),
    );
    // Wilson's interval of 1 in 2, from his formula.
    expect(await rowOf('insight_entity_success', { entity_id: idOf('entity', 'b') })).toMatchObject({
      low: expect.closeTo(0.0945312, 6),
      high: expect.closeTo(0.9054688, 6),
    });
    const [first, second] = [idOf('entity', 'a'), idOf('entity', 'b')].sort();
    expect(await contentOf(stores.clickhouse, 'insight_pair_success', ['as_of'])).toEqual([
      // The deal won in March moved on in its events, but its record says completed since then.
      {
        entity1_id: first,
        entity2_id: second,
        partnerships: 2,
        successes: 1,
        rate: 0.5,
        last_outcome_at: '2025-03-01T00:00:00.000000Z',
      },
    ]);
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

describe('deal health', () => {
  const deal = (name: string, stage: string): DealSpec => ({
    name,
    between: ['a', 'b'],
    stage,
    createdAt: '2026-06-01T00:00:00.000000Z',
    owner: 'Kenji',
  });
  const event = (id: number, name: string, to: string, at: string, visit: number) => ({
    id,
    deal: name,
    to,
    at,
    visit,
  });

  it("counts from the last event into the record's own stage", async () => {
    await loadWorld(stores.clickhouse, {
      entities: [{ name: 'a' }, { name: 'b' }],
      users: [{ name: 'Kenji', timeZone: 'Asia/Tokyo' }],
      deals: [
        deal('back again', 'proposal'),
        deal('ahead of events', 'negotiation'),
        deal('tie', 'proposal'),
        deal('silent', 'proposal'),
      ],
      events: [
        event(1, 'back again', 'proposal', '2026-06-02T00:00:00.000000Z', 1),
        event(2, 'back again', 'negotiation', '2026-06-03T00:00:00.000000Z', 2),
        // 00:30 on the 16th in Tokyo: on the 17th at 21:00 one business day has passed, in UTC two.
        event(3, 'back again', 'proposal', '2026-06-15T15:30:00.000000Z', 3),
        event(4, 'ahead of events', 'identified', '2026-06-02T00:00:00.000000Z', 1),
        event(5, 'ahead of events', 'proposal', '2026-06-03T00:00:00.000000Z', 2),
        event(6, 'tie', 'proposal', '2026-06-04T00:00:00.000000Z', 1),
        event(8, 'tie', 'proposal', '2026-06-05T00:00:00.000000Z', 3),
        event(7, 'tie', 'negotiation', '2026-06-05T00:00:00.000000Z', 2),
      ],
    });
    await run();
    const health = await contentOf(stores.clickhouse, 'insight_deal_health');
    const byDeal = Object.fromEntries(
      health.map((row) => [
        row.partnership_id,
        [row.entered_stage_at, row.stage_visit, row.days_in_stage, row.threshold_days, row.severity],
      ]),
    );
    expect(byDeal).toEqual({
      [idOf('deal', 'back again')]: ['2026-06-15T15:30:00.000000Z', 3, 1, 5, 'ok'],
      [idOf('deal', 'ahead of events')]: ['2026-06-01T00:00:00.000000Z', 3, 12, 30, 'ok'],
      [idOf('deal', 'tie')]: ['2026-06-05T00:00:00.000000Z', 3, 8, 5, 'warn'],
      [idOf('deal', 'silent')]: ['2026-06-01T00:00:00.000000Z', 1, 12, 5, 'critical'],
    });
  });

  it('clears the signal of a deal that is no longer stalled, with what became of it', async () => {
    await loadWorld(stores.clickhouse, market());
    await run();
    await loadWorld(
      stores.clickhouse,
      changedMarket(({ name }) =>
        name === 'rotten'
          ? { stage: 'completed', successScore: '4.00' }
          : name === 'stale'
            ? { deleted: true }
            : {},
      ),
    );
    const outcome = await run();
    expect(outcome.detail.stalled).toMatchObject({
      warn: 0,
      critical: 0,
      signalsRaised: 0,
      signalsCleared: 2,
    });
    const signals = await stores.postgres.query(
      `SELECT subject, state, evidence->>'outcome' AS outcome, evidence->>'daysInStage' AS days FROM insights_ops.signals ORDER BY severity`,
      [],
      z.unknown(),
    );
    expect(signals).toEqual([
      { subject: idOf('deal', 'rotten'), state: 'cleared', outcome: 'won', days: '61' },
      { subject: idOf('deal', 'stale'), state: 'cleared', outcome: null, days: '31' },
    ]);
    expect((await run()).detail.stalled).toMatchObject({ signalsRaised: 0, signalsCleared: 0 });
  });

  it('counts in UTC for an owner whose zone is misspelt, and says so', async () => {
    await loadWorld(stores.clickhouse, {
      entities: [{ name: 'a' }, { name: 'b' }],
      users: [{ name: 'Kenji', timeZone: 'Asia/Tokio' }],
      deals: [deal('lost in time', 'proposal')],
    });
    const outcome = await run();
    expect(outcome.detail.stalled).toMatchObject({ open: 1, critical: 1, unknownTimeZones: 1 });
  });
});

describe('a run that is killed', () => {
  /** Dies with the connection to ClickHouse after some effects: done there, and never heard of here. */
  class DyingClickHouse extends ClickHouse {
    effects = 0;

    constructor(
      url: string,
      private readonly last: number,
    ) {
      super(url);
    }

    override async command(...args: Parameters<ClickHouse['command']>) {
      const result = await super.command(...args);
      this.die();
      return result;
    }

    override async insertRows(...args: Parameters<ClickHouse['insertRows']>) {
      await super.insertRows(...args);
      this.die();
    }

    private die(): void {
      this.effects += 1;
      if (this.effects === this.last) throw new Error('killed');
    }
  }

  it('leaves after its repeat what an undisturbed run leaves, wherever it died', async () => {
    await loadWorld(stores.clickhouse, market());
    const undisturbed = new DyingClickHouse(stores.clickhouseUrl, -1);
    await run({ clickhouse: undisturbed });
    await undisturbed.close();
    const expected = await dump(stores);
    // A part is five statements or more, so every fourth hits each of them.
    for (let last = 1; last <= undisturbed.effects; last += 4) {
      await forgetInsight(stores);
      const dying = new DyingClickHouse(stores.clickhouseUrl, last);
      await expect(run({ clickhouse: dying })).rejects.toThrow('killed');
      await dying.close();
      await run();
      expect([last, await dump(stores)]).toEqual([last, expected]);
    }
  }, 300_000);
});
