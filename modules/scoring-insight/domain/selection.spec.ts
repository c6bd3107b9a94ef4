import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { groupSums, naiveSumsByScore } from './__fixtures__/naive-sums.js';
import { plantedDeals, seeded } from './__fixtures__/planted-deals.js';
import { COMPONENTS, type OutcomeRow } from './components.js';
import { assessPredictiveness } from './predictiveness.js';
import { assessSelection, type ScoredPairs, type Selection, thorndikeCase2 } from './selection.js';

const excluded = {
  open: 0,
  deleted: 0,
  no_score_before: 0,
  score_too_old: 0,
  not_matured: 0,
  no_success_score: 0,
};

/** @param scored the scores of all pairs, the same for each component, in steps of 0.0001 */
function select(rows: readonly OutcomeRow[], scored: readonly number[]): Selection {
  const sums = naiveSumsByScore(rows);
  const report = assessPredictiveness({
    deals: { n: rows.length, nSuccessful: 0, nScore: rows.length, excluded, scoredLater: 0 },
    sums,
    asOf: '2026-01-01T00:00:00Z',
    window: { from: null, to: '2025-07-01T00:00:00Z', scoreMaxAgeDays: 180, maturityDays: 180 },
  });
  const spread = groupSums(scored);
  const byComponent: ScoredPairs['byComponent'] = {
    semantic: spread,
    goal_alignment: spread,
    cultural_momentum: spread,
    historical: spread,
    authenticity: spread,
  };
  return assessSelection(report, sums, { pairs: scored.length, partnered: rows.length, byComponent });
}

describe('thorndikeCase2', () => {
  it('is the formula in numpy', () => {
    expect(thorndikeCase2(0.3, 1.5)).toBeCloseTo(0.4266409168259795, 12);
    expect(thorndikeCase2(-0.2, 2)).toBeCloseTo(-0.3779644730092272, 12);
    expect(thorndikeCase2(0.5, 0.8)).toBeCloseTo(0.4193139346887673, 12);
  });

  it('keeps signs and limits, does nothing where nothing was selected, and is undone by the inverse ratio', () => {
    const correlation = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(correlation, fc.double({ min: 0.1, max: 10, noNaN: true }), (r, u) => {
        const corrected = thorndikeCase2(r, u);
        expect(Math.abs(corrected)).toBeLessThanOrEqual(1 + 1e-12);
        expect(thorndikeCase2(r, 1)).toBeCloseTo(r, 12);
        expect(thorndikeCase2(-r, u)).toBeCloseTo(-corrected, 12);
        expect(thorndikeCase2(corrected, 1 / u)).toBeCloseTo(r, 6);
      }),
    );
  });
});

