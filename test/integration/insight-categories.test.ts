import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { learnFromOutcomes } from '../../modules/scoring-insight/application/learn-from-outcomes.js';
import {
  type CategoryDeal,
  naiveCategoryCounts,
} from '../../modules/scoring-insight/domain/__fixtures__/naive-categories.js';
import { LEAST_EXPECTED } from '../../modules/scoring-insight/domain/categories.js';
import { AffinityModels } from '../../modules/scoring-insight/infrastructure/affinity-model-store.js';
import {
  loadCategories,
  loadDefaultWeights,
} from '../../modules/scoring-insight/infrastructure/definitions.js';
import { ClickHouseOutcomeStore } from '../../modules/scoring-insight/infrastructure/outcome-store.js';
import { MARKET_AS_OF } from '../factories/insight-market.js';
import { type EntityRef, loadWorld } from '../factories/insight-world.js';
import { changedMarket } from '../support/insight-run.js';
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

interface Deal {
  between: [EntityRef, EntityRef];
  type: string;
  success: boolean;
  excluded: string;
}

const nameOf = (ref: EntityRef): string => (typeof ref === 'string' ? ref : ref.name);

const ENTITIES = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, at) => ({
  name,
  industry: ['sports', 'fashion', 'music'][at % 3]!,
  tier: at < 4 ? 'starter' : 'enterprise',
}));

/** The deals as facts, and those of the row set as the row set's own table has them. */
async function loadDeals(deals: readonly Deal[]): Promise<void> {
  await loadWorld(stores.clickhouse, {
    entities: ENTITIES,
    deals: deals.map(({ between, type }, at) => ({
      ...{ name: String(at), between, type, stage: 'completed' },
      createdAt: '2025-02-01T00:00:00Z',
    })),
  });
  await loadRowSet(
    stores.clickhouse,
    deals.map(({ between, success, excluded }) => ({
      entity1Id: nameOf(between[0]),
      entity2Id: nameOf(between[1]),
      startedAt: '2025-02-01T00:00:00Z',
      excluded,
      success,
    })),
  );
}

/** What a loop over the deals of the row set finds. */
function expectedBy(deals: readonly Deal[], categoryOf: (deal: Deal) => string) {
  const rows = deals
    .filter(({ excluded }) => excluded === '')
    .map((deal): CategoryDeal => ({
      entity1Id: nameOf(deal.between[0]),
      entity2Id: nameOf(deal.between[1]),
      success: deal.success,
      category: categoryOf(deal),
    }));
  return naiveCategoryCounts(rows, LEAST_EXPECTED);
}

/** Of a name that no entity has: 'unknown', the unknown member. */
function pairOf(field: 'industry' | 'tier', { between }: Deal): string {
  const values = between.map(
    (ref) => ENTITIES.find(({ name }) => name === nameOf(ref))?.[field] ?? 'unknown',
  );
  return values.sort().join(' + ');
}

const anEntity = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'unknown');
const aDeal: fc.Arbitrary<Deal> = fc.record({
  between: fc.tuple(anEntity, anEntity),
  type: fc.constantFrom(
    'licensing',
    'licensing',
    'licensing',
    'sponsorship',
    'sponsorship',
    'event',
    'other',
    '',
  ),
  success: fc.boolean(),
  excluded: fc.constantFrom('', '', '', '', 'open'),
});

describe('the deals by category', () => {
  it('are those that a loop counts: pooled where small, an entity with itself, the unknown, nothing at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(aDeal, { maxLength: 120, size: 'max' }),
        fc.constantFrom('as is', 'one class', 'one deal'),
        async (drawn, shape) => {
          const deals = drawn
            .map((deal) => (shape === 'one class' ? { ...deal, success: true } : deal))
            .slice(0, shape === 'one deal' ? 1 : undefined);
          await loadDeals(deals);
          expect(await outcomes.categories('partnership_type')).toEqual(
            expectedBy(deals, ({ type }) => type),
          );
          for (const field of ['industry', 'tier'] as const)
            expect(await outcomes.categories(field)).toEqual(
              expectedBy(deals, (deal) => pairOf(field, deal)),
            );
        },
      ),
      { numRuns: 12 },
    );
  }, 240_000);

  it('have an answer for every column that can be declared, an unknown value among them', async () => {
    await loadDeals([{ between: ['a', 'b'], type: 'licensing', success: true, excluded: '' }]);
    const found = async (predictor: 'currency' | 'entity_type' | 'location') =>
      (await outcomes.categories(predictor)).map(({ category, pooled }) => [category, pooled]);
    expect(await found('currency')).toEqual([['EUR', 0]]);
    expect(await found('entity_type')).toEqual([['brand + brand', 0]]);
    expect(await found('location')).toEqual([['unknown + unknown', 0]]);
  });
});

it('stand in the report, in the family of its tests', async () => {
  await forgetInsight(stores);
  const planted = changedMarket(({ successScore }) => ({
    type: Number(successScore ?? 0) >= 3.5 ? 'sponsorship' : 'licensing',
  }));
  await loadWorld(stores.clickhouse, planted);
  const models = new AffinityModels(stores.clickhouse, stores.graph);
  const definitions = { defaultWeights: loadDefaultWeights(), categoricalPredictors: loadCategories() };
  await learnFromOutcomes({ outcomes, models, ...definitions }, MARKET_AS_OF);
  const report = await outcomes.latestReport();
  expect(report?.categories.map(({ predictor, n, verdict }) => [predictor, n, verdict])).toEqual([
    ['partnership_type', 240, 'predicts'],
    ['industry', 240, 'no_evidence'],
    ['tier', 240, 'no_evidence'],
  ]);
  const [type, industry] = report?.categories ?? [];
  expect(type?.levels.find(({ value }) => value === 'sponsorship')).toMatchObject({
    n: report?.nSuccessful,
    rate: 1,
    high: 1,
  });
  expect(type).toMatchObject({
    cramersV: 1,
    high: 1,
    reasons: ['interval_above_zero', 'small_expected_counts'],
  });
  // The deals of an entity all ended alike: 240 of them tell as much as so many independent ones, in four cells.
  expect(type?.dyadic.effectiveN).toBeLessThan(20);
  expect(type?.pAdjusted).toBeGreaterThan(type?.dyadic.p ?? 1);
  expect(industry).toMatchObject({ p: null, pAdjusted: null, reasons: ['single_category'] });
});
