import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { InsightReader } from '../../modules/scoring-insight/index.js';
import type { StepOutcome } from '../../src/kernel/progress.js';
import { market } from '../factories/insight-market.js';
import { idOf, loadWorld } from '../factories/insight-world.js';
import { changedMarket, type InsightRun, runInsight } from '../support/insight-run.js';
import { contentOf, forgetInsight, insightStores, type InsightStores } from '../support/insight-stores.js';

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
});

function run(options: InsightRun = {}): Promise<StepOutcome> {
  return runInsight(stores, options);
}

async function rowOf(
  table: Parameters<typeof contentOf>[1],
  where: Record<string, unknown>,
): Promise<Record<string, unknown> | undefined> {
  const rows = await contentOf(stores.clickhouse, table);
  return rows.find((row) => Object.entries(where).every(([name, value]) => row[name] === value));
}

const brand = { entity_id: idOf('entity', 'brand 0'), metric: 'success_rate' };

describe('peer figures', () => {
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

  it('keep the evidence that they rest on, and never blame figures of today for what those of then lacked', async () => {
    const past = '2025-01-01T00:00:00Z';
    const grownTo = (outcomes: number) => {
      const world = market();
      const won = (i: number) => ({
        name: `grown ${i}`,
        between: ['grown', 'brand 3'] as [string, string],
        stage: 'completed',
        createdAt: past,
        successScore: '5.00',
      });
      return {
        ...world,
        entities: [...world.entities, { name: 'grown', tenant: 'tenant 0' }],
        deals: [...world.deals, ...Array.from({ length: outcomes }, (_, i) => won(i))],
      };
    };
    const grown = { entity_id: idOf('entity', 'grown'), metric: 'success_rate' };
    await loadWorld(stores.clickhouse, market());
    await run();
    await loadWorld(stores.clickhouse, grownTo(4));
    await run({ asOf: '2026-07-01T00:00:00Z' });
    // One newcomer does not change whom the cohort counts, and is placed in it all the same.
    expect(await rowOf('insight_benchmark_snapshots', { ...grown, period: '2026-07' })).toMatchObject({
      counted_in: [],
      counted_n: 0,
      snapshot_n: 4,
      reason: 'too_little_evidence',
    });
    await loadWorld(stores.clickhouse, grownTo(40));
    await run({ asOf: '2026-07-15T00:00:00Z' });
    expect(await rowOf('insight_entity_benchmarks', grown)).toMatchObject({
      n: 40,
      cohort_n: 24,
      percentile: null,
      reason: 'not_in_snapshot',
      explanation: expect.stringMatching(/over 40 outcomes; a percentile follows with the next snapshot/),
    });
    expect(await contentOf(stores.clickhouse, 'insight_entity_badges')).toEqual([]);
    await run({ asOf: '2026-08-01T00:00:00Z' });
    await loadWorld(stores.clickhouse, grownTo(41));
    await run({ asOf: '2026-08-02T00:00:00Z' });
    const held = await rowOf('insight_entity_badges', { entity_id: grown.entity_id });
    expect(held?.badge).toBe('top_performer');
    expect(JSON.parse(String(held?.evidence))).toMatchObject({ n: 41, snapshotN: 40 });
  });

  it('of before the evidence was kept have that of whom the cohorts counted', async () => {
    await stores.clickhouse.command(
      `INSERT INTO insight_benchmark_snapshots (period, entity_id, metric, counted_in, counted_n, as_of)
       SELECT '2026-05', generateUUIDv4(), metric, keys, n, '2026-05-01 00:00:00'
       FROM values('metric String, keys Array(String), n UInt32', ('deal_value', ['a'], 7), ('success_rate', [], 0))`,
    );
    const rows = await contentOf(stores.clickhouse, 'insight_benchmark_snapshots');
    expect(Object.fromEntries(rows.map(({ metric, snapshot_n }) => [metric, snapshot_n]))).toEqual({
      deal_value: 7,
      success_rate: null,
    });
  });

  it('wait for the first run with a whole model and a figure to compare', async () => {
    const published = () => contentOf(stores.clickhouse, 'insight_benchmark_snapshots');
    const { entities } = market();
    await loadWorld(stores.clickhouse, { entities, deals: [] });
    expect((await run()).detail.benchmarks).toMatchObject({ published: false });
    await loadWorld(stores.clickhouse, market());
    for (const model of ['failed', 'partial'] as const) {
      expect((await run({ model })).detail.benchmarks).toMatchObject({ published: false });
      // Peers that nobody records are nobody's to see.
      expect(await rowOf('insight_entity_benchmarks', brand)).toMatchObject({
        value: expect.any(Number),
        cohort_n: null,
        percentile: null,
        reason: 'not_in_snapshot',
      });
    }
    expect(await published()).toEqual([]);
    expect((await run({ model: 'succeeded' })).detail.benchmarks).toMatchObject({ published: true });
    expect(await published()).toHaveLength(entities.length * 5);
  });

  it('stay those of the last snapshot while a later period has no whole model', async () => {
    await loadWorld(stores.clickhouse, market());
    await run();
    const june = await rowOf('insight_entity_benchmarks', brand);
    await loadWorld(stores.clickhouse, failing);
    for (const cadence of ['month', 'run'] as const) {
      await run({ asOf: '2026-07-01T00:00:00Z', model: 'partial', cadence });
      const july = await rowOf('insight_entity_benchmarks', brand);
      expect(july).toMatchObject({ value: 0, cohort_n: 24, percentile: june?.percentile, p50: june?.p50 });
    }
    // What is published later is not for a run of the past.
    await run({ asOf: '2026-05-31T00:00:00Z', model: 'partial' });
    expect((await rowOf('insight_entity_benchmarks', brand))?.reason).toBe('not_in_snapshot');
    const periods = await contentOf(stores.clickhouse, 'insight_benchmark_snapshots');
    expect(new Set(periods.map(({ period }) => period))).toEqual(new Set(['2026-06']));
  });
});

