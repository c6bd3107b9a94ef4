import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countQuantile, poissonBinomial } from './poisson-binomial.js';

const chance = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, 0.5));
const sum = (values: Iterable<number>) => [...values].reduce((total, each) => total + each, 0);

describe('poissonBinomial', () => {
  it('is the known distribution of three unequal trials', () => {
    const pmf = poissonBinomial([0.2, 0.5, 0.9]);
    [0.04, 0.41, 0.46, 0.09].forEach((expected, k) => expect(pmf[k]).toBeCloseTo(expected, 14));
  });

  it('is the binomial of equal trials', () => {
    const pmf = poissonBinomial(new Array<number>(6).fill(0.25));
    const choose = [1, 6, 15, 20, 15, 6, 1];
    choose.forEach((c, k) => expect(pmf[k]).toBeCloseTo(c * 0.25 ** k * 0.75 ** (6 - k), 14));
  });

  it('has an answer for no trial, one, and trials that are certain', () => {
    expect([...poissonBinomial([])]).toEqual([1]);
    expect([...poissonBinomial([0.3])]).toEqual([0.7, 0.3]);
    expect([...poissonBinomial([1, 0, 1])]).toEqual([0, 0, 1, 0]);
  });

  it('sums to one, and its mean and variance to those of the trials', () => {
    fc.assert(
      fc.property(fc.array(chance, { maxLength: 60 }), (chances) => {
        const pmf = [...poissonBinomial(chances)];
        const mean = sum(pmf.map((p, k) => p * k));
        expect(sum(pmf)).toBeCloseTo(1, 12);
        expect(mean).toBeCloseTo(sum(chances), 10);
        expect(sum(pmf.map((p, k) => p * (k - mean) ** 2))).toBeCloseTo(
          sum(chances.map((p) => p * (1 - p))),
          9,
        );
      }),
    );
  });

  it('loses nothing that counts in the tails of many trials', () => {
    const pmf = poissonBinomial(Array.from({ length: 3000 }, (_, i) => (i % 100) / 100));
    expect(sum(pmf)).toBeCloseTo(1, 12);
    expect(sum([...pmf].map((p, k) => p * k))).toBeCloseTo(1485, 8);
  });
});

describe('countQuantile', () => {
  it('is the least count that is not exceeded with that share', () => {
    const pmf = poissonBinomial([0.5, 0.5]);
    expect([0.1, 0.25, 0.26, 0.75, 0.76, 1].map((share) => countQuantile(pmf, share))).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
    expect(countQuantile(poissonBinomial([]), 0.9)).toBe(0);
  });
});