describe('assessSelection', () => {
  it('has both spreads, the ratio, and the correlation in the range of all pairs', () => {
    // Deals with semantic scores of 0.2 and 0.4 only; pairs with 0, 0.5 and 1.
    const rows = plantedDeals(80, {}, 1).map((deal, at) => ({
      ...deal,
      scores: { ...deal.scores, semantic: at % 2 === 0 ? 0.2 : 0.4 },
      successScore: at % 2 === 0 ? 2 : at % 4 === 1 ? 4 : 1,
    }));
    const found = select(rows, [0, 5000, 10_000, 5000]);
    expect(found).toMatchObject({ scoredPairs: 4, partneredPairs: 80, share: 20 });
    const [semantic] = found.components;
    const sdDeals = Math.sqrt((80 * 0.1 ** 2) / 79);
    const sdPairs = Math.sqrt(0.5 / 3);
    expect(semantic!.sdScored).toBeCloseTo(sdPairs, 12);
    expect(semantic!.sdPartnerships).toBeCloseTo(sdDeals, 12);
    expect(semantic!.ratio).toBeCloseTo(sdPairs / sdDeals, 12);
    expect(semantic!.corrected).toBeCloseTo(thorndikeCase2(semantic!.r!, sdPairs / sdDeals), 12);
    expect(semantic!.correctedLow!).toBeLessThan(semantic!.corrected!);
    expect(semantic!.correctedHigh!).toBeGreaterThan(semantic!.corrected!);
    expect(found.scope).toMatch(/^Among partnerships that formed/);
  });

  it('corrects by the spread of the deals that have a success score, as r is over those alone', () => {
    // Lost deals at 0.2 without a success score widen the range of the deals, and not that of the correlation.
    const won = Array.from({ length: 60 }, (_, at) => ({ semantic: 0.75 + (at % 10) / 100, noise: at % 7 }));
    const rows = plantedDeals(120, {}, 3).map((deal, at): OutcomeRow => {
      const { semantic, noise } = won[at] ?? { semantic: 0.2, noise: null };
      const successScore = noise === null ? null : Math.round(100 * (10 * semantic - 5 + noise / 5)) / 100;
      return { ...deal, success: at < 60, successScore, scores: { ...deal.scores, semantic } };
    });
    const uniform = Array.from({ length: 10_001 }, (_, step) => step);
    const [semantic] = select(rows, uniform).components;
    const sd = (values: readonly number[]): number => {
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1));
    };
    const [all, ofR] = [rows.map(({ scores }) => scores.semantic!), won.map((deal) => deal.semantic)];
    const u = semantic!.sdScored! / sd(ofR);
    expect(u).toBeGreaterThan(9.9);
    expect(semantic!.sdPartnerships).toBeCloseTo(sd(all), 12);
    expect(semantic!.sdWithSuccessScore).toBeCloseTo(sd(ofR), 12);
    expect(semantic!.ratio).toBeCloseTo(u, 9);
    expect(semantic!.corrected).toBeCloseTo(thorndikeCase2(semantic!.r!, u), 9);
    expect(semantic!.correctedLow).toBeCloseTo(thorndikeCase2(semantic!.low!, u), 9);
    expect(semantic!.reason).toBeNull();
  });

  it('recovers the correlation of everybody from the selected', () => {
    const random = seeded(7);
    const pairs = Array.from({ length: 20_000 }, () => {
      const semantic = Math.round(random() * 10_000) / 10_000;
      return { semantic, successScore: 1.5 + 2 * semantic + (random() + random() + random() - 1.5) };
    });
    const rows = pairs
      .filter(({ semantic }) => semantic > 0.7)
      .slice(0, 3000)
      .map(({ semantic, successScore }, at): OutcomeRow => ({
        entity1Id: `a${at % 50}`,
        entity2Id: `b${at % 50}`,
        success: false,
        successScore: Math.max(0, Math.min(5, successScore)),
        scores: { semantic, goal_alignment: 0, cultural_momentum: 0, historical: null, authenticity: 1 },
        confidence: 1,
      }));
    const sums = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);
    const [mx, my] = [
      sums(pairs.map((p) => p.semantic)) / 20_000,
      sums(pairs.map((p) => p.successScore)) / 20_000,
    ];
    const truth =
      sums(pairs.map((p) => (p.semantic - mx) * (p.successScore - my))) /
      Math.sqrt(
        sums(pairs.map((p) => (p.semantic - mx) ** 2)) * sums(pairs.map((p) => (p.successScore - my) ** 2)),
      );
    // Sums of all rows against each other would take a minute here; the naive ones go by few rows.
    const found = select(
      rows.slice(0, 400),
      pairs.map(({ semantic }) => Math.round(semantic * 10_000)),
    );
    const semantic = found.components[0]!;
    expect(Math.abs(semantic.r! - truth)).toBeGreaterThan(0.2);
    expect(semantic.correctedLow!).toBeLessThan(truth);
    expect(semantic.correctedHigh!).toBeGreaterThan(truth);
  });

  it('is null with a reason where there is too little to go by', () => {
    const deals = plantedDeals(20, {}, 2);
    const reasons = (found: Selection) => new Set(found.components.map(({ reason }) => reason));
    expect(reasons(select(deals, []))).toEqual(new Set(['fewer_than_two_pairs']));
    expect(select(deals, []).share).toBeNull();
    expect(reasons(select(deals, [1]))).toEqual(new Set(['fewer_than_two_pairs']));
    expect(reasons(select(deals, [1, 1]))).toEqual(new Set(['constant_among_pairs']));
    expect(reasons(select([], [1, 2]))).toEqual(new Set(['fewer_than_two_deals']));
    expect(reasons(select(deals.slice(0, 1), [1, 2]))).toEqual(new Set(['fewer_than_two_deals']));
    const constant = deals.map((deal) => ({ ...deal, scores: deals[0]!.scores }));
    expect(reasons(select(constant, [1, 2]))).toEqual(new Set(['constant_among_partnerships']));
    const unscored = deals.map((deal) => ({ ...deal, successScore: null }));
    expect(reasons(select(unscored, [1, 2]))).toEqual(new Set(['no_correlation']));
    expect(select(unscored, [1, 2]).components[0]).toMatchObject({ sdWithSuccessScore: null, ratio: null });
    const [first, ...others] = deals.map((deal) => ({ ...deal, successScore: 3 }));
    const same = [
      first!,
      { ...others[0]!, scores: first!.scores },
      ...others.slice(1).map((deal) => ({ ...deal, successScore: null })),
    ];
    expect(select(same, [1, 2]).components[0]).toMatchObject({
      sdWithSuccessScore: 0,
      ratio: null,
      corrected: null,
      reason: 'no_correlation',
    });
    expect(select(unscored, [1, 2]).components.map(({ component }) => component)).toEqual([...COMPONENTS]);
  });
});
