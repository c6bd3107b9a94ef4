import { describe, expect, it } from '@jest/globals';
import { plantedDeals } from './__fixtures__/planted-deals.js';
import { dot, fitRidge, type ScoredDeal, searchRidge, withoutFolds } from './affinity-ridge.js';
import { COMPONENTS, type Weights } from './components.js';
import { foldByEntity, FOLDS } from './pair-folds.js';
import { fitLogistic } from './stats/logistic.js';

const current: Weights = {
  semantic: 0.3,
  goal_alignment: 0.25,
  cultural_momentum: 0.2,
  historical: 0.15,
  authenticity: 0.1,
};
const w0 = COMPONENTS.map((component) => current[component]);

const deals: ScoredDeal[] = plantedDeals(300, { semantic: 1, historical: 2 }, 21).map((row) => ({
  x: COMPONENTS.map((component) => row.scores[component]!),
  success: row.success,
  ...foldByEntity(row.entity1Id, row.entity2Id),
}));

describe('searchRidge', () => {
  const search = searchRidge(deals, current)!;

  it('judges no fold by a model that saw it: its labels do not matter, not even for the choice of strength', () => {
    for (const fold of FOLDS) {
      const flipped = deals.map((deal) => (deal.fold === fold ? { ...deal, success: !deal.success } : deal));
      const again = searchRidge(flipped, current)!;
      expect(again.withoutFold[fold]).toEqual(search.withoutFold[fold]);
      expect(again.model).not.toEqual(search.model);
    }
  });

  it('hides from a fold every deal of the entities that are tested in it', () => {
    for (const fold of FOLDS) {
      const flipped = deals.map((deal) =>
        deal.hiddenFrom.includes(fold) ? { ...deal, success: !deal.success } : deal,
      );
      expect(searchRidge(flipped, current)!.withoutFold[fold]).toEqual(search.withoutFold[fold]);
      expect(withoutFolds(deals, fold).some((deal) => deal.hiddenFrom.includes(fold))).toBe(false);
    }
  });

  it('chooses the same model as the plain search', () => {
    const { lambda, model } = search;
    expect(fitRidge(deals, current)).toEqual({ lambda, model });
  });

  it('is the ridge centred on the current weights: the moves do not depend on how the score is scaled', () => {
    const doubled: Weights = {
      semantic: 0.6,
      goal_alignment: 0.5,
      cultural_momentum: 0.4,
      historical: 0.3,
      authenticity: 0.2,
    };
    const again = searchRidge(deals, doubled)!;
    expect(again.lambda).toBe(search.lambda);
    expect(again.model.slopeOfCurrent).toBeCloseTo(search.model.slopeOfCurrent / 2, 6);
    again.model.slopes.forEach((slope, j) => expect(slope).toBeCloseTo(search.model.slopes[j]!, 6));
  });

  it('moves only at right angles to the current weights', () => {
    // At the optimum the unpenalised slope takes up everything along w0.
    const moves = search.model.slopes.map((slope, j) => slope - search.model.slopeOfCurrent * w0[j]!);
    expect(dot(moves, w0)).toBeCloseTo(0, 6);
    expect(Math.max(...moves.map(Math.abs))).toBeGreaterThan(0.05);
  });

  it('reproduces the recalibrated current weights where nothing else is to be learnt', () => {
    // Five copies of one score: the components differ in nothing but name.
    const copies = deals.map((deal) => ({ ...deal, x: COMPONENTS.map(() => deal.x[0]!) }));
    const { model } = searchRidge(copies, current)!;
    const recalibrated = fitLogistic({
      x: copies.map((deal) => [deal.x[0]!]),
      y: copies.map((deal) => deal.success),
    });
    if (recalibrated.status !== 'fitted') throw new Error(recalibrated.reason);
    expect(model.slopes.reduce((a, b) => a + b, 0)).toBeCloseTo(recalibrated.coefficients[1]!, 6);
    expect(model.intercept).toBeCloseTo(recalibrated.coefficients[0]!, 6);
  });

  it('gives up on a score that separates the classes', () => {
    const separated = deals.map((deal) => ({ ...deal, success: dot(w0, deal.x) > 0.5 }));
    expect(searchRidge(separated, current)).toBeNull();
  });
});
