import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binCounts, cutPoints, populationStability } from './population-stability.js';

const counts = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 2, maxLength: 5 });

describe('cutPoints', () => {
  it('are the quintiles of the baseline', () => {
    const even = Array.from({ length: 10 }, (_, value) => ({ value, n: 3 }));
    expect(cutPoints(even.toReversed())).toEqual([1, 3, 5, 7]);
    expect(binCounts(even, cutPoints(even))).toEqual([6, 6, 6, 6, 6]);
  });

  it('merge where values are tied, down to none for a constant', () => {
    expect(
      cutPoints([
        { value: 1, n: 90 },
        { value: 2, n: 5 },
        { value: 3, n: 5 },
      ]),
    ).toEqual([1]);
    expect(
      cutPoints([
        { value: 1, n: 5 },
        { value: 2, n: 90 },
        { value: 3, n: 5 },
      ]),
    ).toEqual([2]);
    expect(cutPoints([{ value: 7, n: 100 }])).toEqual([]);
    expect(cutPoints([])).toEqual([]);
  });

  it('give bins that hold every row, none of them empty in the baseline, whatever is tied', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.record({ value: fc.integer({ min: 0, max: 100 }), n: fc.integer({ min: 1, max: 40 }) }),
          {
            selector: ({ value }) => value,
            minLength: 1,
          },
        ),
        (baseline) => {
          const bins = binCounts(baseline, cutPoints(baseline));
          expect(bins.length).toBeLessThanOrEqual(5);
          expect(Math.min(...bins)).toBeGreaterThan(0);
          expect(bins.reduce((a, b) => a + b)).toBe(baseline.reduce((total, { n }) => total + n, 0));
        },
      ),
    );
  });

  it('let the outer bins take what lies beyond the baseline', () => {
    expect(
      binCounts(
        [
          { value: -5, n: 2 },
          { value: 99, n: 3 },
        ],
        [1, 3],
      ),
    ).toEqual([2, 0, 3]);
  });
});

describe('populationStability', () => {
  it('is the index, threshold and p-value that numpy and scipy give', () => {
    const found = populationStability([20, 20, 20, 20, 20], [10, 15, 20, 25, 60]);
    expect(found?.psi).toBeCloseTo(0.3800558661466238, 12);
    expect(found?.threshold).toBeCloseTo(0.1678598214199743, 12);
    expect(found?.p).toBeCloseTo(0.00025413446682848374, 12);
    expect(found?.bins).toBe(5);
  });

  it('is finite where a bin is empty', () => {
    const found = populationStability([30, 0], [0, 50]);
    expect(found?.psi).toBeCloseTo(8.499703571639746, 11);
    expect(found?.threshold).toBeCloseTo(0.20487780377035328, 12);
    expect(found!.p / 1.5538865974689205e-36).toBeCloseTo(1, 9);
  });

  it('is 0 for equal distributions, and the same from either side', () => {
    fc.assert(
      fc.property(counts, counts, (one, other) => {
        fc.pre(one.some((n) => n > 0) && other.some((n) => n > 0));
        expect(populationStability(one, one)).toMatchObject({ psi: 0, p: 1 });
        fc.pre(one.length === other.length);
        const [there, back] = [populationStability(one, other)!, populationStability(other, one)!];
        expect(there.psi).toBeCloseTo(back.psi, 12);
        expect(there.psi).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('is undefined without rows or with a single bin', () => {
    expect(populationStability([0, 0], [1, 1])).toBeNull();
    expect(populationStability([1, 1], [0, 0])).toBeNull();
    expect(populationStability([5], [7])).toBeNull();
  });
});
