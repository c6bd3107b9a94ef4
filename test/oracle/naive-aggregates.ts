import { dealTimeline, funnelRows, partnershipMetrics } from './naive/deals.js';
import { type Facts, monthText, NOBODY, type Row, text } from './naive/facts.js';
import { cohortRows, economicsRows, memberMonthRows, unitEconomics } from './naive/members.js';
import { cycleTimes, successRows } from './naive/outcomes.js';
import { activityRows, entityActivity, lifecycleRows, trendMomentum } from './naive/trends.js';

export { type Facts, factRows, type Row } from './naive/facts.js';

/**
 * Every aggregate by name, rows in no order, without bookkeeping columns: plain loops over the rows of dim_*, fact_* and raw_*, what
 * every aggregate must hold, computed without any SQL.
 */
export function naiveAggregates(facts: Facts, reportingCurrency: string): Record<string, Row[]> {
  const timeline = dealTimeline(facts);
  const daily = partnershipMetrics(timeline, (key) => key);
  const funnel = funnelRows(facts, timeline);
  const memberMonths = memberMonthRows(facts, timeline);
  const economics = economicsRows(facts, timeline, memberMonths, reportingCurrency);
  const momentum = trendMomentum(facts);
  return {
    agg_deal_timeline: timeline.map(({ created_at: _, value, ...row }) => ({
      ...row,
      value: text(value, 2),
    })),
    agg_daily_metrics: daily.map(
      ({ deals_open_end: _, value_open_end: __, win_rate: ___, date, ...row }) => ({
        date_key: date,
        ...row,
      }),
    ),
    agg_daily_partnership_metrics: daily
      .filter((row) => row.dimension === 'partnership_type')
      .map(({ date, dimension: _, dimension_value, win_rate: __, deals_without_rate: ___, ...row }) => ({
        date_key: date,
        partnership_type: dimension_value,
        ...row,
      })),
    agg_monthly_metrics: partnershipMetrics(timeline, (key) => Math.floor(key / 100)).map(
      ({ date, ...row }) => ({ month: monthText(date), ...row }),
    ),
    agg_platform_metrics: partnershipMetrics(
      timeline.map((deal) => ({ ...deal, tenant_id: NOBODY })),
      (key) => key,
    )
      .filter((row) => row.dimension !== 'entity')
      .map(({ date, tenant_id: _, win_rate: __, ...row }) => ({ date_key: date, ...row })),
    agg_funnel: funnel,
    agg_stage_time: funnel
      .filter((row) => row.scope === 'platform' && row.dimension === 'partnership_type' && row.visits !== 0)
      .map((row) => ({
        stage_key: row.stage_key,
        partnership_type: row.dimension_value,
        visits: row.visits,
        completed_visits: row.completed_visits,
        median_days: row.median_days,
        p90_days: row.p90_days,
      })),
    agg_cycle_time: cycleTimes(timeline),
    agg_success_roi: successRows(facts, timeline, economics),
    agg_trend_momentum: momentum,
    agg_lifecycle_momentum: lifecycleRows(momentum),
    agg_activity: activityRows(facts),
    agg_entity_activity: entityActivity(facts),
    agg_member_months: memberMonths.map(({ id: _, at: __, ...row }) => row),
    agg_member_cohort: cohortRows(timeline, memberMonths),
    agg_monthly_economics: economics,
    agg_unit_economics: unitEconomics(economics),
  };
}
