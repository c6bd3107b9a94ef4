import { type Metric, type MetricDefinition, metricDefinition } from './metrics.js';
import { MIN_TREND_POINTS, monotoneTrend } from './stats/trend.js';
import { significantDigits } from './stats/significant-digits.js';

/** An entity's figure of one metric month by month; months since January 1970, in the order of time, gaps allowed. */
export interface MonthlySeries {
  entityId: string;
  tenantId: string;
  metric: Metric;
  months: number[];
  values: number[];
}

export interface EntityTrend {
  entityId: string;
  tenantId: string;
  metric: Metric;
  /** Complete months with a figure. */
  points: number;
  /** yyyymm; null without a point. */
  firstMonth: number | null;
  lastMonth: number | null;
  /** Median change a month (Theil and Sen), in the unit of the figure. */
  slope: number | null;
  /** Mann and Kendall. */
  z: number | null;
  p: number | null;
  /** Of the figure itself, whether that is good or not; `steady` where the test finds neither (p >= 0.05). */
  direction: 'rising' | 'falling' | 'steady' | null;
  reason: 'fewer_than_8_months' | null;
  /** One sentence for a person. */
  explanation: string;
}

const SIGNIFICANT = 0.05;

/** Whether an entity's own figures rise or fall over the months. */
export function trendOf({ entityId, tenantId, metric, months, values }: MonthlySeries): EntityTrend {
  const points = months.length;
  const trend = monotoneTrend(months.map((x, i) => ({ x, y: values[i] ?? 0 })));
  const span = { firstMonth: yearMonth(months[0]), lastMonth: yearMonth(months.at(-1)) };
  const direction = trend && directionOf(trend);
  return {
    entityId,
    tenantId,
    metric,
    points,
    ...span,
    slope: trend?.slope ?? null,
    z: trend?.z ?? null,
    p: trend?.p ?? null,
    direction,
    reason: trend === null ? 'fewer_than_8_months' : null,
    explanation: explain(metricDefinition(metric), points, trend?.slope ?? 0, direction),
  };
}

function directionOf({ z, p }: { z: number; p: number }): 'rising' | 'falling' | 'steady' {
  if (p >= SIGNIFICANT) return 'steady';
  return z > 0 ? 'rising' : 'falling';
}

function yearMonth(month: number | undefined): number | null {
  return month === undefined ? null : (1970 + Math.floor(month / 12)) * 100 + (month % 12) + 1;
}

function explain(
  definition: MetricDefinition,
  points: number,
  slope: number,
  direction: EntityTrend['direction'],
): string {
  const { label } = definition;
  if (direction === null) {
    return `${label}: a trend needs ${MIN_TREND_POINTS} complete months with a figure, there are ${points}.`;
  }
  if (direction === 'steady') return `${label} shows no trend over ${points} months.`;
  // With many ties the figure moves, but its median change is none.
  const speed = slope === 0 ? '' : `, by ${change(Math.abs(slope), definition)} a month`;
  return `${label} is ${direction} over ${points} months${speed}.`;
}

function change(slope: number, { unit }: MetricDefinition): string {
  switch (unit) {
    case 'percent':
      return `${significantDigits(slope * 100, 2)} percentage points`;
    case 'days':
      return `${significantDigits(slope, 2)} days`;
    case 'money':
    case 'per_partnership':
      return String(significantDigits(slope, 2));
  }
}
