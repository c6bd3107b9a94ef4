import { describe, expect, it } from '@jest/globals';
import { requiredDeals, sampleLadder } from './affinity-ladder.js';

describe('requiredDeals', () => {
  it.each([
    [0.5, 0.15, 450],
    [0.5, 0.3, 385],
    [0.3, 0.15, 480],
    [0.3, 0.3, 323],
  ])('agrees with pmsampsize at a rate of %s and R2 of %s for six predictors', (rate, expected, deals) => {
    expect(requiredDeals(rate, 6, expected)).toBe(deals);
  });

  it('is none without both classes', () => {
    expect(requiredDeals(0, 5)).toBeNull();
    expect(requiredDeals(1, 5)).toBeNull();
    expect(requiredDeals(NaN, 5)).toBeNull();
  });
});

describe('sampleLadder', () => {
  it.each([
    [0, 0, 'too_few_deals'],
    [99, 50, 'too_few_deals'],
    [100, 50, 'experimental'],
    [300, 9, 'too_few_deals'],
    [300, 291, 'too_few_deals'],
    [384, 192, 'experimental'],
    [385, 192, 'full'],
  ] as const)('of %s deals, %s successful: %s', (n, nSuccessful, step) => {
    expect(sampleLadder(n, nSuccessful).step).toBe(step);
  });
});