describe('cohorts of two snapshots', () => {
  const sizes = async () => {
    const rows = await contentOf(stores.clickhouse, 'insight_entity_benchmarks');
    return new Set(
      rows.flatMap(({ metric, cohort_n: n }) => (metric === 'success_rate' && n !== null ? [n] : [])),
    );
  };
  const without = (gone: number) => {
    const world = market();
    const left = new Set(Array.from({ length: gone }, (_, i) => `brand ${23 - i}`));
    return {
      ...world,
      entities: world.entities.map((each) => ({ ...each, deleted: left.has(each.name) })),
    };
  };

  it('differ by nobody or by ten: who left is counted on, until ten have', async () => {
    await loadWorld(stores.clickhouse, market());
    await run();
    expect(await sizes()).toEqual(new Set([24]));
    for (const [asOf, gone, expected] of [
      ['2026-07-01T00:00:00Z', 3, 24],
      ['2026-08-01T00:00:00Z', 9, 24],
      ['2026-09-01T00:00:00Z', 10, 14],
    ] as const) {
      await loadWorld(stores.clickhouse, without(gone));
      await run({ asOf });
      expect([asOf, await sizes()]).toEqual([asOf, new Set([expected])]);
    }
  });

  it('are compared with all stored ones, those before and after a back-filled day included', async () => {
    for (const [asOf, gone, expected] of [
      ['2026-06-17T12:00:00Z', 0, 24],
      ['2026-08-01T00:00:00Z', 12, 12],
      // One away from the cohort of June: that of August holds on.
      ['2026-09-01T00:00:00Z', 1, 12],
      ['2026-07-01T00:00:00Z', 9, 12],
    ] as const) {
      await loadWorld(stores.clickhouse, without(gone));
      await run({ asOf });
      expect([asOf, await sizes()]).toEqual([asOf, new Set([expected])]);
    }
  });

  it('are not told apart by ten newcomers of one tenant, only by ten of many', async () => {
    const joined = (tenantOf: (i: number) => string) => {
      const world = market();
      const names = Array.from({ length: 10 }, (_, i) => `new ${i}`);
      return {
        ...world,
        entities: [...world.entities, ...names.map((name, i) => ({ name, tenant: tenantOf(i) }))],
        deals: [
          ...world.deals,
          ...names.map((name) => ({
            name,
            between: [name, 'brand 3'] as [string, string],
            stage: 'completed',
            createdAt: '2025-01-01T00:00:00Z',
            successScore: '5.00',
          })),
        ],
      };
    };
    await loadWorld(stores.clickhouse, market());
    await run();
    for (const [asOf, tenantOf, expected] of [
      ['2026-07-01T00:00:00Z', () => 'group', 24],
      // They belong to others now.
      ['2026-08-01T00:00:00Z', (i: number) => `tenant ${i}`, 34],
    ] as const) {
      await loadWorld(stores.clickhouse, joined(tenantOf));
      await run({ asOf });
      expect([asOf, await sizes()]).toEqual([asOf, new Set([expected])]);
    }
  });

  it('keep what they count where nobody reads it but the next snapshot', async () => {
    await loadWorld(stores.clickhouse, market());
    await run();
    const [row] = (await contentOf(stores.clickhouse, 'insight_benchmark_snapshots')).filter(
      ({ entity_id, metric }) => entity_id === brand.entity_id && metric === 'success_rate',
    );
    expect(row).toMatchObject({
      counted_in: ['["brand","music","enterprise"]'],
      counted_tenant_id: idOf('tenant', 'tenant 0'),
    });
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

describe('intervals of medians', () => {
  it('are the order statistics that 95% needs, from six values on', async () => {
    const values = Array.from({ length: 40 }, (_, i) => (i * 7919) % 1009);
    const entities = [0, 5, 6, 9, 25, 40].map((n) => ({ name: `with ${n}`, n }));
    await loadWorld(stores.clickhouse, {
      entities: [...entities.map(({ name }) => ({ name })), { name: 'other' }],
      deals: entities.flatMap(({ name, n }) =>
        values.slice(0, n).map((value, i) => ({
          name: `${name}, ${i}`,
          between: [name, 'other'] as [string, string],
          stage: 'completed',
          createdAt: '2025-01-01T00:00:00Z',
          successScore: '4.00',
          value: `${value}.00`,
          daysToSigned: value,
        })),
      ),
    });
    await run();
    for (const { name, n } of entities) {
      const ascending = values.slice(0, n).sort((a, b) => a - b);
      const rank = rankOfLimit(n);
      const expected = rank === 0 ? [null, null] : [ascending[rank - 1], ascending[n - rank]];
      for (const metric of ['days_to_signed', 'deal_value']) {
        const row = await rowOf('insight_entity_benchmarks', { entity_id: idOf('entity', name), metric });
        expect([n, row?.ci_low, row?.ci_high]).toEqual([n, ...expected]);
        const reason = n === 0 ? 'no_value' : n < 6 ? 'fewer_than_6_values' : null;
        expect(row?.ci_reason).toBe(reason);
      }
    }
    // Binomial tables: of 9 values the second and the eighth, of 25 the eighth and the eighteenth.
    expect([5, 6, 9, 25, 40].map(rankOfLimit)).toEqual([0, 1, 2, 8, 14]);
  });

  /** Largest k with P(fewer than k heads in n tosses) <= 2.5%, in whole numbers. */
  function rankOfLimit(n: number): number {
    let term = 1n;
    let sum = 0n;
    for (let k = 0; k <= n; k += 1) {
      sum += term;
      if (sum * 40n > 2n ** BigInt(n)) return k;
      term = (term * BigInt(n - k)) / BigInt(k + 1);
    }
    return n;
  }
});

describe('trends', () => {
  const entity = idOf('entity', 'a');
  const trendOf = (metric: string) => rowOf('insight_entity_trends', { entity_id: entity, metric });

  it('follow the complete months only, each metric by the month in which it happened', async () => {
    // Twelve months to May 2026; the days to a signature grow by three a month, June is not over.
    const month = (i: number) => new Date(Date.UTC(2025, 5 + i, 2)).toISOString();
    const deals = Array.from({ length: 13 }, (_, i) => ({
      name: `deal ${i}`,
      between: ['a', 'b'] as [string, string],
      stage: 'completed',
      createdAt: month(i),
      successScore: i < 6 ? '1.00' : '4.00',
      value: `${1000 - 10 * i}.00`,
      daysToSigned: i === 12 ? 0 : i,
      milestones: [1, 2] as [number, number],
    }));
    await loadWorld(stores.clickhouse, {
      entities: [{ name: 'a' }, { name: 'b' }],
      deals,
      events: deals.map(({ name, createdAt }, id) => ({
        id,
        deal: name,
        to: 'completed',
        at: createdAt.replace('-02T', '-20T'),
        visit: 1,
      })),
      activities: [{ id: 1, deal: 'deal 3', at: '2025-09-10T00:00:00Z' }],
    });
    await run();
    expect(await trendOf('days_to_signed')).toMatchObject({
      points: 12,
      first_month: 202506,
      last_month: 202605,
      slope: 1,
      direction: 'rising',
      reason: null,
    });
    expect(await trendOf('deal_value')).toMatchObject({ points: 12, slope: -10, direction: 'falling' });
    expect(await trendOf('success_rate')).toMatchObject({ points: 12, direction: 'rising' });
    expect(await trendOf('milestone_completion')).toMatchObject({
      points: 12,
      slope: 0,
      z: 0,
      direction: 'steady',
    });
    // Each deal was open in its own month only, and only one had an activity.
    expect(await trendOf('response_activity')).toMatchObject({ points: 12, slope: 0, direction: 'steady' });
  });

  it('say why there are none', async () => {
    await loadWorld(stores.clickhouse, { entities: [{ name: 'a' }], deals: [] });
    await run();
    const rows = await contentOf(stores.clickhouse, 'insight_entity_trends');
    expect(rows.map(({ points, slope, reason }) => [points, slope, reason])).toEqual(
      Array(5).fill([0, null, 'fewer_than_8_months']),
    );
  });
});

describe('what an entity is told', () => {
  it('puts benchmarks and trends together, and says nothing of an entity that is not there', async () => {
    await loadWorld(stores.clickhouse, market());
    await run();
    const reader = new InsightReader(stores.clickhouse, stores.postgres, stores.graph);
    const rows = await reader.entityBenchmarks(brand.entity_id);
    expect(rows.map(({ metric, entityName }) => [metric, entityName])).toEqual(
      ['days_to_signed', 'deal_value', 'milestone_completion', 'response_activity', 'success_rate'].map(
        (metric) => [metric, 'brand 0'],
      ),
    );
    for (const row of rows) {
      expect(row.ciReason === null).toBe(row.ciLow !== null);
      expect(row.shrunkenValue === null).toBe(row.value === null || row.cohort === null);
      expect(row.topPercent === null).toBe(row.percentile === null);
      expect(row.trend.reason === null).toBe(row.trend.slopePerMonth !== null);
    }
    expect(await reader.entityBenchmarks(idOf('entity', 'nobody'))).toEqual([]);
  });
});
