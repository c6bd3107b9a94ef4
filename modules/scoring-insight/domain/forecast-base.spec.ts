import { describe, expect, it } from '@jest/globals';
import { learnStageRates, stageChance } from './forecast-base.js';
import type { Snapshot } from './forecast-deals.js';

const look = (deal: number, stage: string, success: boolean): Snapshot => ({
  deal,
  stage,
  success,
  day: 20_000,
  closedDay: 20_010,
  stageDays: 1,
  quietDays: 1,
  value: null,
  scores: null,
});

describe('learnStageRates', () => {
  it('has nothing to say without looks', () => {
    expect(learnStageRates([])).toBeNull();
  });

  it('pulls the rate of a stage towards that of all, which is worth twenty deals', () => {
    const rates = learnStageRates([
      look(1, 'a', true),
      look(2, 'a', true),
      look(3, 'b', false),
      look(4, 'b', true),
    ]);
    // 3 of 4 deals succeeded, with half an outcome of either kind.
    const pooled = 3.5 / 5;
    expect(rates).toMatchObject({ deals: 4, pooled, priorSource: 'fixed', priorDeals: 20 });
    expect(rates?.stages).toEqual([
      { stage: 'a', deals: 2, rate: 1, chance: (2 + 20 * pooled) / 22 },
      { stage: 'b', deals: 2, rate: 0.5, chance: (1 + 20 * pooled) / 22 },
    ]);
    expect(stageChance(rates!, 'c')).toBe(pooled);
  });

  it('counts looks for the rate and deals for how sure it is', () => {
    const [stage] = learnStageRates([
      look(1, 'a', false),
      look(1, 'a', false),
      look(1, 'a', false),
      look(2, 'a', true),
    ])!.stages;
    expect(stage).toMatchObject({ deals: 2, rate: 0.25 });
  });

  it('makes no certainty of deals that all ended alike, be they one or two', () => {
    expect(learnStageRates([look(1, 'a', true)])?.pooled).toBe(0.75);
    expect(learnStageRates([look(1, 'a', false), look(2, 'a', false)])?.pooled).toBeCloseTo(1 / 6, 14);
  });

  it('fits the prior where ten stages say how much stages differ', () => {
    const looks = Array.from({ length: 12 }, (_, s) =>
      Array.from({ length: 60 }, (__, d) => look(100 * s + d, `stage ${s}`, d < 5 * s)),
    ).flat();
    const rates = learnStageRates(looks)!;
    expect(rates.priorSource).toBe('fitted');
    expect(rates.priorDeals).toBeLessThan(10);
  });
});
