import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plantedPastDeals } from './__fixtures__/forecast-deals.js';
import { type DealState, snapshotsOf } from './forecast-deals.js';
import { explain, type ForecastModel, learnModel, logOddsIn, rawLogOdds, RIDGE } from './forecast-model.js';
import { fitLogistic } from './stats/logistic.js';

const looks = snapshotsOf(plantedPastDeals(600, 4, 1));

function learnt(): ForecastModel {
  const model = learnModel(looks);
  if (typeof model === 'string') throw new Error(model);
  return model;
}

const aDeal: fc.Arbitrary<DealState> = fc.record({
  stage: fc.constantFrom('early', 'late', 'never seen'),
  stageDays: fc.integer({ min: -3, max: 400 }),
  quietDays: fc.integer({ min: -3, max: 400 }),
  scores: fc.option(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 })),
});

describe('learnModel', () => {
  it('is the ridge regression on standardised columns', () => {
    const few = looks.filter(({ stage }) => stage === 'early').slice(0, 300);
    const column = few.map(({ scores }) => scores![0]!);
    const onlyFirst = few.map((each) => ({
      ...each,
      stageDays: 3,
      quietDays: 3,
      scores: [each.scores![0]!, 0.5, 0.5, 0.5, 0.5],
    }));
    const model = learnModel(onlyFirst);
    if (typeof model === 'string') throw new Error(model);
    const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
    const deviation = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length);
    const fit = fitLogistic({
      x: column.map((x) => [(x - mean) / deviation]),
      y: few.map(({ success }) => success),
      ridge: [RIDGE],
    });
    if (fit.status === 'failed') throw new Error(fit.reason);
    expect(model.numbers.map(({ feature }) => feature)).toEqual(['semantic']);
    expect(model.numbers[0]?.coefficient).toBeCloseTo(fit.coefficients[1]!, 9);
    expect(model.intercept).toBeCloseTo(fit.coefficients[0]!, 9);
  });

  it('finds the feature that was planted, and leaves out what is constant', () => {
    const { numbers } = learnt();
    const strongest = numbers.toSorted((a, b) => Math.abs(b.coefficient) - Math.abs(a.coefficient))[0];
    expect(strongest?.feature).toBe('semantic');
    expect(strongest!.coefficient / strongest!.deviation).toBeGreaterThan(2.5);
    expect(numbers.map(({ feature }) => feature)).not.toContain('no_score');
  });

  it("does not look at the value of a deal: today's may have been written when it was won", () => {
    const told = looks.map((each) => ({ ...each, value: each.success ? 1_000_000 : 0 }));
    expect(learnModel(told)).toEqual(learnModel(looks));
  });

  it('says why there is no model', () => {
    expect(learnModel([])).toBe('single_class');
    expect(learnModel(looks.slice(0, 1))).toBe('single_class');
    expect(learnModel(looks.map((each) => ({ ...each, success: true })))).toBe('single_class');
    const alike = { stage: 'early', stageDays: 1, quietDays: 1, scores: null };
    expect(learnModel(looks.map((each) => ({ ...each, ...alike })))).toBe('constant_features');
  });
});

describe('explain', () => {
  const model: ForecastModel = { ...learnt(), calibration: { slope: 0.8, intercept: 0.1 } };

  it('sums to the log odds, whatever the deal is like', () => {
    fc.assert(
      fc.property(aDeal, (deal) => {
        const total = logOddsIn(explain(model, deal));
        expect(total).toBeCloseTo(0.1 + 0.8 * rawLogOdds(model, deal), 10);
        expect(Number.isFinite(total)).toBe(true);
      }),
    );
  });

  it('gives nothing to what is not known', () => {
    const { contributions } = explain(model, {
      stage: 'early',
      stageDays: 3,
      quietDays: 1,
      scores: null,
    });
    for (const feature of ['semantic', 'goal_alignment'] as const)
      expect(contributions[feature]).toBeCloseTo(0, 15);
  });
});
