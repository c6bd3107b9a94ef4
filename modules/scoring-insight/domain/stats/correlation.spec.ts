import { describe, expect, it } from '@jest/globals';
import pcorrtest from '@stdlib/stats-pcorrtest';
import fc from 'fast-check';
import { golden, goldenColumn, goldenLabels } from '../__fixtures__/golden.js';
import { pairSums } from '../__fixtures__/naive-sums.js';
import { type Correlation, pearson, spearman } from './correlation.js';
import { midRanks } from './ranks.js';

/** Golden values have at most two decimals. */
const whole = (values: readonly number[]): number[] => values.map((value) => Math.round(value * 100));
const ofValues = (x: readonly number[], y: readonly number[]): Correlation =>
  pearson(pairSums(whole(x), whole(y)));
const ofRanks = (x: readonly number[], y: readonly number[]): Correlation =>
  spearman(
    pairSums(
      midRanks(x).map((rank) => 2 * rank),
      midRanks(y).map((rank) => 2 * rank),
    ),
  );

const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 })), {
  maxLength: 40,
});

describe('pearson', () => {
  it.each(golden.names)('agrees with scipy for %s, with the score and with the label', (name) => {
    const withLabel = goldenLabels.map(Number);
    for (const [y, expected] of [
      [golden.success_score, golden.univariate[name]!.pearson_score],
      [withLabel, golden.univariate[name]!.point_biserial],
    ] as const) {
      const [r, p, low, high] = expected;
      const found = ofValues(goldenColumn(name), y);
      expect(found.reason).toBeNull();
      expect(found.r).toBeCloseTo(r, 12);
      expect(found.p! / p).toBeCloseTo(1, 9);
      expect(found.low).toBeCloseTo(low, 9);
      expect(found.high).toBeCloseTo(high, 9);
    }
  });

  it('agrees with stdlib on random rows', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const [x, y] = [rows.map(([a]) => a), rows.map(([, b]) => b)];
        const found = ofValues(x, y);
        if (found.reason !== null) return;
        const expected = pcorrtest(x, y);
        expect(found.r).toBeCloseTo(expected.pcorr, 9);
        expect(found.p).toBeCloseTo(expected.pValue, 9);
        expect(found.low).toBeCloseTo(expected.ci[0]!, 9);
        expect(found.high).toBeCloseTo(expected.ci[1]!, 9);
      }),
    );
  });

  it('keeps tails that one minus a probability would lose', () => {
    const x = Array.from({ length: 2000 }, (_, i) => i);
    const found = ofValues(
      x,
      x.map((value) => value + (value % 7)),
    );
    expect(found.r).toBeLessThan(1);
    expect(found.p).toBeGreaterThanOrEqual(0);
    expect(found.p).toBeLessThan(1e-300);
  });

  it.each([
    { x: [], y: [], r: null, p: null, reason: 'fewer_than_two_rows' },
    { x: [1], y: [1], r: null, p: null, reason: 'fewer_than_two_rows' },
    { x: [0.1, 0.1, 0.1], y: [1, 2, 3], r: null, p: null, reason: 'constant_x' },
    { x: [1, 2, 3], y: [4, 4, 4], r: null, p: null, reason: 'constant_y' },
    { x: [1, 2], y: [4, 3], r: -1, p: null, reason: 'perfect_correlation' },
    { x: [1, 2, 3, 4], y: [2, 4, 6, 8], r: 1, p: 0, reason: 'perfect_correlation' },
  ])('of $x and $y says $reason', ({ x, y, r, p, reason }) => {
    expect(ofValues(x, y)).toEqual({ n: x.length, r, low: null, high: null, p, reason });
  });

  it('has a p-value but no interval for three rows', () => {
    const found = ofValues([1, 2, 3], [1, 3, 2]);
    expect(found).toMatchObject({ low: null, high: null, reason: 'fewer_than_four_rows' });
    expect(found.r).toBeCloseTo(0.5, 12);
    expect(found.p).toBeCloseTo(2 / 3, 9);
  });
});

describe('spearman', () => {
  it.each(golden.names)('agrees with scipy and Bonett-Wright for %s', (name) => {
    const expected = golden.univariate[name]!;
    const found = ofRanks(goldenColumn(name), golden.success_score);
    expect(found.r).toBeCloseTo(expected.spearman_score[0], 12);
    expect(found.p! / expected.spearman_score[1]).toBeCloseTo(1, 9);
    expect(found.low).toBeCloseTo(expected.spearman_ci_bonett_wright[0], 9);
    expect(found.high).toBeCloseTo(expected.spearman_ci_bonett_wright[1], 9);
  });

  it('agrees with scipy on ties, where the formula of squared differences does not', () => {
    expect(ofRanks([1, 2, 2, 3, 5, 5], [2, 1, 4, 4, 6, 5]).r).toBeCloseTo(0.8508410434878082, 12);
    // scipy: -1/3; 1 - 6 sum d^2 / (n (n^2 - 1)) would say +0.2.
    expect(ofRanks([0, 0, 0, 1], [1, 0, 0, 0]).r).toBeCloseTo(-1 / 3, 12);
  });

  it('changes sign with one side and ignores monotone maps', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const [x, y] = [rows.map(([a]) => a), rows.map(([, b]) => b)];
        const found = ofRanks(x, y);
        const cubes = x.map((value) => value ** 3);
        expect(ofRanks(cubes, y)).toEqual(found);
        const mirrored = x.map((value) => -value);
        expect(ofRanks(mirrored, y).reason).toBe(found.reason);
        if (found.r !== null) expect(ofRanks(mirrored, y).r).toBeCloseTo(-found.r, 12);
      }),
    );
  });

  it('gives no interval at a perfect correlation, whatever rounding says', () => {
    const x = Array.from({ length: 101 }, (_, i) => i / 7);
    const mirrored = x.map((value) => -value);
    const perfect = { n: 101, low: null, high: null, p: 0, reason: 'perfect_correlation' };
    expect(ofRanks(x, x)).toEqual({ ...perfect, r: 1 });
    expect(ofRanks(x, mirrored)).toEqual({ ...perfect, r: -1 });
  });
});
