import { describe, expect, it } from '@jest/globals';
import { plantedDeals } from './__fixtures__/planted-deals.js';
import { COMPONENTS, type OutcomeRow, type Weights } from './components.js';
import { suggestWeights, type WeightSuggestion } from './affinity-weights.js';

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

const withScores = (
  rows: OutcomeRow[],
  change: (row: OutcomeRow) => Partial<OutcomeRow['scores']>,
): OutcomeRow[] => rows.map((row) => ({ ...row, scores: { ...row.scores, ...change(row) } }));

describe('suggestWeights', () => {
  const misjudged = plantedDeals(600, MISJUDGED, 11);

  it('moves the weights to where success comes from, with the evidence', () => {
    const { weights, n, evidence } = suggested(suggestWeights({ rows: misjudged, current }));
    expect(n).toBe(600);
    expect(weights.historical).toBeGreaterThan(0.35);
    expect(weights.authenticity).toBeGreaterThan(0.3);
    expect(weights.semantic).toBeLessThan(0.2);
    expect(evidence.n).toBe(600);
    expect(evidence.logLoss.suggested!).toBeLessThan(evidence.logLoss.current!);
    expect(evidence.auc.suggested!).toBeGreaterThan(evidence.auc.current! + 0.05);
    expect(evidence.logLoss.equal!).toBeLessThan(evidence.logLoss.current!);
    expect(evidence.gain!).toBeCloseTo(evidence.logLoss.current! - evidence.logLoss.suggested!, 12);
    expect(evidence.gain!).toBeGreaterThan(1.6 * evidence.gainStandardError!);
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

  it('sets a component that hurts to zero and says so', () => {
    const rows = plantedDeals(500, { semantic: 2.5, goal_alignment: -2, historical: 1.5 }, 5);
    const { weights, evidence } = suggested(suggestWeights({ rows, current }));
    expect(weights.goal_alignment).toBe(0);
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
    expect(result.evidence.gain!).toBeLessThanOrEqual(1.645 * result.evidence.gainStandardError!);
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
