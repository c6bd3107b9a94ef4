import { describe, expect, it } from '@jest/globals';
import { golden } from '../__fixtures__/golden.js';
import { farthest, goldenColumns } from '../__fixtures__/golden-design.js';
import { collinearity } from './vif.js';

describe('collinearity', () => {
  it('agrees with statsmodels on the variance inflation of six components', () => {
    const { vif, aliases } = collinearity(goldenColumns);
    expect(aliases).toEqual([]);
    expect(
      farthest(
        vif.map((each) => each ?? NaN),
        golden.vif,
      ),
    ).toBeLessThan(1e-9);
  });

  it('is 1 for a single column and for columns at right angles', () => {
    expect(collinearity([[1, 2, 3]]).vif).toEqual([1]);
    const { vif } = collinearity([
      [1, 1, -1, -1],
      [1, -1, 1, -1],
    ]);
    expect(vif[0]).toBeCloseTo(1, 12);
    expect(vif[1]).toBeCloseTo(1, 12);
  });

  it('names the columns that an alias is made of, and keeps the factors of the others', () => {
    const [a, b, c] = [goldenColumns[0]!, goldenColumns[2]!, goldenColumns[3]!];
    const sum = a.map((value, i) => value - 2 * c[i]! + 5);
    const { vif, aliases } = collinearity([a, b, c, sum]);
    expect(aliases).toEqual([{ column: 3, of: [0, 2] }]);
    expect([vif[0], vif[2], vif[3]]).toEqual([null, null, null]);
    expect(vif[1]).toBeCloseTo(collinearity([a, b, c]).vif[1]!, 9);
  });

  it('names a copy of a column', () => {
    const a = goldenColumns[0]!;
    expect(collinearity([a, a])).toMatchObject({ vif: [null, null], aliases: [{ column: 1, of: [0] }] });
  });

  it('has nothing to say about no columns', () => {
    expect(collinearity([])).toEqual({ vif: [], aliases: [], correlation: [] });
  });
});
