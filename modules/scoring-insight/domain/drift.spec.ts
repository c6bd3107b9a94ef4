import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { naiveSumsByScore } from './__fixtures__/naive-sums.js';
import { plantedDeals } from './__fixtures__/planted-deals.js';
import { COMPONENTS, type OutcomeRow } from './components.js';
import { adjustDrift, assessDrift, changeOf, type Drift, driftTests, MAX_QUARTERS } from './drift.js';
import { nextQuarter, quartersBetween } from './drift-quarters.js';
import { assessScore } from './predictiveness.js';
import { falseDiscoveryRates } from './stats/false-discovery.js';

function drift(quarters: Record<string, readonly OutcomeRow[]>): Drift {
  const entries = Object.entries(quarters);
  const found = assessDrift(
    entries.map(([segment, rows]) => ({ segmentation: 'quarter', segment, sums: naiveSumsByScore(rows) })),
    entries.flatMap(([quarter, rows]) =>
      COMPONENTS.map((component) => ({
        quarter,
        component,
        counts: countsOf(rows.map(({ scores }) => Math.floor(scores[component]! * 100) / 100)),
      })),
    ),
  );
  return adjustDrift(found, falseDiscoveryRates(driftTests(found)));
}

function countsOf(values: readonly number[]): { value: number; n: number }[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, n]) => ({ value, n }));
}

const row = (deals: readonly OutcomeRow[]) => {
  const sums = naiveSumsByScore(deals).semantic!;
  return assessScore('semantic', sums, deals.length);
};

describe('assessDrift', () => {
  it('flags the quarter from which a component no longer foretells, and only that', () => {
    const found = drift({
      '2025-Q1': plantedDeals(250, { semantic: 6 }, 1),
      '2025-Q2': plantedDeals(250, { semantic: 6 }, 2),
      '2025-Q3': plantedDeals(250, { semantic: -3 }, 3),
    });
    expect(found.changes.filter(({ changed }) => changed)).toEqual([
      expect.objectContaining({ component: 'semantic', from: '2025-Q2', to: '2025-Q3' }),
    ]);
    const [change] = found.changes.filter(({ changed }) => changed);
    expect(change!.high!).toBeLessThan(0);
    expect(change!.difference!).toBeLessThan(-0.2);
    expect(found.baseline).toBe('2025-Q1');
    expect(
      found.quarters.flatMap(({ components }) => components.filter(({ shift }) => shift.shifted)),
    ).toEqual([]);
  });

  it('flags nothing where nothing changes', () => {
    for (const seed of [10, 20, 30, 40, 50]) {
      const found = drift({
        '2024-Q4': plantedDeals(150, { semantic: 3 }, seed),
        '2025-Q1': plantedDeals(150, { semantic: 3 }, seed + 1),
      });
      expect(found.changes).toHaveLength(5);
      expect(found.changes.filter(({ changed }) => changed)).toEqual([]);
    }
  });

  it('flags scores that are given otherwise than in the baseline quarter', () => {
    const higher = plantedDeals(200, {}, 5).map((deal) => ({
      ...deal,
      scores: { ...deal.scores, historical: Math.sqrt(deal.scores.historical!) },
    }));
    const found = drift({ '2025-Q1': plantedDeals(200, {}, 4), '2025-Q2': higher });
    const shifts = found.quarters[1]!.components.map(({ component, shift }) => [component, shift.shifted]);
    expect(Object.fromEntries(shifts)).toEqual({
      semantic: false,
      goal_alignment: false,
      cultural_momentum: false,
      historical: true,
      authenticity: false,
    });
    const historical = found.quarters[1]!.components[3]!.shift;
    expect(historical.psi!).toBeGreaterThan(historical.threshold!);
    // Chi-square with 4 degrees of freedom, 200 deals on either side.
    expect(historical.threshold!).toBeCloseTo(9.487729036781154 / 100, 12);
    expect(found.quarters[0]!.components[0]!.shift.reason).toBe('baseline');
  });

  it('has the quarters without deals between others, and nulls with a reason where they are too few', () => {
    const found = drift({
      '2024-Q4': plantedDeals(80, {}, 6),
      '2025-Q2': plantedDeals(29, {}, 7),
      '2025-Q3': plantedDeals(80, {}, 8),
    });
    expect(found.quarters.map(({ quarter, n, components }) => [quarter, n, components[0]!.reason])).toEqual([
      ['2024-Q4', 80, null],
      ['2025-Q1', 0, 'no_deals'],
      ['2025-Q2', 29, 'too_few_deals'],
      ['2025-Q3', 80, null],
    ]);
    expect(found.quarters[2]!.components[0]).toMatchObject({
      auc: null,
      shift: { psi: null, reason: 'too_few_deals' },
    });
    expect(found.changes.every(({ p, reason }) => p === null && reason === 'too_few_deals')).toBe(true);
    expect(found.changes).toHaveLength(15);
  });

  it('goes back so many quarters and no further, but keeps the baseline', () => {
    const deals = plantedDeals(40, {}, 9);
    const found = drift({ '2020-Q1': deals.slice(0, 5), '2020-Q2': deals, '2025-Q1': deals });
    expect(found.quarters).toHaveLength(MAX_QUARTERS);
    expect(found.quarters.at(-1)!.quarter).toBe('2025-Q1');
    expect(found.earlierQuarters).toBe(9);
    expect(found.baseline).toBe('2020-Q2');
    expect(found.quarters.at(-1)!.components[0]!.shift).toMatchObject({ psi: 0, shifted: false, n: 40 });
  });

  it('is null with a reason for constant scores, no deals and a single class', () => {
    const deals = plantedDeals(60, {}, 10);
    const constant = deals.map((deal) => ({ ...deal, scores: { ...deal.scores, semantic: 0.5 } }));
    const found = drift({ '2025-Q1': constant, '2025-Q2': deals });
    expect(found.quarters[0]!.components[0]).toMatchObject({ auc: null, reason: 'constant_component' });
    expect(found.quarters[1]!.components[0]!.shift.reason).toBe('constant_in_baseline');
    expect(found.changes[0]).toMatchObject({ p: null, changed: false, reason: 'no_variance' });
    const lost = drift({ '2025-Q1': deals.map((deal) => ({ ...deal, success: false })) });
    expect(lost.quarters[0]!.components[0]).toMatchObject({ auc: null, reason: 'too_few_deals' });
    expect(drift({})).toEqual({ baseline: null, quarters: [], changes: [], earlierQuarters: 0 });
    expect(drift({ '2025-Q1': deals.slice(0, 1) }).quarters[0]!.components[0]!.shift.reason).toBe(
      'no_baseline',
    );
  });
});

