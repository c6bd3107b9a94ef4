import { describe, expect, it } from '@jest/globals';
import { plantedDeals } from './__fixtures__/planted-deals.js';
import { assessLearning, MIN_OUTCOMES } from './network-learning.js';

const EFFECTS = { semantic: 3, historical: -2, authenticity: 1.5 };
const SEEDS = Array.from({ length: 12 }, (_, seed) => seed + 1);

describe('assessLearning', () => {
  it('sees that outcomes teach, and where they have taught what there is', () => {
    const learning = assessLearning(plantedDeals(3000, EFFECTS, 11), 1);
    expect(learning).toMatchObject({
      verdict: 'levelled_off',
      reasons: ['gain_contains_zero'],
      outcomes: 3000,
      repeats: 10,
    });
    expect(learning.steps.map(({ n }) => n).slice(0, 6)).toEqual([50, 100, 200, 400, 800, 1600]);
    expect(learning.steps.at(-1)).toMatchObject({ n: learning.learntFrom });
    expect(learning.wholeGain).toMatchObject({ from: 0, to: learning.learntFrom });
    expect(learning.wholeGain!.gain).toBeCloseTo(learning.steps.at(-1)!.auc - learning.aucUntaught!, 12);
    expect(learning.wholeGain!.low).toBeGreaterThan(0);
    expect(learning.steps.at(-1)!.auc).toBeGreaterThan(learning.aucUntaught! + 0.1);
    expect(learning.curve!.ceiling).toBeGreaterThan(learning.steps[0]!.auc);
    expect(learning.curveReason).toBeNull();
    expect(learning.nextHundred).toBeGreaterThan(0);
    expect(learning.nextHundred).toBeLessThan(0.005);
  });

  it('gives limits only to steps that learn from as many deals as they are tested on', () => {
    const { steps, tested } = assessLearning(plantedDeals(3000, EFFECTS, 11), 1);
    expect(tested).toBeGreaterThan(400);
    expect(tested).toBeLessThan(800);
    expect(steps.filter(({ low, high }) => low === null && high === null).map(({ n }) => n)).toEqual([
      50, 100, 200, 400,
    ]);
    for (const { auc, low, high } of steps.slice(4)) {
      expect(low!).toBeLessThan(auc);
      expect(high!).toBeGreaterThan(auc);
    }
  });

  it('says that there are too few steps for a curve', () => {
    // One entity in every second deal: without its group two hundred are left.
    const deals = plantedDeals(420, EFFECTS, 1).map((deal, at) =>
      at % 20 < 9 ? { ...deal, entity1Id: 'hub' } : deal,
    );
    const learning = assessLearning(deals, 1);
    expect(learning.steps).toHaveLength(3);
    expect(learning).toMatchObject({ curve: null, curveReason: 'too_few_steps', nextHundred: null });
  });

  it('sees no gain where the scores say nothing', () => {
    const gained = SEEDS.filter(
      (seed) => assessLearning(plantedDeals(800, {}, seed), 1).verdict !== 'no_gain_seen',
    );
    expect(gained).toEqual([]);
  }, 60_000);

  it('still learns while the last outcomes taught something that the first could not', () => {
    const before = plantedDeals(700, { semantic: -4, authenticity: 0.2 }, 5);
    const after = plantedDeals(2600, { semantic: 6 }, 6).map((deal) => ({
      ...deal,
      startedAt: deal.startedAt.replace('2024', '2025'),
    }));
    expect(assessLearning([...before, ...after], 1)).toMatchObject({
      verdict: 'still_learning',
      reasons: ['gain_above_zero'],
    });
  });

  it('is the same for the same rows in any order, and another for another seed', () => {
    const deals = plantedDeals(900, EFFECTS, 3);
    const once = assessLearning(deals, 1);
    expect(assessLearning([...deals].reverse(), 1)).toEqual(once);
    expect(assessLearning(deals, 2)).not.toEqual(once);
  });

  it('judges no deal by a model that learnt from one of its entities', () => {
    // Every entity always ends alike, and its scores are its name: what is learnt of one says nothing of another.
    const deals = plantedDeals(1200, {}, 8).map((deal) => {
      const number = Number(deal.entity1Id.slice(7));
      const own = (number * 0.618) % 1;
      const scores = { ...deal.scores, semantic: own };
      return { ...deal, entity2Id: deal.entity1Id, scores, success: (number * 7919) % 97 < 48 };
    });
    expect(assessLearning(deals, 1).verdict).toBe('no_gain_seen');
  });

  it.each([
    ['nothing', plantedDeals(0, {}, 1), ['too_few_outcomes'], 0],
    ['one', plantedDeals(1, {}, 1), ['single_class'], 1],
    [
      'two',
      plantedDeals(2, {}, 4).map((deal, at) => ({ ...deal, success: at === 0 })),
      ['too_few_outcomes'],
      2,
    ],
    ['one too few', plantedDeals(MIN_OUTCOMES - 1, EFFECTS, 1), ['too_few_outcomes'], MIN_OUTCOMES - 1],
    [
      'one class',
      plantedDeals(600, {}, 1).map((deal) => ({ ...deal, success: true })),
      ['single_class'],
      600,
    ],
    [
      'a missing score in all',
      plantedDeals(600, {}, 1).map((deal) => ({ ...deal, scores: { ...deal.scores, semantic: null } })),
      ['too_few_outcomes'],
      0,
    ],
    [
      'one pair only',
      plantedDeals(600, {}, 1).map((deal) => ({ ...deal, entity1Id: 'a', entity2Id: 'b' })),
      ['too_few_outcomes'],
      600,
    ],
  ])('says why it has no answer: %s', (_, deals, reasons, outcomes) => {
    expect(assessLearning(deals, 1)).toMatchObject({
      verdict: 'too_little_data',
      reasons,
      outcomes,
      steps: [],
      curveReason: 'too_few_steps',
      wholeGain: null,
      nextHundred: null,
    });
  });

  it('has an area of one half where every score is constant', () => {
    const constant = plantedDeals(800, {}, 1).map((deal) => ({
      ...deal,
      scores: { semantic: 0.5, goal_alignment: 0.1, cultural_momentum: 0, historical: 1, authenticity: 0.3 },
    }));
    const { verdict, steps, curve, curveReason, nextHundred } = assessLearning(constant, 1);
    expect(verdict).toBe('no_gain_seen');
    expect(new Set(steps.map(({ auc }) => auc))).toEqual(new Set([0.5]));
    expect([curve, curveReason, nextHundred]).toEqual([null, 'flat', null]);
  });
});
