import { describe, expect, it } from '@jest/globals';
import { learnStageRates, stageChance } from './forecast-base.js';
import type { Snapshot } from './forecast-deals.js';

const look = (deal: number, stage: string, success: boolean, tenant = deal): Snapshot => ({
  deal,
  tenantId: `tenant ${tenant}`,
  stage,
  success,
  day: 20_000,
  closedDay: 20_010,
  stageDays: 1,
  quietDays: 1,
  value: null,
  scores: null,
});

/** As many deals of a tenant each, with one look each. */
const looks = (stage: string, n: number, succeeds: (i: number) => boolean, first = 1): Snapshot[] =>
  Array.from({ length: n }, (_, i) => look(first + i, stage, succeeds(i)));

describe('learnStageRates', () => {
  it('has nothing to say without looks', () => {
    expect(learnStageRates([])).toBeNull();
  });

  it('pulls the rate of a stage towards that of all, which is worth twenty deals', () => {
    const rates = learnStageRates([...looks('a', 10, () => true), ...looks('b', 10, (i) => i < 5, 11)]);
    // 15 of 20 deals succeeded, with half an outcome of either kind.
    const pooled = 15.5 / 21;
    expect(rates).toMatchObject({ deals: 20, pooled, priorSource: 'fixed', priorDeals: 20 });
    expect(rates?.stages).toEqual([
      { stage: 'a', deals: 10, rate: 1, chance: (10 + 20 * pooled) / 30 },
      { stage: 'b', deals: 10, rate: 0.5, chance: (5 + 20 * pooled) / 30 },
    ]);
    expect(stageChance(rates!, 'c')).toBe(pooled);
  });

  it('counts looks for the rate and deals for how sure it is', () => {
    const [stage] = learnStageRates([
      ...looks('a', 10, (i) => i === 9),
      look(1, 'a', false),
      look(1, 'a', false),
    ])!.stages;
    expect(stage).toMatchObject({ deals: 10, rate: 1 / 12 });
  });

  it('gives a stage no rate of its own below ten tenants, however many their deals are', () => {
    const many = Array.from({ length: 90 }, (_, i) => look(i, 'a', true, i % 9));
    const others = looks('b', 10, () => false, 100);
    const rates = learnStageRates([...many, ...others])!;
    expect(rates.stages.map(({ stage }) => stage)).toEqual(['b']);
    expect(rates.pooled).toBe(90.5 / 101);
    expect(stageChance(rates, 'a')).toBe(rates.pooled);
    const withTenth = learnStageRates([...many, look(95, 'a', true, 9), ...others])!;
    expect(withTenth.stages.map(({ stage }) => stage)).toEqual(['a', 'b']);
  });

  it('makes no certainty of deals that all ended alike, be they one or two', () => {
    expect(learnStageRates([look(1, 'a', true)])?.pooled).toBe(0.75);
    expect(learnStageRates([look(1, 'a', false), look(2, 'a', false)])?.pooled).toBeCloseTo(1 / 6, 14);
  });

  it('fits the prior where ten stages say how much stages differ', () => {
    const seen = Array.from({ length: 12 }, (_, s) =>
      Array.from({ length: 60 }, (__, d) => look(100 * s + d, `stage ${s}`, d < 5 * s)),
    ).flat();
    const rates = learnStageRates(seen)!;
    expect(rates.priorSource).toBe('fitted');
    expect(rates.priorDeals).toBeLessThan(10);
  });
});
