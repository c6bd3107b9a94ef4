import { describe, expect, it } from '@jest/globals';
import { type MonthlySeries, trendOf } from './benchmarks-trend.js';

// Month 0 is January 1970: 660 is January 2025.
const series = (values: number[], metric: MonthlySeries['metric'] = 'success_rate'): MonthlySeries => ({
  entityId: 'e',
  tenantId: 't',
  metric,
  months: values.map((_, i) => 660 + i),
  values,
});

describe('trendOf', () => {
  it('says how fast a figure rises, and over which months', () => {
    expect(trendOf(series([0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65]))).toMatchObject(
      {
        points: 12,
        firstMonth: 202501,
        lastMonth: 202512,
        slope: expect.closeTo(0.05, 9),
        direction: 'rising',
        reason: null,
        explanation: 'Success rate is rising over 12 months, by 5 percentage points a month.',
      },
    );
  });

  it.each([
    ['days_to_signed', 'Median time to signature is falling over 9 months, by 2 days a month.'],
    ['deal_value', 'Median value of won deals is falling over 9 months, by 2 a month.'],
  ] as const)('names the unit of %s', (metric, explanation) => {
    expect(trendOf(series([40, 38, 36, 34, 32, 30, 28, 26, 24], metric)).explanation).toBe(explanation);
  });

  it('says no speed where ties leave the median change at zero', () => {
    expect(trendOf(series([...Array<number>(8).fill(0), ...Array<number>(4).fill(1)]))).toMatchObject({
      slope: 0,
      direction: 'rising',
      explanation: 'Success rate is rising over 12 months.',
    });
  });

  it('finds none in noise, and needs eight months', () => {
    expect(trendOf(series([1, 0, 1, 0, 1, 0, 1, 0, 1]))).toMatchObject({
      direction: 'steady',
      reason: null,
      explanation: 'Success rate shows no trend over 9 months.',
    });
    expect(trendOf(series([]))).toMatchObject({
      points: 0,
      firstMonth: null,
      slope: null,
      z: null,
      p: null,
      direction: null,
      reason: 'fewer_than_8_months',
      explanation: 'Success rate: a trend needs 8 complete months with a figure, there are 0.',
    });
  });
});
