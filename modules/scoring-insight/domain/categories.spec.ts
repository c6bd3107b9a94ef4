import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../../src/kernel/errors.js';
import { type CategoryDeal, naiveCategoryCounts, naiveRateEffect } from './__fixtures__/naive-categories.js';
import { assessCategory, categoryTests, parseCategories, withAdjustedTests } from './categories.js';

/** So many successes and failures in each category; no two deals share an entity. */
function deals(counts: Record<string, [successes: number, failures: number]>): CategoryDeal[] {
  return Object.entries(counts).flatMap(([category, [successes, failures]]) =>
    Array.from({ length: successes + failures }, (_, at) => ({
      entity1Id: `${category} a${at}`,
      entity2Id: `${category} b${at}`,
      success: at < successes,
      category,
    })),
  );
}

const assess = (rows: CategoryDeal[]) => assessCategory('industry', naiveCategoryCounts(rows));

describe('assessCategory', () => {
  it('has the figures of scipy, and the same with a design effect of 1 where no two deals share an entity', () => {
    const found = assess(deals({ fashion: [30, 10], music: [20, 20], sports: [10, 30] }));
    // scipy.stats: chi2_contingency (20, 4.54e-5), contingency.association (0.4082)
    expect(found).toMatchObject({
      predictor: 'industry',
      n: 120,
      df: 2,
      verdict: 'predicts',
      reasons: ['interval_above_zero'],
    });
    expect(found.chiSquare).toBeCloseTo(20, 12);
    expect(found.p).toBeCloseTo(Math.exp(-10), 15);
    expect(found.cramersV).toBeCloseTo(Math.sqrt(1 / 6), 12);
    const { p, low, high } = found;
    expect(found.dyadic).toEqual({ designEffect: 1, effectiveN: 120, low, high, p });
  });

  it('lists the categories with their success rates and Wilson limits', () => {
    const { levels } = assess(deals({ fashion: [10, 10], music: [30, 60] }));
    expect(levels.map(({ value, n, successes, rate }) => [value, n, successes, rate])).toEqual([
      ['music', 90, 30, 1 / 3],
      ['fashion', 20, 10, 0.5],
    ]);
    // scipy.stats: binomtest(10, 20).proportion_ci(method='wilson')
    expect(levels[1]?.low).toBeCloseTo(0.2992980081982124, 12);
    expect(levels[1]?.high).toBeCloseTo(0.7007019918017876, 12);
  });

  it('finds no evidence where rates differ by chance, or are more alike than chance makes them', () => {
    const chance = assess(deals({ fashion: [22, 18], music: [20, 20], sports: [16, 24] }));
    expect(chance).toMatchObject({ verdict: 'no_evidence', reasons: ['interval_contains_zero'], low: 0 });
    const alike = assess(deals({ fashion: [20, 20], music: [20, 20], sports: [20, 20] }));
    expect(alike).toMatchObject({
      verdict: 'no_evidence',
      reasons: ['interval_contains_zero', 'no_plausible_association'],
      cramersV: 0,
      p: 1,
      low: null,
      high: null,
    });
  });

  it('finds no evidence where the deals of a few entities carry it', () => {
    // Four brands a category, each with twelve deals that all ended alike.
    const brands = Object.entries({ fashion: [1, 1, 1, 0], music: [1, 0, 0, 0] });
    const rows = brands.flatMap(([category, outcomes]) =>
      outcomes.flatMap((outcome, brand) =>
        Array.from({ length: 12 }, (_, at) => ({
          entity1Id: `${category} brand ${brand}`,
          entity2Id: `${category} creator ${brand} ${at}`,
          success: outcome === 1,
          category,
        })),
      ),
    );
    const found = assess(rows);
    // 16 deals of a class and category are expected, and 16 / 12 independent ones.
    expect(found).toMatchObject({
      verdict: 'no_evidence',
      reasons: ['shared_entities', 'small_expected_counts'],
    });
    expect(found.low).toBeGreaterThan(0);
    expect(found.p).toBeLessThan(1e-5);
    // Twelve deals of a brand are one piece of news: 8 of them, not 96.
    expect(found.dyadic.designEffect).toBeCloseTo(12, 12);
    expect(found.dyadic.effectiveN).toBeCloseTo(8, 12);
    expect(found.dyadic).toMatchObject({ low: 0 });
    expect(found.dyadic.p).toBeGreaterThan(0.1);
  });

  it('takes the deals of an entity for one where all deals of a category ended alike', () => {
    // One brand a category, each with thirty deals.
    const rows = Object.entries({ fashion: true, music: false }).flatMap(([category, success]) =>
      Array.from({ length: 30 }, (_, at) => ({
        entity1Id: `${category} brand`,
        entity2Id: `${category} creator ${at}`,
        success,
        category,
      })),
    );
    expect(assess(rows)).toMatchObject({
      cramersV: 1,
      dyadic: { designEffect: 30, effectiveN: 2, low: 0 },
      verdict: 'no_evidence',
      reasons: ['shared_entities', 'small_expected_counts'],
    });
  });

  it('has the design effect of the definition: every ordered pair of deals with an entity in common', () => {
    const aDeal = fc.record({
      entity1Id: fc.constantFrom('a', 'b', 'c', 'd'),
      entity2Id: fc.constantFrom('a', 'b', 'e', 'f', 'g'),
      success: fc.boolean(),
      category: fc.constantFrom('x', 'y', 'z'),
    });
    fc.assert(
      fc.property(fc.array(aDeal, { minLength: 2, maxLength: 40, size: 'max' }), (rows) => {
        const { dyadic } = assessCategory('tier', naiveCategoryCounts(rows, 0));
        const names = [...new Set(rows.map(({ category }) => category))];
        if (names.length < 2 || new Set(rows.map(({ success }) => success)).size < 2) {
          expect(dyadic.designEffect).toBeNull();
          return;
        }
        const effects = names.map((name) => {
          const own = rows.filter(({ category }) => category === name);
          const effect = naiveRateEffect(own);
          return (1 - own.length / rows.length) * Math.max(1, effect);
        });
        const mean = effects.reduce((sum, effect) => sum + effect, 0) / (names.length - 1);
        expect(dyadic.designEffect).toBeCloseTo(mean, 9);
      }),
    );
  });

  it.each([
    ['no deals', {}, 0, ['fewer_than_30_deals', 'fewer_than_10_per_class', 'no_deals']],
    ['one deal', { a: [1, 0] }, 1, ['fewer_than_30_deals', 'fewer_than_10_per_class', 'single_category']],
    ['one class', { a: [30, 0], b: [20, 0] }, 50, ['fewer_than_10_per_class', 'single_class']],
  ] as const)('has no figures for %s, and says why', (_, counts, n, reasons) => {
    const rows = deals(Object.fromEntries(Object.entries(counts).map(([name, [s, f]]) => [name, [s, f]])));
    expect(assessCategory('industry', naiveCategoryCounts(rows, 0))).toMatchObject({
      n,
      chiSquare: null,
      p: null,
      cramersV: null,
      low: null,
      dyadic: { designEffect: null, effectiveN: null, low: null, high: null, p: null },
      verdict: 'too_few_deals',
      reasons,
    });
  });

  it('has no figures for one category of many deals', () => {
    expect(assess(deals({ a: [20, 20] }))).toMatchObject({
      p: null,
      verdict: 'no_evidence',
      reasons: ['single_category'],
    });
  });

  it('says where counts are too small for the test, and that deals are too few for a verdict', () => {
    expect(assess(deals({ a: [30, 20], b: [3, 3] }))).toMatchObject({
      verdict: 'no_evidence',
      reasons: ['interval_contains_zero', 'small_expected_counts'],
    });
    expect(assess(deals({ a: [9, 3], b: [3, 9] }))).toMatchObject({
      verdict: 'too_few_deals',
      reasons: ['fewer_than_30_deals'],
    });
  });

  it('does not say predicts where the corrected test of two categories finds nothing', () => {
    // scipy.stats: chi2_contingency with Yates' correction, and the interval from the chi-square without it
    const found = assess(deals({ a: [7, 13], b: [8, 2] }));
    expect(found).toMatchObject({ verdict: 'no_evidence', reasons: ['corrected_p_not_below_0_05'] });
    expect(found.p).toBeCloseTo(0.052807511416113395, 9);
    expect(found.low).toBeCloseTo(0.050625279266279875, 6);
    expect(assess(deals({ a: [7, 14], b: [9, 2] }))).toMatchObject({
      verdict: 'predicts',
      reasons: ['interval_above_zero'],
    });
  });

  it('nor where it finds something only if the deals of an entity count as independent', () => {
    const rows = deals({ a: [5, 10], b: [12, 4] }).map((deal) =>
      ['b a0', 'b a1', 'b a2'].includes(deal.entity1Id) ? { ...deal, entity1Id: 'one brand' } : deal,
    );
    const found = assess(rows);
    expect(found).toMatchObject({ verdict: 'no_evidence', reasons: ['shared_entities'] });
    expect(found.dyadic.low).toBeGreaterThan(0);
    expect(found.p).toBeLessThan(0.05);
    expect(found.dyadic.p).toBeGreaterThan(0.05);
  });

  it('ignores a category without deals', () => {
    const counts = naiveCategoryCounts(deals({ a: [20, 10], b: [10, 20] }));
    const nothing = { pp: 0n, pn: 0n, nn: 0n };
    const empty = { category: 'c', pooled: 0, successes: 0, failures: 0, byEntity: nothing, byPair: nothing };
    expect(assessCategory('tier', [...counts, empty])).toEqual(assessCategory('tier', counts));
  });
});

describe('the tests of categories', () => {
  it('join the family with the p-value of dependent deals', () => {
    const assessment = assess(deals({ fashion: [30, 10], music: [20, 20], sports: [10, 30] }));
    expect(categoryTests([assessment])).toEqual([{ id: 'category:industry', p: assessment.dyadic.p }]);
    const [adjusted] = withAdjustedTests([assessment], new Map([['category:industry', 0.25]]));
    expect(adjusted).toEqual({ ...assessment, pAdjusted: 0.25 });
    expect(withAdjustedTests([assessment], new Map())).toEqual([assessment]);
  });
});

describe('categories.yaml', () => {
  it('declares type, industry and tier', () => {
    const shipped = readFileSync(new URL('../definitions/categories.yaml', import.meta.url), 'utf8');
    expect(parseCategories(shipped)).toEqual(['partnership_type', 'industry', 'tier']);
  });

  it.each(['categories: [colour]', 'categories: [tier, tier]', 'categories: tier', '[', 'others: []'])(
    'is refused as %s',
    (text) => {
      expect(() => parseCategories(text)).toThrow(AppError);
    },
  );
});
