import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { golden } from '../__fixtures__/golden.js';
import { wilsonInterval } from './wilson.js';

describe('wilsonInterval', () => {
  it.each(Object.entries(golden.wilson))('agrees with statsmodels for %s', (fraction, [low, high]) => {
    const [successes, n] = fraction.split('/').map(Number);
    const interval = wilsonInterval(successes!, n!)!;
    expect(interval.low).toBeCloseTo(low, 9);
    expect(interval.high).toBeCloseTo(high, 9);
  });

  it('reaches 0 and 1 exactly, and stays within them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), (n, k) => {
        const successes = Math.min(k, n);
        const { low, high } = wilsonInterval(successes, n)!;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low === 0).toBe(successes === 0);
        expect(high === 1).toBe(successes === n);
        const mirrored = wilsonInterval(n - successes, n)!;
        expect(mirrored.low).toBeCloseTo(1 - high, 12);
      }),
    );
  });

  it('is undefined without trials', () => {
    expect(wilsonInterval(0, 0)).toBeNull();
  });
});
