import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  adjustCloserLook,
  type CloserLook,
  closerTests,
  lookCloser,
  sumsOf,
} from '../../modules/scoring-insight/application/look-closer.js';
import { golden, goldenRows } from '../../modules/scoring-insight/domain/__fixtures__/golden.js';
import { groupSums, naiveSumsByScore } from '../../modules/scoring-insight/domain/__fixtures__/naive-sums.js';
import { plantedDeals } from '../../modules/scoring-insight/domain/__fixtures__/planted-deals.js';
import type { OutcomeRow } from '../../modules/scoring-insight/domain/components.js';
import { assessPredictiveness, withAdjustedP } from '../../modules/scoring-insight/domain/predictiveness.js';
import { assess } from '../../modules/scoring-insight/domain/predictiveness-measures.js';
import { SCORES } from '../../modules/scoring-insight/domain/predictiveness-sums.js';
import { ClickHouseOutcomeStore } from '../../modules/scoring-insight/infrastructure/outcome-store.js';
import { InsightReader } from '../../modules/scoring-insight/index.js';
import { market } from '../factories/insight-market.js';
import { type InsightWorld, loadWorld } from '../factories/insight-world.js';
import { runInsight } from '../support/insight-run.js';
import { loadRowSet } from '../support/row-set.js';
import { forgetInsight, insightStores, type InsightStores } from '../support/insight-stores.js';

jest.setTimeout(60_000);

let stores: InsightStores;
let outcomes: ClickHouseOutcomeStore;
beforeAll(async () => {
  stores = await insightStores();
  outcomes = new ClickHouseOutcomeStore(stores.clickhouse);
}, 120_000);
afterAll(async () => {
  await stores.close();
});

type Deal = OutcomeRow & { startedAt: string };

/** Few different values, so that most are tied; all of a column may be missing or the same. */
const aScore = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 6 }).map((step) => step / 8) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 10_000 }).map((step) => step / 10_000) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const aDeal: fc.Arbitrary<Deal> = fc.record({
  entity1Id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  entity2Id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
  success: fc.boolean(),
  successScore: fc.option(fc.integer({ min: 0, max: 10 }).map((half) => half / 2)),
  scores: fc.record({
    semantic: aScore,
    goal_alignment: aScore,
    cultural_momentum: fc.constant(0.25),
    historical: fc.constant(null),
    authenticity: aScore,
  }),
  confidence: aScore,
  startedAt: fc.constantFrom('2025-02-01T00:00:00Z', '2025-03-31T23:59:59Z', '2025-04-01T00:00:00Z'),
});

describe('sums of predictiveness', () => {
  it('are those of a loop over the same deals: ties, pairs again, an entity with itself, nothing at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(aDeal, { maxLength: 50, size: 'max' }),
        fc.constantFrom('as is', 'one class', 'two deals', 'one deal'),
        async (drawn, shape) => {
          const deals = drawn
            .map((deal) => (shape === 'one class' ? { ...deal, success: true } : deal))
            .slice(0, shape === 'two deals' ? 2 : shape === 'one deal' ? 1 : undefined);
          await loadRowSet(stores.clickhouse, deals);
          const segments = await outcomes.sums([null]);
          expect(segments.map(({ segment }) => segment)).toEqual(
            deals.some((deal) =>
              Object.values({ ...deal.scores, c: deal.confidence }).some((x) => x !== null),
            )
              ? ['all']
              : [],
          );
          const expected = naiveSumsByScore(deals);
          for (const score of SCORES) {
            if (expected[score]?.entities === 0) expect(segments[0]?.sums[score]).toBeUndefined();
            else expect(segments[0]?.sums[score]).toEqual(expected[score]);
          }
        },
      ),
      { numRuns: 15 },
    );
  }, 240_000);

  it('are the golden ones, and so are all the figures that follow', async () => {
    const deals = goldenRows.map((row, at): Deal => ({
      ...row,
      entity1Id: `brand ${at % 17}`,
      entity2Id: `creator ${at % 13}`,
      startedAt: '2025-02-01T00:00:00Z',
    }));
    await loadRowSet(stores.clickhouse, deals);
    const [all] = await outcomes.sums([null]);
    expect(all?.sums).toEqual(naiveSumsByScore(deals));
    const { measures } = assess(all!.sums.semantic!);
    expect(measures.welch.p).toBeCloseTo(golden.univariate.semantic!.welch.p, 12);
    expect(measures.pearson.r).toBeCloseTo(golden.univariate.semantic!.pearson_score[0], 12);
  });

  it('split by the quarter in which a deal began', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aDeal, { minLength: 10, maxLength: 40, size: 'max' }), async (deals) => {
        const known = deals.map((deal) => ({ ...deal, confidence: 0.5 }));
        await loadRowSet(stores.clickhouse, known);
        const [first, second] = [
          known.filter(({ startedAt }) => startedAt < '2025-04'),
          known.filter(({ startedAt }) => startedAt >= '2025-04'),
        ];
        // Together with all deals in one heap, which the same statement adds up.
        const found = Object.fromEntries(
          (await outcomes.sums([null, 'quarter'])).map(({ segment, sums }) => [segment, sums.confidence]),
        );
        expect(found).toEqual({
          all: naiveSumsByScore(known).confidence,
          ...(first.length > 0 ? { '2025-Q1': naiveSumsByScore(first).confidence } : {}),
          ...(second.length > 0 ? { '2025-Q2': naiveSumsByScore(second).confidence } : {}),
        });
      }),
      { numRuns: 5 },
    );
  });

  it('count a deal in the tier and industry of each partner as they were, once where these are the same', async () => {
    const deal = { stage: 'completed', successScore: '4.00', createdAt: '2025-10-01T00:00:00.000000Z' };
    const world: InsightWorld = {
      entities: [
        { name: 'a', tier: 'enterprise', industry: 'music' },
        { name: 'b', tier: 'starter', industry: 'music' },
        { name: 'c', tier: 'starter', industry: 'sports' },
      ],
      deals: [
        { name: 'one', between: ['a', 'b'], ...deal },
        { name: 'two', between: ['b', 'c'], ...deal },
      ],
      scores: [
        { id: 1, between: ['a', 'b'], computedAt: '2025-09-01T00:00:00.000000Z' },
        { id: 2, between: ['c', 'b'], computedAt: '2025-09-01T00:00:00.000000Z' },
      ],
    };
    await loadWorld(stores.clickhouse, world);
    await outcomes.replaceDeals('2026-06-30T12:00:00.000000Z');
    const dealsBy = async (by: 'tier' | 'industry' | 'partnership_type') =>
      (await outcomes.sums([by])).map(({ segment, sums }) => [segment, sums.semantic?.positives.n]);
    expect(await dealsBy('tier')).toEqual([
      ['enterprise', 1],
      ['starter', 2],
    ]);
    expect(await dealsBy('industry')).toEqual([
      ['music', 2],
      ['sports', 1],
    ]);
    expect(await dealsBy('partnership_type')).toEqual([['licensing', 2]]);
  });
});

