import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { golden, goldenLabels } from '../__fixtures__/golden.js';
import { farthest, goldenStandardised } from '../__fixtures__/golden-design.js';
import { generalDominance } from './dominance.js';
import { fitLogistic } from './logistic.js';

describe('generalDominance', () => {
  it('agrees with the reference: Shapley shares of McFadden R2 of six components, which sum to it', () => {
    let fits = 0;
    const shares = generalDominance(6, (subset) => {
      fits += 1;
      const x = goldenStandardised.map((row) => subset.map((j) => row[j]!));
      const fit = fitLogistic({ x, y: goldenLabels });
      return fit.status === 'fitted' ? 1 - fit.logLikelihood / golden.logit_std.llnull : null;
    });
    expect(fits).toBe(64);
    expect(farthest(shares!, golden.general_dominance_mcfadden)).toBeLessThan(1e-6);
    expect(shares!.reduce((a, b) => a + b, 0)).toBeCloseTo(golden.logit_std.mcfadden, 9);
  });

  it('is the gain itself where gains add up, whatever the order', () => {
    expect(generalDominance(3, (subset) => subset.reduce((sum, j) => sum + j + 1, 0))).toEqual([1, 2, 3]);
  });

  it('shares what two predictors have in common evenly', () => {
    expect(generalDominance(2, (subset) => (subset.length > 0 ? 1 : 0))).toEqual([0.5, 0.5]);
  });

  it('sums to the fit of all, whatever the fits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 16, maxLength: 16 }),
        (fits) => {
          const shares = generalDominance(4, (subset) => fits[subset.reduce((set, j) => set | (1 << j), 0)]!);
          expect(shares!.reduce((a, b) => a + b, 0)).toBeCloseTo(fits[15]! - fits[0]!, 9);
        },
      ),
    );
  });

  it('has none where a subset has no fit, and no share for no predictor', () => {
    expect(generalDominance(2, (subset) => (subset.length === 2 ? null : 0))).toBeNull();
    expect(generalDominance(0, () => 0)).toEqual([]);
  });
});
