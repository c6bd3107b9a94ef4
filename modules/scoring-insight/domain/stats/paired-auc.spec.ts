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
    });
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
    });
    expect(pairedAuc([1, 2], [2, 1], [true, true])).toBeNull();
    expect(pairedAuc([], [], [])).toBeNull();
  });
});
