import { describe, expect, it } from '@jest/globals';
import { groupSums, naiveSumsByScore } from '../domain/__fixtures__/naive-sums.js';
import { plantedDeals } from '../domain/__fixtures__/planted-deals.js';
import { assessPredictiveness } from '../domain/predictiveness.js';
import { SEGMENTATIONS, type SegmentSums } from '../domain/segments.js';
import { driftSchema, segmentsSchema, selectionSchema } from './closer-look-schema.js';
import { insightReportSchema } from './insight-report.js';
import { lookCloser } from './look-closer.js';

const excluded = {
  open: 0,
  deleted: 0,
  no_score_before: 0,
  score_too_old: 0,
  not_matured: 0,
  no_success_score: 0,
};

function look(deals: number) {
  const quarters = {
    '2025-Q1': plantedDeals(deals, { semantic: 6 }, 1),
    '2025-Q2': plantedDeals(deals, {}, 2),
  };
  const all = naiveSumsByScore(Object.values(quarters).flat());
  const report = assessPredictiveness({
    deals: { n: 2 * deals, nSuccessful: 0, nScore: 0, excluded, scoredLater: 0 },
    sums: all,
    asOf: '2026-01-01T00:00:00Z',
    window: { from: null, to: '2025-07-01T00:00:00Z', scoreMaxAgeDays: 180, maturityDays: 180 },
  });
  const segments = Object.entries(quarters).flatMap(([segment, rows]): SegmentSums[] =>
    deals === 0
      ? []
      : SEGMENTATIONS.map((segmentation) => ({ segmentation, segment, sums: naiveSumsByScore(rows) })),
  );
  const scored = groupSums(deals === 0 ? [] : [0, 2500, 10_000]);
  const store = {
    scoreDistributions: () =>
      Promise.resolve(
        Object.keys(quarters).map((quarter, at) => ({
          quarter,
          component: 'semantic' as const,
          counts: [
            { value: 0.1, n: deals },
            { value: 0.2, n: at * deals },
          ],
        })),
      ),
    scoredPairs: () =>
      Promise.resolve({
        pairs: scored.n,
        partnered: 1,
        byComponent: {
          semantic: scored,
          goal_alignment: scored,
          cultural_momentum: scored,
          historical: scored,
          authenticity: scored,
        },
      }),
  };
  return lookCloser(store, report, { all, segments, sampledFrom: null });
}

describe('the sections of a report', () => {
  it.each([0, 1, 2, 80])('keep every field through JSON, for %d deals a quarter', async (deals) => {
    const { segments, drift, selection } = await look(deals);
    const throughJson = (section: unknown): unknown => JSON.parse(JSON.stringify(section));
    expect(segmentsSchema.parse(throughJson(segments))).toEqual(segments);
    expect(driftSchema.parse(throughJson(drift))).toEqual(drift);
    expect(selectionSchema.parse(throughJson(selection))).toEqual(selection);
  });

  it('are null in a report of before there were any', () => {
    const { segments, drift, selection } = insightReportSchema.shape;
    for (const section of [segments, drift, selection]) expect(section.parse(undefined)).toBeNull();
  });
});
