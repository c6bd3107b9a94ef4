import { describe, expect, it } from '@jest/globals';
import { resampledMean } from './resampled.js';

describe('resampledMean', () => {
  it('is wider than the spread of overlapping splits alone', () => {
    // S^2 of 1, 2, 3, 4 is 5/3; t(0.975, 3) = 3.182446305284263; half = t sqrt((1/4 + 1/9) 5/3).
    const half = 3.182446305284263 * Math.sqrt((1 / 4 + 1 / 9) * (5 / 3));
    const found = resampledMean([1, 2, 3, 4], 1 / 9);
    expect(found?.mean).toBe(2.5);
    expect(found?.low).toBeCloseTo(2.5 - half, 9);
    expect(found?.high).toBeCloseTo(2.5 + half, 9);
  });

  it('is a point where all splits agree, and nothing below two of them', () => {
    expect(resampledMean([0.5, 0.5, 0.5], 1)).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
    expect(resampledMean([0.5], 1)).toBeNull();
    expect(resampledMean([], 1)).toBeNull();
  });
});
