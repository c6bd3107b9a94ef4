import { describe, expect, it } from '@jest/globals';
import { golden, goldenColumn, goldenLabels } from '../__fixtures__/golden.js';
import { pairedAuc } from './paired-auc.js';

// Added up from left to right, as the reference does: another order breaks ties in the last bit.
const equalWeights = golden.X.map((row) => row.reduce((a, b) => a + b) / row.length);
const semantic = goldenColumn('semantic');

describe('pairedAuc', () => {
  it('agrees with the reference on two scores of the same deals', () => {
    const { auc1, auc2, z, p } = golden.delong_paired;
    const result = pairedAuc(equalWeights, semantic, goldenLabels)!;
    expect(result.first).toBeCloseTo(auc1, 9);
    expect(result.second).toBeCloseTo(auc2, 9);
    expect(result.difference).toBeCloseTo(auc1 - auc2, 9);
    expect(result.z).toBeCloseTo(z, 9);
    expect(result.p).toBeCloseTo(p, 9);
    expect((result.low! + result.high!) / 2).toBeCloseTo(result.difference, 9);
    expect(result.high! - result.difference).toBeCloseTo((1.959963984540054 * result.difference) / z, 9);
  });

  it('turns round with its arguments', () => {
    const there = pairedAuc(equalWeights, semantic, goldenLabels)!;
    const back = pairedAuc(semantic, equalWeights, goldenLabels)!;
    expect(back.z).toBeCloseTo(-there.z!, 9);
    expect(back.p).toBeCloseTo(there.p!, 9);
  });

  it('has a difference of exactly zero, without a test, for scores of the same order', () => {
    const stretched = semantic.map((value) => 100 * value ** 3);
    expect(pairedAuc(semantic, stretched, goldenLabels)).toMatchObject({
      difference: 0,
      low: 0,
      high: 0,
      z: null,
      p: null,
      reason: null,
    });
  });

  it('has no interval, with a reason, for a difference that seems to have no error', () => {
    expect(pairedAuc([1, 2, 3, 4], [0, 0, 0, 0], [false, false, true, true])).toEqual({
      first: 1,
      second: 0.5,
      difference: 0.5,
      low: null,
      high: null,
      z: null,
      p: null,
      reason: 'no_variance',
    });
  });

  it('keeps the error of a difference that one pair of very many rows makes', () => {
    // Two rows of 20,000 change places: one pair of 100 million in the area, a variance of 2e-16.
    const positive = Array.from({ length: 20_000 }, (_, at) => at % 2 === 0);
    const first = positive.map((_, at) => at);
    const second = first.map((_, at) => (at === 0 ? 1 : at === 1 ? 0 : at));
    const found = pairedAuc(first, second, positive)!;
    expect(found.difference).toBeCloseTo(-1e-8, 15);
    // One row of each class has another placement, by c = 1e-4: the difference is -c / 1e4, its variance 2 (c / 1e4)^2.
    expect(found.z).toBeCloseTo(-Math.SQRT1_2, 9);
    expect(found.low!).toBeLessThan(0);
    expect(found.high!).toBeGreaterThan(0);
  });

  it('has no interval with one row in a class, and is undefined without a class', () => {
    const labels = [true, false, false];
    expect(pairedAuc([3, 1, 2], [1, 2, 3], labels)).toEqual({
      first: 1,
      second: 0,
      difference: 1,
      low: null,
      high: null,
      z: null,
      p: null,
      reason: 'single_row_in_class',
    });
    expect(pairedAuc([1, 2], [2, 1], [true, true])).toBeNull();
    expect(pairedAuc([], [], [])).toBeNull();
  });
});
