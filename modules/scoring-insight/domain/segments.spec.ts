import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { naiveSumsByScore } from './__fixtures__/naive-sums.js';
import { plantedDeals, seeded } from './__fixtures__/planted-deals.js';
import type { OutcomeRow } from './components.js';
import { assessPredictiveness } from './predictiveness.js';
import {
  adjustSegments,
  assessSegments,
  MAX_SEGMENTS,
  type Segmentation,
  type SegmentationReport,
  segmentTests,
} from './segments.js';
import { falseDiscoveryRates } from './stats/false-discovery.js';

const excluded = {
  open: 0,
  deleted: 0,
  no_score_before: 0,
  score_too_old: 0,
  not_matured: 0,
  no_success_score: 0,
};

function segment(by: Segmentation, deals: Record<string, readonly OutcomeRow[]>): SegmentationReport {
  const all = Object.values(deals).flat();
  const report = assessPredictiveness({
    deals: { n: all.length, nSuccessful: 0, nScore: 0, excluded, scoredLater: 0 },
    sums: naiveSumsByScore(all),
    asOf: '2026-01-01T00:00:00Z',
    window: { from: null, to: '2025-07-01T00:00:00Z', scoreMaxAgeDays: 180, maturityDays: 180 },
  });
  const sums = Object.entries(deals).map(([name, rows]) => ({
    segmentation: by,
    segment: name,
    sums: naiveSumsByScore(rows),
  }));
  return assessSegments(report, sums).find(({ segmentation }) => segmentation === by)!;
}

const semantic = <Row extends { component: string }>(rows: readonly Row[]): Row =>
  rows.find(({ component }) => component === 'semantic')!;

/** Deals whose success follows the score upwards within the group; few succeed where scores are high. */
function group(n: number, level: number, successes: number, seed: number): OutcomeRow[] {
  const random = seeded(seed);
  return plantedDeals(n, {}, seed).map((deal, at) => {
    const success = at < n * successes;
    const share = level + (success ? 0.15 : 0) + 0.2 * random();
    return {
      ...deal,
      entity1Id: `a${seed}-${at}`,
      entity2Id: `b${seed}-${at}`,
      success,
      scores: { ...deal.scores, semantic: share },
    };
  });
}