describe('a closer look', () => {
  const deals = (effects: [first: number, second: number], seed: number): Deal[] =>
    effects.flatMap((semantic, quarter) =>
      plantedDeals(200, { semantic }, seed + quarter).map((deal) => ({
        ...deal,
        startedAt: quarter === 0 ? '2025-03-31T23:59:59Z' : '2025-04-01T00:00:00Z',
      })),
    );

  async function look(rows: readonly Deal[]): Promise<CloserLook> {
    await loadRowSet(stores.clickhouse, rows);
    const measured = await sumsOf(outcomes, rows.length);
    const report = assessPredictiveness({
      deals: await outcomes.counts(),
      sums: measured.all,
      asOf: '2026-06-30T00:00:00Z',
      window: { from: null, to: '2026-01-01T00:00:00Z', scoreMaxAgeDays: 180, maturityDays: 180 },
    });
    const closer = await lookCloser(outcomes, report, measured);
    return adjustCloserLook(closer, withAdjustedP(report, closerTests(closer)).adjusted);
  }

  it('flags a component that foretells from one quarter to the next no longer, and nothing where nothing changes', async () => {
    const changed = await look(deals([6, -2], 100));
    expect(changed.drift.changes.filter((change) => change.changed)).toEqual([
      expect.objectContaining({ component: 'semantic', from: '2025-Q1', to: '2025-Q2', reason: null }),
    ]);
    expect(changed.drift).toMatchObject({ baseline: '2025-Q1', sampledFrom: null });
    expect(changed.drift.quarters.map(({ quarter, n }) => [quarter, n])).toEqual([
      ['2025-Q1', 200],
      ['2025-Q2', 200],
    ]);
    const byQuarter = changed.segments.segmentations.find(({ segmentation }) => segmentation === 'quarter');
    expect(byQuarter?.across[0]).toMatchObject({ component: 'semantic', segments: 2, df: 1 });
    expect(byQuarter!.across[0]!.pAdjusted!).toBeLessThan(0.001);

    const same = await look(deals([3, 3], 200));
    expect(same.drift.changes.every(({ p, changed: isFlagged }) => p !== null && !isFlagged)).toBe(true);
    expect(
      same.drift.quarters.flatMap(({ components }) => components.filter(({ shift }) => shift.shifted)),
    ).toEqual([]);
  });

  it('counts scores in steps of 0.01, those that are missing not at all', async () => {
    const [deal] = deals([0, 0], 1);
    const scores = {
      semantic: 0.2999,
      goal_alignment: 0,
      cultural_momentum: 1,
      historical: null,
      authenticity: 0.3,
    };
    await loadRowSet(stores.clickhouse, [
      { ...deal!, scores },
      { ...deal!, scores: { ...scores, semantic: 0.29, authenticity: 0.7 } },
    ]);
    expect(await outcomes.scoreDistributions()).toEqual(
      [
        ['authenticity', [0.3, 1], [0.7, 1]],
        ['cultural_momentum', [1, 2]],
        ['goal_alignment', [0, 2]],
        ['semantic', [0.29, 2]],
      ].map(([component, ...counts]) => ({
        quarter: '2025-Q1',
        component,
        counts: counts.map(([value, n]) => ({ value, n })),
      })),
    );
  });

  it('can go by a sample, always the same one', async () => {
    const all = deals([3, 3], 300);
    await loadRowSet(stores.clickhouse, all);
    const half = await outcomes.sums(['quarter'], 5000);
    const n = half.reduce(
      (total, { sums }) => total + sums.semantic!.positives.n + sums.semantic!.negatives.n,
      0,
    );
    expect(n).toBeGreaterThan(150);
    expect(n).toBeLessThan(250);
    expect(await outcomes.sums(['quarter'], 5000)).toEqual(half);
  });

  it('compares partnerships with all scored pairs, each by its latest score', async () => {
    const at = (day: string) => `2025-09-${day}T00:00:00.000000Z`;
    await loadWorld(stores.clickhouse, {
      entities: ['a', 'b', 'c', 'd'].map((name) => ({ name })),
      deals: [
        { name: 'one', between: ['a', 'b'], stage: 'completed', successScore: '4.00', createdAt: at('10') },
        { name: 'gone', between: ['a', 'd'], stage: 'declined', createdAt: at('10'), deleted: true },
      ],
      scores: [
        { id: 1, between: ['b', 'a'], computedAt: at('01'), semantic: 0.9 },
        { id: 2, between: ['a', 'b'], computedAt: at('02'), semantic: 0.2 },
        { id: 3, between: ['b', 'c'], computedAt: at('01'), semantic: 0.3 },
        { id: 4, between: ['a', 'd'], computedAt: at('01'), semantic: 0.1234 },
        { id: 5, between: ['c', 'd'], computedAt: '2027-01-01T00:00:00.000000Z', semantic: 1 },
      ],
    });
    const asOf = '2026-06-30T12:00:00.000000Z';
    await outcomes.replaceDeals(asOf);
    const { pairs, partnered, byComponent } = await outcomes.scoredPairs(asOf);
    expect({ pairs, partnered }).toEqual({ pairs: 3, partnered: 1 });
    expect(byComponent.semantic).toEqual(groupSums([2000, 3000, 1234]));
    expect(byComponent.historical).toEqual(groupSums([5000, 5000, 5000]));
    expect(await outcomes.scoredPairs('2025-01-01T00:00:00Z')).toMatchObject({ pairs: 0, partnered: 0 });
  });
});

