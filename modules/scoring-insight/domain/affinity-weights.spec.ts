import { describe, expect, it } from '@jest/globals';
import { plantedDeals } from './__fixtures__/planted-deals.js';
import { COMPONENTS, type OutcomeRow, type Weights } from './components.js';
import {
  MAX_MOVE,
  type SuggestWeightsInput,
  suggestWeights,
  type WeightSuggestion,
} from './affinity-weights.js';

const current: Weights = {
  semantic: 0.3,
  goal_alignment: 0.25,
  cultural_momentum: 0.2,
  historical: 0.15,
  authenticity: 0.1,
};

/** Success hangs on what the current weights rate lowest. */
const MISJUDGED = { historical: 2.5, authenticity: 2, semantic: 0.3 };

function suggested(result: WeightSuggestion): Extract<WeightSuggestion, { status: 'suggested' }> {
  if (result.status !== 'suggested') throw new Error(result.reason);
  return result;
}

type Rows = SuggestWeightsInput['rows'];

const withScores = (rows: Rows, change: (row: OutcomeRow) => Partial<OutcomeRow['scores']>): Rows =>
  rows.map((row) => ({ ...row, scores: { ...row.scores, ...change(row) } }));

describe('suggestWeights', () => {
  const misjudged = plantedDeals(600, MISJUDGED, 11);

  it('moves the weights towards where success comes from, with the evidence', () => {
    const { weights, n, evidence } = suggested(suggestWeights({ rows: misjudged, current }));
    expect(n).toBe(600);
    expect(evidence).toMatchObject({ n: 600, ladder: 'full', folds: 'entity', entities: 200, limited: true });
    expect(evidence.wanted!.historical).toBeGreaterThan(0.35);
    expect(evidence.wanted!.authenticity).toBeGreaterThan(0.3);
    expect(evidence.wanted!.semantic).toBeLessThan(0.2);
    expect(evidence.logLoss.suggested!).toBeLessThan(evidence.logLoss.current!);
    expect(evidence.auc.suggested!).toBeGreaterThan(evidence.auc.current! + 0.02);
    const { overCurrent, overEqual, lastPeriod } = evidence;
    expect(overCurrent!.gain).toBeCloseTo(evidence.logLoss.current! - evidence.logLoss.wanted!, 12);
    expect(overCurrent!.gainLow).toBeCloseTo(
      overCurrent!.gain - 1.959963984540054 * overCurrent!.gainStandardError,
      12,
    );
    expect(overCurrent!.gainLow).toBeGreaterThan(0);
    expect(overCurrent!.aucDifference).toBeCloseTo(evidence.auc.wanted! - evidence.auc.current!, 12);
    expect(overCurrent!.aucLow).toBeGreaterThan(0);
    expect(overEqual!.gain).toBeCloseTo(evidence.logLoss.equal! - evidence.logLoss.wanted!, 12);
    expect(lastPeriod).toMatchObject({ n: 120, nBefore: 480, from: misjudged[480]!.startedAt });
    expect(lastPeriod!.gain).toBeGreaterThan(0);
    expect(weights.historical).toBeGreaterThan(current.historical);
  });

  it('moves the weight that has the longest way by exactly a tenth, and the others in proportion', () => {
    const { weights, evidence } = suggested(suggestWeights({ rows: misjudged, current }));
    const moves = COMPONENTS.map((component) => weights[component] - current[component]);
    const wanted = COMPONENTS.map((component) => evidence.wanted![component] - current[component]);
    expect(Math.max(...moves.map(Math.abs))).toBeCloseTo(MAX_MOVE, 12);
    const share = MAX_MOVE / Math.max(...wanted.map(Math.abs));
    moves.forEach((move, j) => expect(Math.abs(move - share * wanted[j]!)).toBeLessThan(2e-4));
  });

  it('arrives in several releases, each from the weights of the one before, and then stays', () => {
    let weights = current;
    let releases = 0;
    for (; releases < 12; releases += 1) {
      const result = suggestWeights({ rows: misjudged, current: weights });
      if (result.status === 'none') break;
      weights = result.weights;
    }
    expect(releases).toBeGreaterThanOrEqual(2);
    expect(releases).toBeLessThan(8);
    expect(weights.historical + weights.authenticity).toBeGreaterThan(0.5);
  });

  it('publishes ten-thousandths that sum to exactly one', () => {
    for (let seed = 0; seed < 2; seed += 1) {
      const { weights } = suggested(suggestWeights({ rows: plantedDeals(500, MISJUDGED, seed), current }));
      const units = COMPONENTS.map((component) => weights[component] * 10_000);
      for (const unit of units) expect(unit).toBeCloseTo(Math.round(unit), 9);
      expect(units.reduce((sum, unit) => sum + Math.round(unit), 0)).toBe(10_000);
    }
  });

  it('gives the same answer for the same deals in any order', () => {
    const reversed = [...misjudged].reverse();
    const swapped = misjudged.map((row) => ({ ...row, entity1Id: row.entity2Id, entity2Id: row.entity1Id }));
    const { weights } = suggested(suggestWeights({ rows: misjudged, current }));
    expect(suggested(suggestWeights({ rows: reversed, current })).weights).toEqual(weights);
    expect(suggested(suggestWeights({ rows: swapped, current })).weights).toEqual(weights);
  });

  it('moves a component that hurts towards zero and says so', () => {
    const rows = plantedDeals(500, { semantic: 2.5, goal_alignment: -2, historical: 1.5 }, 5);
    const { weights, evidence } = suggested(suggestWeights({ rows, current }));
    expect(evidence.wanted!.goal_alignment).toBe(0);
    expect(weights.goal_alignment).toBeLessThan(0.2);
    expect(evidence.clipped).toContain('goal_alignment');
  });

  it('keeps weights that are right', () => {
    const right = {
      semantic: 1.8,
      goal_alignment: 1.5,
      cultural_momentum: 1.2,
      historical: 0.9,
      authenticity: 0.6,
    };
    for (let seed = 0; seed < 2; seed += 1) {
      const result = suggestWeights({ rows: plantedDeals(500, right, seed), current });
      expect(result).toMatchObject({ status: 'none' });
      if (result.status === 'none') expect(['no_improvement', 'same_weights']).toContain(result.reason);
    }
  });

  it('reports no_improvement with both figures', () => {
    const rows = plantedDeals(
      500,
      { semantic: 1.8, goal_alignment: 1.5, cultural_momentum: 1.2, historical: 0.9, authenticity: 0.6 },
      3,
    );
    const result = suggestWeights({ rows, current });
    expect(result).toMatchObject({ status: 'none', reason: 'no_improvement' });
    expect(result.evidence.logLoss.suggested).not.toBeNull();
    expect(result.evidence.overCurrent!.gainLow).toBeLessThanOrEqual(0);
    expect(result.evidence.lastPeriod).toBeNull();
  });

  it('reports same_weights when the ridge stays at the current ones', () => {
    const even: Weights = {
      semantic: 0.2,
      goal_alignment: 0.2,
      cultural_momentum: 0.2,
      historical: 0.2,
      authenticity: 0.2,
    };
    // All five components are the same number: no direction to move in.
    const rows = withScores(plantedDeals(400, { semantic: 3 }, 2), ({ scores }) => ({
      goal_alignment: scores.semantic,
      cultural_momentum: scores.semantic,
      historical: scores.semantic,
      authenticity: scores.semantic,
    }));
    expect(suggestWeights({ rows, current: even })).toMatchObject({ status: 'none', reason: 'same_weights' });
  });

  it('refuses when the current score points the wrong way', () => {
    const inverse = {
      semantic: -2,
      goal_alignment: -2,
      cultural_momentum: -1,
      historical: -1,
      authenticity: -1,
    };
    const result = suggestWeights({ rows: plantedDeals(300, inverse, 4), current });
    expect(result).toMatchObject({ status: 'none', reason: 'all_clipped' });
    expect(result.evidence.clipped).toEqual([...COMPONENTS]);
    expect(result.evidence.auc.current!).toBeLessThan(0.5);
    expect(result.evidence.logLoss.suggested).toBeNull();
  });

  it.each([
    { name: '99 deals', rows: plantedDeals(99, MISJUDGED, 1) },
    {
      name: 'nine losses',
      rows: plantedDeals(300, MISJUDGED, 1).map((row, i) => ({ ...row, success: i >= 9 })),
    },
    { name: 'nothing', rows: [] },
    {
      name: 'one pair that met often',
      rows: plantedDeals(300, MISJUDGED, 1).map((row) => ({ ...row, entity1Id: 'a', entity2Id: 'b' })),
    },
    {
      name: 'deals without scores',
      rows: withScores(plantedDeals(150, MISJUDGED, 1), () => ({ historical: null })),
    },
  ])('refuses $name as too few', ({ rows }) => {
    const result = suggestWeights({ rows, current });
    expect(result).toMatchObject({ status: 'none', reason: 'too_few_deals' });
    expect(result.evidence.lambda).toBeNull();
  });

  it('refuses weights that were worse in the last period', () => {
    const before = plantedDeals(500, MISJUDGED, 11);
    // What foretold success has turned round since.
    const since = plantedDeals(620, { semantic: 2, historical: -2, authenticity: -2 }, 12).slice(500);
    const result = suggestWeights({ rows: [...before, ...since], current });
    expect(result).toMatchObject({ status: 'none', reason: 'worse_in_last_period' });
    expect(result.evidence.overCurrent!.gainLow).toBeGreaterThan(0);
    expect(result.evidence.lastPeriod!.gain).toBeLessThan(0);
  });

  it('refuses what no last period can confirm', () => {
    const atOnce = misjudged.map((row) => ({ ...row, startedAt: '2024-01-01T00:00:00Z' }));
    const result = suggestWeights({ rows: atOnce, current });
    expect(result).toMatchObject({ status: 'none', reason: 'last_period_missing' });
    // Nearly all deals began at once, and the few before them all failed.
    const nearly = misjudged.map((row, i) => ({
      ...row,
      startedAt: i < 20 ? row.startedAt : '2024-03-01T00:00:00.000Z',
      success: i < 20 ? false : row.success,
    }));
    expect(suggestWeights({ rows: nearly, current })).toMatchObject({
      status: 'none',
      reason: 'last_period_missing',
      evidence: { lastPeriod: { n: 580, nBefore: 20, gain: null } },
    });
  });

  it('calls weights an experiment on fewer deals than a full model wants', () => {
    const strong = { historical: 5, authenticity: 4 };
    const { evidence } = suggested(suggestWeights({ rows: plantedDeals(250, strong, 2), current }));
    expect(evidence).toMatchObject({ ladder: 'experimental', n: 250 });
    expect(evidence.requiredDeals).toBeGreaterThan(380);
  });

  it('falls back to folds by pair where one entity takes part in every deal', () => {
    const hub = misjudged.map((row) => ({ ...row, entity1Id: 'hub' }));
    const { evidence } = suggested(suggestWeights({ rows: hub, current }));
    expect(evidence).toMatchObject({ folds: 'pair', n: 600 });
  });

  it('refuses what the analysis of the components flagged', () => {
    const result = suggestWeights({ rows: misjudged, current, leakSuspected: true });
    expect(result).toMatchObject({ status: 'none', reason: 'leakage_risk' });
  });

  it('refuses what looks like a leak', () => {
    const leaked = withScores(misjudged, ({ success, scores }) => ({
      historical: success ? 0.5 + scores.historical! / 2 : scores.historical! / 2,
    }));
    expect(suggestWeights({ rows: leaked, current })).toMatchObject({
      status: 'none',
      reason: 'leakage_risk',
    });
  });

  it('refuses a current score that is constant', () => {
    const rows = withScores(misjudged, () => ({ semantic: 0.5 }));
    const onlySemantic: Weights = {
      semantic: 1,
      goal_alignment: 0,
      cultural_momentum: 0,
      historical: 0,
      authenticity: 0,
    };
    expect(suggestWeights({ rows, current: onlySemantic })).toMatchObject({
      status: 'none',
      reason: 'no_convergence',
    });
  });
});
