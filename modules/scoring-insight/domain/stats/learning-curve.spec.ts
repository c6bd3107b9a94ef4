import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fitLearningCurve, gainOf } from './learning-curve.js';

const SIZES = [50, 100, 200, 400, 800, 1600];

describe('fitLearningCurve', () => {
  it('finds the curve again that the points lie on', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 0.95, noNaN: true }),
        fc.double({ min: 0.2, max: 2, noNaN: true }),
        fc.double({ min: 0.15, max: 1.5, noNaN: true }),
        (ceiling, reach, rate) => {
          const curve = fitLearningCurve(SIZES.map((n) => ({ n, value: ceiling - reach * n ** -rate })));
          expect(curve?.rate).toBeCloseTo(rate, 5);
          expect(curve?.ceiling).toBeCloseTo(ceiling, 5);
          expect(gainOf(curve!, 1600, 100)).toBeCloseTo(reach * (1600 ** -rate - 1700 ** -rate), 7);
        },
      ),
    );
  });

  it.each([
    ['that is flat', SIZES.map((n) => ({ n, value: 0.7 }))],
    ['that falls', SIZES.map((n, at) => ({ n, value: 0.7 - 0.01 * at }))],
    ['of three points', SIZES.slice(0, 3).map((n, at) => ({ n, value: 0.6 + 0.1 * at }))],
    ['of none', []],
    ['of one size only', SIZES.map(() => ({ n: 50, value: 0.6 }))],
  ])('has none for a series %s', (_, points) => {
    expect(fitLearningCurve(points)).toBeNull();
  });
});
