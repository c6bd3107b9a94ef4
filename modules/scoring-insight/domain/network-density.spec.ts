import { describe, expect, it } from '@jest/globals';
import { plantedMarket } from './__fixtures__/planted-market.js';
import { assessDensity, doublingOf, type Density, type SegmentMonth } from './network-density.js';

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed + 1);
const count = (found: readonly Density[], verdict: Density['verdict']): number =>
  found.filter((each) => each.verdict === verdict).length;

describe('assessDensity', () => {
  it('finds a planted association again', () => {
    const found = SEEDS.map((seed) => assessDensity(plantedMarket({ elasticity: 0.5 }, seed)));
    expect(count(found, 'more_with_density')).toBeGreaterThanOrEqual(14);
    const covered = found.filter(({ estimate }) => estimate!.low <= 0.5 && 0.5 <= estimate!.high);
    expect(covered.length).toBeGreaterThanOrEqual(17);
    const crowded = assessDensity(plantedMarket({ elasticity: -0.5 }, 1));
    expect(crowded).toMatchObject({ verdict: 'fewer_with_density', reasons: ['interval_below_zero'] });
    expect(crowded.doubling!.ratio).toBe(2 ** crowded.estimate!.elasticity);
  }, 60_000);

  it('finds none where there is none', () => {
    const found = SEEDS.map((seed) => assessDensity(plantedMarket({}, seed)));
    expect(count(found, 'more_with_density') + count(found, 'fewer_with_density')).toBeLessThanOrEqual(2);
    expect(count(found, 'no_association')).toBeGreaterThanOrEqual(14);
  }, 60_000);

  it('withholds its verdict where luck brings members: the future market then predicts', () => {
    const found = SEEDS.map((seed) => assessDensity(plantedMarket({ attraction: 1.5 }, seed)));
    expect(found.filter(({ reasons }) => reasons.includes('placebo_predicts')).length).toBeGreaterThanOrEqual(
      15,
    );
    expect(count(found, 'more_with_density')).toBeLessThanOrEqual(1);
  }, 60_000);

  const market = plantedMarket({ segments: 12, months: 20 }, 1);
  /** 500 entities in each segment, one more from some month on: the elasticity would stand on one part in 500. */
  const newcomers = plantedMarket({ segments: 12, months: 36 }, 2).map((row) => ({
    ...row,
    active: row.month - 600 < 3 * Number(row.segment.slice(8)) ? 500 : 501,
  }));
  const inMonths = (months: number): SegmentMonth[] => market.filter(({ month }) => month < 600 + months);
  it.each<[string, SegmentMonth[], string[]]>([
    ['nothing', [], ['too_few_segments', 'too_few_months', 'too_few_partnerships']],
    ['few segments', plantedMarket({ segments: 9 }, 1), ['too_few_segments']],
    ['few months', inMonths(11), ['too_few_months']],
    ['few partnerships', market.map((row) => ({ ...row, begun: 0 })), ['too_few_partnerships']],
    ['a market that never changes', market.map((row) => ({ ...row, active: 30 })), ['too_little_variation']],
    ['one newcomer each among 500', newcomers, ['too_little_variation']],
    [
      'a market that only grows as a whole',
      market.map((row) => ({ ...row, active: 1 + 2 ** (row.month - 597) })),
      ['too_little_variation'],
    ],
    [
      'entities without peers',
      market.map((row) => ({ ...row, active: 1 })),
      ['too_few_segments', 'too_few_months', 'too_few_partnerships'],
    ],
  ])('says why it has no answer: %s', (_, rows, reasons) => {
    expect(assessDensity(rows)).toMatchObject({
      verdict: 'too_little_data',
      reasons,
      estimate: null,
      doubling: null,
      placebo: null,
    });
  });

  it('judges where peers moved by more than that', () => {
    const spread = newcomers.map((row) => ({ ...row, active: row.active === 501 ? 600 : 500 }));
    expect(assessDensity(spread).estimate).not.toBeNull();
  });

  it('has a ratio for twice the peers only where a number can hold it', () => {
    const elasticity = { elasticity: 1, standardError: 1, low: -2, high: 3, p: 0.5 };
    expect(doublingOf(elasticity)).toEqual({ ratio: 2, low: 0.25, high: 8 });
    expect(doublingOf({ ...elasticity, high: 1025 })).toBeNull();
  });

  it('gives no verdict without a placebo', () => {
    // Segments are seen in even months or for a short time: none has a month and the sixth after it.
    const rows = market.filter(({ segment, month }) => (month + Number(segment.slice(8))) % 12 < 6);
    expect(assessDensity(rows)).toMatchObject({
      verdict: 'withheld',
      reasons: ['placebo_undefined'],
      placebo: null,
    });
  });
});
