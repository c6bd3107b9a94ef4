import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { golden } from '../__fixtures__/golden.js';
import { type Counts, fitBetaBinomial, posteriorMean, posteriorQuantile } from './beta-binomial.js';

const counts = (pairs: [number, number][]): Counts[] =>
  pairs.map(([successes, trials]) => ({ successes, trials }));

function fitted(cohort: Counts[]): { alpha: number; beta: number; capped: boolean } {
  const fit = fitBetaBinomial(cohort);
  if (fit.status !== 'fitted') throw new Error(fit.reason);
  return { ...fit.prior, capped: fit.capped };
}

describe('fitBetaBinomial', () => {
  it('finds the maximum that scipy finds', () => {
    const { kn, alpha, beta, posterior } = golden.eb_betabinom_mle;
    const cohort = counts(kn);
    const prior = fitted(cohort);
    expect(prior.capped).toBe(false);
    expect(prior.alpha).toBeCloseTo(alpha, 6);
    expect(prior.beta).toBeCloseTo(beta, 6);
    cohort.forEach((entity, i) => {
      expect(posteriorMean(prior, entity)).toBeCloseTo(posterior[i]!.mean, 6);
      expect(posteriorQuantile(prior, entity, 0.05)).toBeCloseTo(posterior[i]!.q05, 6);
    });
  });

  it('finds the maximum of a widely spread cohort', () => {
    const prior = fitted(
      counts([
        [0, 4],
        [1, 9],
        [7, 8],
        [2, 30],
        [14, 15],
        [5, 5],
        [0, 1],
        [3, 12],
        [11, 20],
        [6, 7],
        [0, 10],
        [9, 9],
      ]),
    );
    expect(prior.alpha).toBeCloseTo(0.42287232, 6);
    expect(prior.beta).toBeCloseTo(0.44812221, 6);
  });

  it('caps the strength of an underdispersed cohort at 100 outcomes', () => {
    const prior = fitted(
      counts([...Array<[number, number]>(6).fill([5, 10]), ...Array<[number, number]>(6).fill([6, 10])]),
    );
    expect(prior.capped).toBe(true);
    expect(prior.alpha + prior.beta).toBeCloseTo(100, 9);
    expect(prior.alpha / 100).toBeCloseTo(0.549549146033468, 6);
  });

  it('is cautious where one trial each says nothing about the spread', () => {
    const prior = fitted(
      counts([...Array<[number, number]>(8).fill([1, 1]), ...Array<[number, number]>(4).fill([0, 1])]),
    );
    expect(prior.capped).toBe(true);
    expect(prior.alpha / 100).toBeCloseTo(2 / 3, 9);
  });

  it('never becomes certain, whatever the cohort', () => {
    const all = fitted(counts(Array<[number, number]>(10).fill([3, 3])));
    expect(posteriorMean(all, { successes: 0, trials: 5 })).toBeLessThan(1);
    expect(all.beta).toBeGreaterThan(0);
    const none = fitted(counts(Array<[number, number]>(10).fill([0, 3])));
    expect(none.alpha).toBeGreaterThan(0);
  });

  it('leaves out entities without trials, and withholds itself below ten', () => {
    const nine = counts(Array<[number, number]>(9).fill([1, 2]));
    expect(fitBetaBinomial([...nine, { successes: 0, trials: 0 }])).toEqual({
      status: 'withheld',
      reason: 'fewer_than_10_entities',
    });
    expect(fitBetaBinomial([])).toMatchObject({ status: 'withheld' });
  });

  it('draws every rate towards the mean of the prior, the more the fewer the trials', () => {
    const cohort = fc.array(
      fc
        .record({
          trials: fc.integer({ min: 1, max: 40 }),
          share: fc.double({ min: 0, max: 1, noNaN: true }),
        })
        .map(({ trials, share }) => ({ trials, successes: Math.round(trials * share) })),
      { minLength: 10, maxLength: 40 },
    );
    fc.assert(
      fc.property(cohort, (entities) => {
        const prior = fitted(entities);
        expect(prior.alpha).toBeGreaterThan(0);
        expect(prior.beta).toBeGreaterThan(0);
        expect(prior.alpha + prior.beta).toBeLessThanOrEqual(100 + 1e-9);
        const mean = prior.alpha / (prior.alpha + prior.beta);
        for (const { successes, trials } of entities) {
          const rate = successes / trials;
          const shrunken = posteriorMean(prior, { successes, trials });
          const moreData = posteriorMean(prior, { successes: successes * 10, trials: trials * 10 });
          expect(Math.abs(shrunken - mean)).toBeLessThanOrEqual(Math.abs(rate - mean) + 1e-12);
          expect(Math.abs(moreData - rate)).toBeLessThanOrEqual(Math.abs(shrunken - rate) + 1e-12);
        }
      }),
    );
  });
});