describe('deals to learn from', () => {
  const began = '2025-02-01T00:00:00Z';
  const deals = Array.from({ length: 40 }, (_, at): Deal => ({
    entity1Id: `a${at}`,
    entity2Id: `b${at}`,
    success: at % 2 === 0,
    successScore: null,
    scores: { semantic: at / 100, goal_alignment: 0, cultural_momentum: 0, historical: 0, authenticity: 0 },
    confidence: 1,
    startedAt: at < 30 ? began : '2025-02-02T00:00:00Z',
  }));

  it('are all of them while they are few, without those that began later', async () => {
    await loadRowSet(stores.clickhouse, deals);
    expect(await outcomes.sample(began, 1000)).toHaveLength(30);
    expect(await outcomes.sample('2025-01-01T00:00:00Z', 1000)).toEqual([]);
  });

  it('are else the same ones each time, and a new deal displaces at most one', async () => {
    const idsOf = async (limit: number) =>
      (await outcomes.sample('2025-03-01T00:00:00Z', limit)).map(({ entity1Id }) => entity1Id);
    await loadRowSet(stores.clickhouse, deals);
    const before = await idsOf(12);
    expect(before).toHaveLength(12);
    expect(await idsOf(12)).toEqual(before);
    await loadRowSet(stores.clickhouse, [...deals, { ...deals[0]!, entity1Id: 'new' }]);
    const after = await idsOf(12);
    expect(before.filter((id) => !after.includes(id)).length).toBeLessThanOrEqual(1);
  });
});

it('sees the risk of a leak where most deals were scored only after they began, and suggests nothing', async () => {
  await forgetInsight(stores);
  const world = market();
  const late = (world.scores ?? []).map((score, at) =>
    at % 3 === 0 ? score : { ...score, ingestedAt: '2026-06-01T00:00:00.000000Z' },
  );
  await loadWorld(stores.clickhouse, { ...world, scores: late });
  await runInsight(stores);
  const reader = new InsightReader(stores.clickhouse, stores.postgres, stores.graph);
  const report = await reader.latestPredictiveness();
  expect(report?.leakageRisk).toBe(true);
  expect(report?.warnings).toContain('leakage_risk');
  expect(report?.weights).toMatchObject({ suggested: null });
  expect(
    report?.segments?.segmentations.map(({ segmentation, segments }) => [segmentation, segments.length]),
  ).toEqual([
    ['partnership_type', 1],
    ['industry', 1],
    ['tier', 1],
    ['quarter', expect.any(Number)],
  ]);
  expect(report?.drift?.quarters.length).toBeGreaterThan(0);
  expect(report?.selection?.scoredPairs).toBeGreaterThan(0);
});