describe('assessSegments', () => {
  it('has the area of each segment, the largest first, and says which it leaves out', () => {
    const names = Array.from({ length: MAX_SEGMENTS + 2 }, (_, at) => `s${at}`);
    const deals = Object.fromEntries(
      names.map((name, at) => [name, plantedDeals(40 + at, { semantic: 4 }, at)]),
    );
    const report = segment('industry', deals);
    expect(report.segments.map((row) => [row.segment, row.n])).toEqual(
      names
        .toReversed()
        .slice(0, MAX_SEGMENTS)
        .map((name) => [name, deals[name]!.length]),
    );
    expect(report.leftOut).toEqual([
      { segment: 's1', n: 41 },
      { segment: 's0', n: 40 },
    ]);
    const [largest] = report.segments;
    const sums = naiveSumsByScore(deals.s9!).semantic!;
    const found = semantic(largest!.components);
    expect(found).toMatchObject({ n: 49, nSuccessful: sums.positives.n });
    expect(found.auc).toBeCloseTo(Number(sums.doubledU) / (2 * sums.positives.n * sums.negatives.n), 12);
    expect(found.low!).toBeLessThan(found.auc!);
    expect(found.high!).toBeGreaterThan(found.auc!);
  });

  it('finds no difference between segments of identical deals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 0, max: 1000 }), (count, seed) => {
        const deals = plantedDeals(80, { semantic: 3 }, seed);
        const report = segment(
          'partnership_type',
          Object.fromEntries(Array.from({ length: count }, (_, at) => [`type ${at}`, deals])),
        );
        const found = semantic(report.across);
        expect(found).toMatchObject({ segments: count, n: 80 * count, df: count - 1, iSquared: 0 });
        expect(found.q).toBeCloseTo(0, 9);
        expect(found.within.auc).toBeCloseTo(semantic(report.segments[0]!.components).auc!, 9);
        expect(found.reversed).toBe(false);
      }),
      { numRuns: 10 },
    );
  });

  it('finds segments in which a component does the opposite', () => {
    const report = segment('partnership_type', {
      licensing: plantedDeals(200, { semantic: 5 }, 1),
      event: plantedDeals(200, { semantic: -5 }, 2),
    });
    const found = semantic(report.across);
    expect(found.p!).toBeLessThan(1e-6);
    expect(found.iSquared!).toBeGreaterThan(0.9);
    const adjusted = adjustSegments([report], falseDiscoveryRates(segmentTests([report])))[0]!;
    expect(semantic(adjusted.across).pAdjusted!).toBeLessThan(1e-4);
    const verdicts = adjusted.segments.map((row) => [row.segment, semantic(row.components).verdict]);
    expect(Object.fromEntries(verdicts)).toEqual({ licensing: 'predicts', event: 'predicts_inversely' });
    expect(semantic(adjusted.segments[0]!.components).pAdjusted!).toBeLessThan(0.001);
  });

  it("warns of Simpson's paradox with both intervals", () => {
    const deals = { easy: group(200, 0.1, 0.8, 3), hard: group(200, 0.6, 0.2, 4) };
    const found = semantic(segment('partnership_type', deals).across);
    expect(found.reversed).toBe(true);
    expect(found.pooled.high!).toBeLessThan(0.5);
    expect(found.within.low!).toBeGreaterThan(0.5);
    // Without an effect within the segments there is nothing to reverse.
    const noEffect = (rows: OutcomeRow[], level: number) =>
      rows.map((row) => ({ ...row, scores: { ...row.scores, semantic: level } }));
    const plain = { easy: noEffect(deals.easy, 0.2), hard: noEffect(deals.hard, 0.7) };
    expect(semantic(segment('partnership_type', plain).across).reversed).toBe(false);
  });

  it('does not compare segments that share deals', () => {
    const deals = { gold: plantedDeals(60, { semantic: 4 }, 5), silver: plantedDeals(60, {}, 6) };
    for (const by of ['industry', 'tier'] as const)
      expect(semantic(segment(by, deals).across)).toMatchObject({
        segments: 2,
        q: null,
        p: null,
        within: { auc: null, low: null, high: null },
        reversed: false,
        reason: 'overlapping_segments',
      });
  });

  it('has no verdict and no test where deals are too few, constant or all alike', () => {
    const some = plantedDeals(60, { semantic: 4 }, 7);
    const report = segment('partnership_type', {
      constant: some.map((row) => ({ ...row, scores: { ...row.scores, semantic: 0.5 } })),
      lost: some.slice(0, 50).map((row) => ({ ...row, success: false })),
      few: some.slice(0, 29),
      two: some.slice(0, 2),
      one: some.slice(0, 1),
    });
    expect(
      report.segments.map((row) => {
        const { auc, verdict, p } = semantic(row.components);
        return [row.segment, auc === null, verdict, p];
      }),
    ).toEqual([
      ['constant', true, 'no_evidence', null],
      ['lost', true, 'too_few_deals', null],
      ['few', false, 'too_few_deals', null],
      ['two', expect.any(Boolean), 'too_few_deals', null],
      ['one', true, 'too_few_deals', null],
    ]);
    expect(semantic(report.across)).toMatchObject({
      segments: 0,
      q: null,
      reason: 'fewer_than_two_segments',
    });
    const tested = segmentTests([report]).filter(
      ({ id }) => id.endsWith('semantic') && !id.startsWith('across'),
    );
    expect(new Set(tested.map(({ id }) => id)).size).toBe(5);
    JSON.stringify(report, (_, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`not finite: ${value}`);
      return value;
    });
  });

  it('is empty without deals', () => {
    expect(segment('tier', {})).toMatchObject({ segments: [], leftOut: [] });
  });
});
