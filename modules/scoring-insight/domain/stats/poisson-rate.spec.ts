import { describe, expect, it } from '@jest/globals';
import { poissonInterval } from './poisson-rate.js';

describe('poissonInterval', () => {
  // scipy: chi2.ppf([.025, .975], [2 c, 2 c + 2]) / 2
  it.each([
    [0, 0, 3.6888794541139354],
    [1, 0.025317807984289876, 5.571643390938898],
    [5, 1.6234863901184207, 11.66833207932267],
    [37, 26.05141456710603, 50.999626141930825],
    [1200, 1133.0569154115635, 1269.865562801241],
  ])("of %d is Garwood's", (count, low, high) => {
    const interval = poissonInterval(count);
    expect(interval.low).toBeCloseTo(low, 8);
    expect(interval.high).toBeCloseTo(high, 8);
  });
});
