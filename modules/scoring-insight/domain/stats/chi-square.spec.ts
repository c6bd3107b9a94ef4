import { describe, expect, it } from '@jest/globals';
import { chiSquareTail } from './chi-square.js';

describe('chiSquareTail', () => {
  // scipy.stats.chi2.sf
  it.each([
    [0.5, 1, 0.47950012218695337],
    [26.454426810485955, 5, 7.283241804863283e-5],
    [100, 5, 5.285148360943219e-20],
    [150, 1, 1.7336432457178413e-34],
    [700, 4, 3.4852862290889247e-150],
    [1200, 2, 2.6503965530042593e-261],
  ] as const)('is exact far out: chi square %d with %d degrees of freedom', (chiSquare, df, p) => {
    expect(chiSquareTail(chiSquare, df) / p).toBeCloseTo(1, 9);
  });

  it('is 1 at zero', () => {
    expect([1, 2, 5].map((df) => chiSquareTail(0, df))).toEqual([1, 1, 1]);
  });

  it('ends at zero, as the smallest number does', () => {
    expect(chiSquareTail(5000, 3)).toBe(0);
  });
});
