import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { heterogeneity } from './heterogeneity.js';

const anEstimate = fc.record({
  value: fc.double({ min: -3, max: 3, noNaN: true }),
  variance: fc.double({ min: 0.01, max: 2, noNaN: true }),
});

describe('heterogeneity', () => {
  it("is Cochran's Q with the p-value that scipy gives", () => {
    const found = heterogeneity([
      { value: 0.4, variance: 0.04 },
      { value: 0.1, variance: 0.09 },
      { value: -0.3, variance: 0.0625 },
      { value: 0.8, variance: 0.16 },
    ]);
    expect(found?.mean).toBeCloseTo(0.1938124702522608, 12);
    expect(found?.variance).toBeCloseTo(0.017134697762970014, 12);
    expect(found?.q).toBeCloseTo(7.358876725368873, 11);
    expect(found?.df).toBe(3);
    expect(found?.p).toBeCloseTo(0.06129756736898575, 11);
    expect(found?.iSquared).toBeCloseTo(0.5923290860875753, 12);
  });

  it('is undefined for no group and for one', () => {
    expect(heterogeneity([])).toBeNull();
    expect(heterogeneity([{ value: 1, variance: 1 }])).toBeNull();
  });

  it('has a Q of 0 where all groups agree, and the mean in between', () => {
    fc.assert(
      fc.property(anEstimate, fc.integer({ min: 2, max: 9 }), (estimate, groups) => {
        const found = heterogeneity(Array.from({ length: groups }, () => estimate))!;
        expect(found.q).toBeCloseTo(0, 9);
        expect(found.iSquared).toBe(0);
        expect(found.p).toBeCloseTo(1, 4);
        expect(found.mean).toBeCloseTo(estimate.value, 9);
        expect(found.variance).toBeCloseTo(estimate.variance / groups, 9);
      }),
    );
  });

  it('does not depend on the order, nor on what is added to all', () => {
    fc.assert(
      fc.property(fc.array(anEstimate, { minLength: 2, maxLength: 8 }), (estimates) => {
        const found = heterogeneity(estimates)!;
        const moved = heterogeneity(estimates.map((e) => ({ ...e, value: e.value + 1 })).toReversed())!;
        expect(moved.q).toBeCloseTo(found.q, 6);
        expect(moved.mean).toBeCloseTo(found.mean + 1, 9);
        expect(found.iSquared).toBeLessThan(1);
      }),
    );
  });
});
