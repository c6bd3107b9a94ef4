import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { golden, goldenColumn } from '../__fixtures__/golden.js';
import { spearman } from './spearman.js';

const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 })), {
  maxLength: 40,
});

describe('spearman', () => {
  it.each(golden.names)('agrees with scipy and Bonett-Wright for %s', (name) => {
    const expected = golden.univariate[name]!;
    const result = spearman(goldenColumn(name), golden.success_score);
    if (result.status !== 'ok') throw new Error(result.status);
    expect(result.rho).toBeCloseTo(expected.spearman_score[0], 12);
    expect(result.low).toBeCloseTo(expected.spearman_ci_bonett_wright[0], 9);
    expect(result.high).toBeCloseTo(expected.spearman_ci_bonett_wright[1], 9);
  });

  it('agrees with scipy on ties, where the formula of squared differences does not', () => {
    expect(spearman([1, 2, 2, 3, 5, 5], [2, 1, 4, 4, 6, 5])).toMatchObject({
      status: 'ok',
      rho: expect.closeTo(0.8508410434878082, 12),
    });
    // scipy: -1/3; 1 - 6 sum d^2 / (n (n^2 - 1)) would say +0.2.
    expect(spearman([0, 0, 0, 1], [1, 0, 0, 0])).toMatchObject({ rho: expect.closeTo(-1 / 3, 12) });
  });

  it('changes sign with one side and ignores monotone maps', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const x = rows.map(([a]) => a);
        const y = rows.map(([, b]) => b);
        const result = spearman(x, y);
        expect(
          spearman(
            x.map((value) => value ** 3),
            y,
          ),
        ).toEqual(result);
        const mirrored = spearman(
          x.map((value) => -value),
          y,
        );
        expect(mirrored.status).toBe(result.status);
        if (result.status === 'undefined' || mirrored.status === 'undefined') return;
        expect(mirrored.rho).toBeCloseTo(-result.rho, 12);
      }),
    );
  });

  it('gives no interval at a perfect correlation, whatever rounding says', () => {
    const x = Array.from({ length: 101 }, (_, i) => i / 7);
    expect(spearman(x, x)).toEqual({ status: 'no_interval', rho: 1, low: null, high: null });
    expect(
      spearman(
        x,
        x.map((value) => -value),
      ),
    ).toEqual({ status: 'no_interval', rho: -1, low: null, high: null });
  });

  it('gives no interval for three rows and nothing for fewer than two or a constant', () => {
    expect(spearman([1, 2, 3], [1, 3, 2])).toMatchObject({ status: 'no_interval', rho: 0.5 });
    expect(spearman([], [])).toEqual({ status: 'undefined', reason: 'fewer_than_two_rows' });
    expect(spearman([1], [1])).toEqual({ status: 'undefined', reason: 'fewer_than_two_rows' });
    expect(spearman([0.1, 0.1, 0.1], [1, 2, 3])).toEqual({ status: 'undefined', reason: 'constant' });
    expect(spearman([1, 2, 3], [4, 4, 4])).toEqual({ status: 'undefined', reason: 'constant' });
  });
});