describe('changeOf', () => {
  it('is the difference of the logits over its standard error', () => {
    const [a, b] = [row(plantedDeals(100, { semantic: 4 }, 11)), row(plantedDeals(100, {}, 12))];
    const logit = (p: number) => Math.log(p / (1 - p));
    const found = changeOf(a, b);
    expect(found.difference).toBeCloseTo(b.auc! - a.auc!, 12);
    const error = Math.hypot(a.dyadic.standardError!, b.dyadic.standardError!);
    expect(found.z).toBeCloseTo((logit(b.auc!) - logit(a.auc!)) / error, 12);
    expect(found.low!).toBeLessThan(found.difference!);
    expect(found.high!).toBeGreaterThan(found.difference!);
  });

  it('turns its sign and keeps its p-value when the quarters are swapped', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5000 }),
        fc.double({ min: -4, max: 4, noNaN: true }),
        (seed, effect) => {
          const [a, b] = [
            row(plantedDeals(60, { semantic: effect }, seed)),
            row(plantedDeals(70, {}, seed + 1)),
          ];
          const [there, back] = [changeOf(a, b), changeOf(b, a)];
          fc.pre(there.difference !== null && back.difference !== null);
          expect(back.difference).toBeCloseTo(-there.difference!, 12);
          expect(back.z).toBeCloseTo(-there.z!, 12);
          expect(back.p).toBeCloseTo(there.p!, 12);
          expect([back.low, back.high]).toEqual([
            expect.closeTo(-there.high!, 10),
            expect.closeTo(-there.low!, 10),
          ]);
        },
      ),
      { numRuns: 20 },
    );
  });
});

it('counts quarters across years', () => {
  expect(nextQuarter('2025-Q3')).toBe('2025-Q4');
  expect(nextQuarter('2025-Q4')).toBe('2026-Q1');
  expect(quartersBetween(['2025-Q2', '2024-Q4', '2024-Q4'])).toEqual(['2024-Q4', '2025-Q1', '2025-Q2']);
  expect(quartersBetween([])).toEqual([]);
});
