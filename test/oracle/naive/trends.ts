import type { Decimal } from 'decimal.js';
import { dayOfKey, entry, type Facts, mean, Money, NOBODY, type Row, total } from './facts.js';

export interface MomentumRow extends Row {
  trend_key: string;
  trend_id: string;
  lifecycle_stage: string;
  date_key: number;
  measurements: number;
  momentum_sum: string;
  signal_count: string;
  momentum_change_7d: string | null;
  momentum_change_30d: string | null;
}

export function trendMomentum(facts: Facts): MomentumRow[] {
  const trendOf = (key: string) => facts.dim_trend.find((trend) => trend.trend_key === key);
  const groups = new Map<string, Facts['fact_trend_metrics']>();
  for (const metric of facts.fact_trend_metrics)
    entry(groups, [metric.trend_key, metric.date_key], () => []).push(metric);
  const meanOn = (id: string, day: number): Decimal | undefined => {
    const found = facts.fact_trend_metrics.filter(
      (metric) => dayOfKey(metric.date_key) === day && trendOf(metric.trend_key)?.trend_id === id,
    );
    return found.length === 0 ? undefined : mean(found.map((metric) => metric.momentum_score));
  };
  const change = (key: string, day: number, back: number): string | null => {
    const id = trendOf(key)?.trend_id;
    if (key === '0' || id === undefined) return null;
    for (let then = day - back; then > day - back - 7; then -= 1) {
      const before = meanOn(id, then);
      if (before) return (meanOn(id, day) ?? new Money(0)).minus(before).toFixed(6);
    }
    return null;
  };
  return [...groups.values()].map((metrics) => {
    const { trend_key, date_key } = metrics[0] ?? { trend_key: '', date_key: 0 };
    const sum = total(metrics.map((metric) => metric.momentum_score));
    return {
      trend_key,
      date_key,
      momentum_avg: sum.toNumber() / metrics.length,
      engagement_total: String(
        metrics.map((metric) => BigInt(metric.engagement_total)).reduce((a, b) => (a > b ? a : b)),
      ),
      signal_count: String(metrics.reduce((all, metric) => all + metric.signal_count, 0)),
      trend_id: trendOf(trend_key)?.trend_id ?? NOBODY,
      lifecycle_stage: trendOf(trend_key)?.lifecycle_stage ?? 'unknown',
      measurements: metrics.length,
      momentum_sum: sum.toFixed(4),
      velocity_avg: total(metrics.map((metric) => metric.velocity)).toNumber() / metrics.length,
      momentum_change_7d: change(trend_key, dayOfKey(date_key), 7),
      momentum_change_30d: change(trend_key, dayOfKey(date_key), 30),
    };
  });
}

export function lifecycleRows(momentum: MomentumRow[]): Row[] {
  const groups = new Map<string, MomentumRow[]>();
  for (const row of momentum) entry(groups, [row.lifecycle_stage, row.date_key], () => []).push(row);
  return [...groups.values()].map((rows) => {
    const measurements = rows.reduce((all, row) => all + row.measurements, 0);
    const changes = (column: 'momentum_change_7d' | 'momentum_change_30d') => {
      const byTrend = new Map(rows.map((row) => [row.trend_id, row[column]]));
      return [...byTrend.values()].filter((value) => value !== null);
    };
    const [week, month] = [changes('momentum_change_7d'), changes('momentum_change_30d')];
    return {
      lifecycle_stage: rows[0]?.lifecycle_stage,
      date_key: rows[0]?.date_key,
      trends: new Set(rows.filter((row) => row.trend_key !== '0').map((row) => row.trend_id)).size,
      measurements,
      momentum_avg: total(rows.map((row) => row.momentum_sum))
        .div(measurements)
        .toFixed(6),
      signal_count: String(rows.reduce((all, row) => all + Number(row.signal_count), 0)),
      changed_7d: week.length,
      change_7d_avg: week.length === 0 ? null : mean(week).toFixed(6),
      changed_30d: month.length,
      change_30d_avg: month.length === 0 ? null : mean(month).toFixed(6),
    };
  });
}

export function activityRows(facts: Facts): Row[] {
  const groups = new Map<string, Facts['fact_user_activity']>();
  for (const activity of facts.fact_user_activity)
    entry(groups, [activity.activity_date_key, activity.activity_type], () => []).push(activity);
  return [...groups.values()].map((rows) => ({
    date_key: rows[0]?.activity_date_key,
    activity_type: rows[0]?.activity_type,
    activities: String(rows.length),
    users: String(new Set(rows.map((row) => row.user_key).filter((key) => key !== '0')).size),
    anonymous: String(rows.filter((row) => row.user_key === '0').length),
  }));
}

export function entityActivity(facts: Facts): Row[] {
  const groups = new Map<string, { month_key: number; entity_key: string; activities: number }>();
  for (const { activity_date_key, target_entity_key: entity_key } of facts.fact_user_activity) {
    if (entity_key === '0') continue;
    const month_key = Math.floor(activity_date_key / 100);
    entry(groups, [month_key, entity_key], () => ({ month_key, entity_key, activities: 0 })).activities += 1;
  }
  return [...groups.values()];
}
