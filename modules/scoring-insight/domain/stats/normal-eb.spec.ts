import { describe, expect, it } from '@jest/globals';
import { type Estimate, fitNormalNormal, normalPosterior } from './normal-eb.js';

function prior(cohort: Estimate[]) {
  const fit = fitNormalNormal(cohort);
  if (fit.status !== 'fitted') throw new Error(fit.reason);
  return fit.prior;
}

const values = [1.2, 0.8, 2.5, 1.9, 1.1, 3.0, 0.4, 1.6, 2.2, 1.4];
const n = [2, 5, 10, 3, 8, 1, 6, 4, 12, 7];
const variances = [null, 0.2, 0.05, 0.3, 0.15, null, 0.12, 0.25, 0.06, 0.1];
const cohort = values.map((value, i): Estimate => ({ value, n: n[i]!, variance: variances[i]! }));

describe('fitNormalNormal', () => {
  it('finds what statsmodels combine_effects(method_re="dl") finds with the pooled variance', () => {
    const { mean, variance, unitVariance } = prior(cohort);
    expect(unitVariance).toBeCloseTo(0.8029090909090908, 9);
    expect(variance).toBeCloseTo(0.43446209003616476, 9);
    expect(mean).toBeCloseTo(1.5545889695453612, 9);
    const [first, , , , , single] = cohort.map((entity) => normalPosterior(prior(cohort), entity));
    expect(first?.mean).toBeCloseTo(1.37029372, 8);
    expect(first?.sd).toBeCloseTo(0.45678586, 8);
    expect(single?.mean).toBeCloseTo(2.06209739, 8);
    expect(single?.sd).toBeCloseTo(0.53095673, 8);
  });

  it('draws all to the mean where the figures differ by no more than chance', () => {
    const noisy = cohort.map((entity) => ({ ...entity, variance: 50 }));
    expect(prior(noisy).variance).toBe(0);
    for (const entity of noisy) {
      const posterior = normalPosterior(prior(noisy), entity);
      expect(posterior?.mean).toBeCloseTo(prior(noisy).mean, 12);
      expect(posterior?.sd).toBe(0);
    }
  });

  it('leaves equal figures without any spread as they are, and has none for one that differs from them', () => {
    const equal = cohort.map((entity) => ({ ...entity, value: 3, variance: 0 }));
    expect(prior(equal)).toEqual({ mean: 3, variance: 0, unitVariance: 0 });
    expect(normalPosterior(prior(equal), { value: 3, n: 1 })).toEqual({ mean: 3, sd: 0 });
    expect(normalPosterior(prior(equal), { value: 4, n: 1 })).toBeNull();
  });

  it('does not take different figures for exact because the only known spreads are none', () => {
    const none = { status: 'withheld', reason: 'no_sampling_variance' };
    expect(fitNormalNormal(cohort.map((entity) => ({ ...entity, variance: 0 })))).toEqual(none);
    const one = cohort.map((entity, i) => ({ ...entity, variance: i === 4 ? 0 : null }));
    expect(fitNormalNormal(one)).toEqual(none);
  });

  it('is withheld from small cohorts and where no spread is known', () => {
    expect(fitNormalNormal(cohort.slice(1))).toEqual({
      status: 'withheld',
      reason: 'fewer_than_10_entities',
    });
    expect(fitNormalNormal(cohort.map((entity) => ({ ...entity, variance: null })))).toEqual({
      status: 'withheld',
      reason: 'no_sampling_variance',
    });
  });
});
