import { describe, expect, it } from '@jest/globals';
import ttest2 from '@stdlib/stats-ttest2';
import fc from 'fast-check';
import { golden, goldenColumn, goldenLabels } from '../__fixtures__/golden.js';
import { groupSums, naiveSums } from '../__fixtures__/naive-sums.js';
import { hedgesG, smallSampleCorrection } from './effect-size.js';
import { mannWhitneyTest } from './mann-whitney.js';
import { type WelchTest, welchTest } from './welch.js';

/** Golden values in hundredths. */
function goldenGroups(name: string): [number[], number[]] {
  const column = goldenColumn(name).map((value) => Math.round(value * 100));
  return [column.filter((_, i) => goldenLabels[i]), column.filter((_, i) => !goldenLabels[i])];
}

const welch = (first: number[], second: number[], unit = 1): WelchTest =>
  welchTest(groupSums(first), groupSums(second), unit);

const mannWhitney = (first: number[], second: number[]) => {
  const row = { y: null, entity1: 'a', entity2: 'b' };
  const sums = naiveSums([
    ...first.map((x) => ({ ...row, x, success: true })),
    ...second.map((x) => ({ ...row, x, success: false })),
  ]);
  return mannWhitneyTest(first.length, second.length, sums.doubledU, sums.ties);
};

const aGroup = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 25 });

describe('welchTest', () => {
  it.each(golden.names)('agrees with scipy for %s', (name) => {
    const expected = golden.univariate[name]!.welch;
    const found = welch(...goldenGroups(name), 0.01);
    expect(found.reason).toBeNull();
    expect(found.t).toBeCloseTo(expected.t, 9);
    expect(found.df).toBeCloseTo(expected.df, 9);
    expect(found.p! / expected.p).toBeCloseTo(1, 9);
    expect(found.low).toBeCloseTo(expected.ci[0], 9);
    expect(found.high).toBeCloseTo(expected.ci[1], 9);
  });

  it('agrees with stdlib on random groups', () => {
    fc.assert(
      fc.property(aGroup, aGroup, (first, second) => {
        const found = welch(first, second);
        if (found.reason !== null) return;
        const expected = ttest2(first, second, { variance: 'unequal' });
        expect(found.t).toBeCloseTo(expected.statistic, 9);
        expect(found.p).toBeCloseTo(expected.pValue, 9);
        expect(found.low).toBeCloseTo(expected.ci[0]!, 9);
      }),
    );
  });

  it('works with one constant group, and says so where both are constant or too small', () => {
    expect(welch([1, 2, 3], [2, 2])).toMatchObject({ difference: 0, t: 0, df: 2, p: 1 });
    const none = { low: null, high: null, t: null, df: null, p: null };
    expect(welch([3, 3], [2, 2])).toEqual({ ...none, difference: 1, reason: 'constant' });
    for (const small of [[], [1]])
      expect(welch(small, [1, 2])).toEqual({
        ...none,
        difference: null,
        reason: 'fewer_than_two_per_group',
      });
  });
});

describe('hedgesG', () => {
  it.each(golden.names)('is the golden value for %s, in an interval around it', (name) => {
    const [first, second] = goldenGroups(name);
    const { g, low, high } = hedgesG(groupSums(first), groupSums(second));
    expect(g).toBeCloseTo(golden.univariate[name]!.hedges_g_exactJ, 9);
    // Hedges & Olkin: se^2 = (n1 + n0)/(n1 n0) + g^2 / (2 (n1 + n0)), by hand for 17 and 63.
    const se = Math.sqrt(80 / (17 * 63) + g! ** 2 / 160);
    expect(high! - low!).toBeCloseTo(2 * 1.959963984540054 * se, 9);
    expect((high! + low!) / 2).toBeCloseTo(g!, 12);
  });

  // Python's math.gamma: gamma(df/2) / (sqrt(df/2) gamma((df - 1)/2)).
  it.each([
    [2, 0.5641895835477563],
    [3, 0.7236012545582677],
    [10, 0.9227456080530874],
    [78, 0.9903485130532647],
  ])('corrects %d degrees of freedom by %d', (df, expected) => {
    expect(smallSampleCorrection(df)).toBeCloseTo(expected, 10);
  });

  it('needs no correction for a million deals', () => {
    expect(smallSampleCorrection(1_000_000)).toBeCloseTo(1 - 3 / (4 * 1_000_000 - 1), 11);
  });

  it('is null with a reason for constants and single rows', () => {
    const none = { g: null, low: null, high: null };
    expect(hedgesG(groupSums([3, 3]), groupSums([2, 2]))).toEqual({ ...none, reason: 'constant' });
    expect(hedgesG(groupSums([3]), groupSums([2, 2]))).toEqual({
      ...none,
      reason: 'fewer_than_two_per_group',
    });
  });
});

describe('mannWhitneyTest', () => {
  it.each(golden.names)('agrees with scipy for %s', (name) => {
    const expected = golden.univariate[name]!.mwu_asymp_cc;
    const found = mannWhitney(...goldenGroups(name));
    expect(found).toMatchObject({ u: expected.U, method: 'asymptotic' });
    expect(found.p! / expected.p).toBeCloseTo(1, 9);
  });

  it('counts the orders of few untied rows', () => {
    // 3 against 3 apart: 2 of the 20 orders are as extreme.
    expect(mannWhitney([4, 5, 6], [1, 2, 3])).toEqual({ u: 9, p: 0.1, method: 'exact', reason: null });
    expect(mannWhitney([1], [2])).toEqual({ u: 0, p: 1, method: 'exact', reason: null });
  });

  it('has the exact distribution that listing every order gives', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { minLength: 4, maxLength: 9 }),
        (values) => {
          const [first, second] = [values.slice(0, 2), values.slice(2)];
          const wins = (chosen: number[]): number =>
            chosen.reduce((total, x) => total + values.filter((y) => !chosen.includes(y) && x > y).length, 0);
          const u = wins(first);
          const extreme = Math.min(u, 2 * second.length - u);
          const orders = values.flatMap((a, i) => values.slice(i + 1).map((b) => wins([a, b])));
          const share = orders.filter((each) => each <= extreme).length / orders.length;
          expect(mannWhitney(first, second).p).toBeCloseTo(Math.min(1, 2 * share), 12);
        },
      ),
    );
  });

  it('is one where everything is tied, and nothing without a group', () => {
    expect(mannWhitney([1, 1], [1])).toEqual({ u: 1, p: 1, method: 'asymptotic', reason: null });
    expect(mannWhitney([], [1])).toEqual({ u: null, p: null, method: null, reason: 'empty_group' });
  });
});
