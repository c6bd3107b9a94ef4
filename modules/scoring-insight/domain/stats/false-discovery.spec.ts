import { describe, expect, it } from '@jest/globals';
import { golden } from '../__fixtures__/golden.js';
import { falseDiscoveryRates } from './false-discovery.js';

describe('falseDiscoveryRates', () => {
  const tests = golden.names.map((name) => ({ id: name, p: golden.univariate[name]!.mwu_asymp_cc.p }));

  it('agrees with statsmodels', () => {
    const rates = falseDiscoveryRates(tests);
    golden.names.forEach((name, i) => expect(rates.get(name)).toBeCloseTo(golden.bh_adjusted_mwu[i]!, 12));
  });

  it('neither counts nor adjusts a test without a p-value', () => {
    const rates = falseDiscoveryRates([{ id: 'none', p: null }, ...tests]);
    expect(rates.get('none')).toBeNull();
    expect(rates.get('semantic')).toBe(falseDiscoveryRates(tests).get('semantic'));
    expect(falseDiscoveryRates([{ id: 'none', p: null }])).toEqual(new Map([['none', null]]));
    expect(falseDiscoveryRates([])).toEqual(new Map());
  });
});
