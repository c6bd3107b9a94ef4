import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { golden } from '../__fixtures__/golden.js';
import { hazenPercentile, hazenQuantile, topPercent } from './hazen.js';

const ascending = (values: number[]): number[] => [...values].sort((a, b) => a - b);
const sample = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 60 }).map(ascending);

describe('hazenPercentile', () => {
  it('agrees with scipy percentileofscore(kind="mean")', () => {
    const { x, hazen_midrank } = golden.percentiles;
    x.forEach((value, i) => expect(hazenPercentile(x, value)).toBeCloseTo(100 * hazen_midrank[i]!, 9));
  });

  it('equals the counting definition, flipped where low is better', () => {
    fc.assert(
      fc.property(sample, (values) => {
        for (const value of values) {
          const below = values.filter((other) => other < value).length;
          const above = values.filter((other) => other > value).length;
          const equal = values.length - below - above;
          expect(hazenPercentile(values, value)).toBeCloseTo((100 * (below + equal / 2)) / values.length, 9);
          expect(hazenPercentile(values, value, true)).toBeCloseTo(
            (100 * (above + equal / 2)) / values.length,
            9,
          );
        }
      }),
    );
  });

  it('averages to 50 over the members and never reaches 0 or 100', () => {
    fc.assert(
      fc.property(sample, (values) => {
        const percentiles = values.map((value) => hazenPercentile(values, value));
        expect(percentiles.reduce((a, b) => a + b, 0) / values.length).toBeCloseTo(50, 9);
        expect(Math.min(...percentiles)).toBeGreaterThan(0);
        expect(Math.max(...percentiles)).toBeLessThan(100);
      }),
    );
  });

  it('hits a threshold exactly', () => {
    expect(hazenPercentile([1, 2, 3, 4, 5], 5)).toBe(90);
    expect(hazenPercentile([1, 2, 3, 4, 5], 1, true)).toBe(90);
    expect(hazenPercentile([7], 7)).toBe(50);
  });

  it('places a value that is not a member between its neighbours', () => {
    expect(hazenPercentile([1, 2, 3, 4], 2.5)).toBe(50);
    expect(hazenPercentile([1, 2, 3, 4], 9)).toBe(100);
  });
});

describe('hazenQuantile', () => {
  it('agrees with numpy quantile(method="hazen")', () => {
    const values = ascending([3, 1, 4, 1, 5, 9, 2, 6]);
    expect(hazenQuantile(values, 0.25)).toBeCloseTo(1.5, 12);
    expect(hazenQuantile(values, 0.5)).toBeCloseTo(3.5, 12);
    expect(hazenQuantile(values, 0.75)).toBeCloseTo(5.5, 12);
    expect(hazenQuantile(values, 0.9)).toBeCloseTo(8.1, 12);
  });

  it('inverts the percentile of every member of a sample without ties', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -999, max: 999 }), { minLength: 1 }), (values) => {
        const sorted = ascending(values);
        for (const value of sorted) {
          expect(hazenQuantile(sorted, hazenPercentile(sorted, value) / 100)).toBeCloseTo(value, 6);
        }
      }),
    );
  });

  it('stays within the sample', () => {
    expect(hazenQuantile([2], 0.25)).toBe(2);
    expect(hazenQuantile([2, 4], 0)).toBe(2);
    expect(hazenQuantile([2, 4], 1)).toBe(4);
  });
});

describe('topPercent', () => {
  it('makes "in the top q%" literally true: (G + E) / n <= q / 100, and no smaller q', () => {
    fc.assert(
      fc.property(sample, fc.boolean(), (values, lowerIsBetter) => {
        for (const value of values) {
          const asGood = values.filter((other) => (lowerIsBetter ? other <= value : other >= value)).length;
          expect(topPercent(values, value, lowerIsBetter)).toBeCloseTo((100 * asGood) / values.length, 9);
        }
      }),
    );
    // Percentile 90, and yet not in the top 10%.
    const fifteen = Array.from({ length: 15 }, (_, i) => i);
    expect(hazenPercentile(fifteen, 13)).toBe(90);
    expect(topPercent(fifteen, 13)).toBeCloseTo(13.333333333, 9);
  });
});
