import { describe, expect, it } from '@jest/globals';
import { ASSUMED_SHOCK, fitShock, valueInterval, valuePipeline } from './forecast-pipeline.js';

const OPTIONS = { replicates: 4_000, seed: 1 };
const even = (n: number, value: number) => Array.from({ length: n }, () => ({ logOdds: 0, value }));

describe('valuePipeline', () => {
  it('sums decimals exactly', () => {
    const prospects = [
      { logOdds: 0, value: '0.10' },
      { logOdds: 0, value: '9007199254740993.30' },
      { logOdds: 0, value: null },
    ];
    expect(valuePipeline(prospects, 0)).toMatchObject({
      deals: 3,
      withoutRate: 1,
      value: '9007199254740993.40',
      expectedValue: '4503599627370496.70',
      expectedSuccesses: 1.5,
      successesLow: 0,
      successesMedian: 1,
      successesHigh: 3,
      reason: null,
    });
  });

  it('says why there is no value', () => {
    const nothing = { value: null, expectedValue: null, valueLow: null, valueHigh: null };
    expect(valuePipeline([], 0.2)).toMatchObject({
      ...nothing,
      deals: 0,
      expectedSuccesses: null,
      successesMedian: null,
      reason: 'no_open_deals',
    });
    expect(valuePipeline([{ logOdds: 0, value: null }], 0.2)).toMatchObject({
      ...nothing,
      expectedSuccesses: 0.5,
      reason: 'no_values',
    });
  });

  it('is the same every time', () => {
    const prospects = even(30, 100).map(({ logOdds }) => ({ logOdds, value: '100.00' }));
    expect(valuePipeline(prospects, 0.3)).toEqual(valuePipeline(prospects, 0.3));
  });
});

describe('valueInterval', () => {
  it('is the interval of the binomial for equal deals without a shock', () => {
    // 60 fair coins: at most 24 heads come with 7.8 %, at most 25 with 12.3 %.
    expect(valueInterval(even(60, 10), 0, OPTIONS)).toEqual({ low: 250, high: 350 });
  });

  it('grows with the shock: of many deals the shock is all there is', () => {
    const { low, high } = valueInterval(even(800, 1), 0.5, OPTIONS);
    const share = (z: number) => 800 / (1 + Math.exp(-0.5 * z));
    expect(low / share(-1.2816)).toBeCloseTo(1, 1);
    expect(high / share(1.2816)).toBeCloseTo(1, 1);
  });

  it('is a point for deals that are certain', () => {
    const sure = [
      { logOdds: 800, value: 5 },
      { logOdds: -800, value: 7 },
    ];
    expect(valueInterval(sure, 0, { replicates: 200, seed: 1 })).toEqual({ low: 5, high: 5 });
  });
});

describe('fitShock', () => {
  const miss = (off: number) => ({ expected: 100, actual: 100 + off, variance: 9, reach: 10 });

  it('is what misses exceed the spread of independent deals by', () => {
    // (25 - 9) / 100 each.
    expect(fitShock([miss(5), miss(-5), miss(5), miss(-5)])).toEqual({ shock: 0.4, isAssumed: false });
  });

  it('is nothing where independent deals would have missed as far', () => {
    expect(fitShock([miss(3), miss(-3), miss(2), miss(-2)])).toEqual({ shock: 0, isAssumed: false });
  });

  it('is assumed below four pipelines of the past', () => {
    expect(fitShock([miss(5), miss(5), miss(5)])).toEqual({ shock: ASSUMED_SHOCK, isAssumed: true });
    expect(fitShock([])).toEqual({ shock: ASSUMED_SHOCK, isAssumed: true });
    const empty = { expected: 0, actual: 0, variance: 0, reach: 0 };
    expect(fitShock([empty, empty, empty, empty])).toEqual({ shock: ASSUMED_SHOCK, isAssumed: true });
  });
});
