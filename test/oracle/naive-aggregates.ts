import { Decimal } from 'decimal.js';
import { z } from 'zod';

/** Plain loops over the rows of dim_*, fact_* and raw_*: what every aggregate must hold, computed without any SQL. */

const Money = Decimal.clone({ precision: 100, rounding: Decimal.ROUND_HALF_UP });
const NOBODY = '00000000-0000-0000-0000-000000000000';

export const factRows = {
  dim_deal_stage: z.object({ stage_key: z.string(), stage_order: z.number(), outcome: z.string() }),
  dim_entity: z.object({
    entity_key: z.string(),
    entity_id: z.string(),
    entity_type: z.string(),
    industry: z.string(),
    tier: z.string(),
    tenant_id: z.string(),
    created_at: z.string(),
    is_current: z.boolean(),
  }),
  dim_trend: z.object({ trend_key: z.string(), trend_id: z.string(), lifecycle_stage: z.string() }),
  fact_partnerships: z.object({
    partnership_key: z.string(),
    tenant_id: z.string(),
    partnership_type: z.string(),
    entity1_key: z.string(),
    entity2_key: z.string(),
    current_stage_key: z.string(),
    deal_value_reporting: z.string().nullable(),
    days_to_signed: z.number().nullable(),
    days_to_active: z.number().nullable(),
    is_completed: z.boolean(),
    is_lost: z.boolean(),
    is_successful: z.boolean().nullable(),
    is_deleted: z.boolean(),
    created_at: z.string(),
    updated_at: z.string(),
  }),
  fact_deal_events: z.object({
    partnership_key: z.string(),
    from_stage_key: z.string(),
    to_stage_key: z.string(),
    stage_visit: z.number(),
    days_in_previous_stage: z.number().nullable(),
    event_timestamp: z.string(),
  }),
  fact_trend_metrics: z.object({
    trend_key: z.string(),
    date_key: z.number(),
    momentum_score: z.string(),
    velocity: z.string(),
    signal_count: z.number(),
    engagement_total: z.string(),
  }),
  fact_user_activity: z.object({
    user_key: z.string(),
    activity_date_key: z.number(),
    activity_type: z.string(),
    target_entity_key: z.string(),
  }),
  raw_unit_economics: z.object({
    month: z.string(),
    currency: z.string(),
    acquisition_cost: z.string(),
    revenue: z.string(),
    gross_margin: z.string(),
    _deleted: z.boolean(),
    _version_at: z.string(),
    _extracted_at: z.string(),
  }),
  raw_fx_rates: z.object({
    date: z.string(),
    currency: z.string(),
    rate: z.string(),
    _deleted: z.boolean(),
    _version_at: z.string(),
    _extracted_at: z.string(),
  }),
};
type Rows = typeof factRows;
export type Facts = { [T in keyof Rows]: z.output<Rows[T]>[] };
export type Row = Record<string, unknown>;

/** Every aggregate by name; rows in no order. */
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

interface TimelineRow extends Row {
  partnership_key: string;
  tenant_id: string;
  partnership_type: string;
  current_stage_key: string;
  is_completed: boolean;
  is_lost: boolean;
  is_successful: boolean | null;
  created_date_key: number;
  closed_date_key: number | null;
  days_to_signed: number | null;
  days_to_active: number | null;
  days_to_won: number | null;
  value: Decimal | null;
  value_band: string;
  entity_ids: string[];
  industries: string[];
  tiers: string[];
  created_at: string;
}

function dealTimeline(facts: Facts): TimelineRow[] {
  const rows: TimelineRow[] = [];
  for (const deal of facts.fact_partnerships) {
    if (deal.is_deleted) continue;
    let closedAt: string | null = null;
    if (deal.is_completed || deal.is_lost) {
      for (const event of facts.fact_deal_events) {
        if (event.partnership_key !== deal.partnership_key) continue;
        if (event.to_stage_key !== deal.current_stage_key) continue;
        if (closedAt === null || event.event_timestamp > closedAt) closedAt = event.event_timestamp;
      }
      closedAt ??= deal.updated_at;
      if (closedAt < deal.created_at) closedAt = deal.created_at;
    }
    const sides = [deal.entity1_key, deal.entity2_key].map((key) => {
      const found = facts.dim_entity.find((entity) => entity.entity_key === key);
      return found ?? { entity_id: NOBODY, industry: 'unknown', tier: 'unknown' };
    });
    const value = deal.deal_value_reporting === null ? null : new Money(deal.deal_value_reporting);
    rows.push({
      partnership_key: deal.partnership_key,
      tenant_id: deal.tenant_id,
      partnership_type: deal.partnership_type,
      current_stage_key: deal.current_stage_key,
      is_completed: deal.is_completed,
      is_lost: deal.is_lost,
      is_successful: deal.is_successful,
      created_date_key: dateKey(deal.created_at),
      closed_date_key: closedAt === null ? null : dateKey(closedAt),
      days_to_signed: deal.days_to_signed,
      days_to_active: deal.days_to_active,
      days_to_won: deal.is_completed && closedAt !== null ? dayOf(closedAt) - dayOf(deal.created_at) : null,
      value,
      value_band: bandOf(value),
      entity_ids: [...new Set(sides.map((side) => side.entity_id))],
      industries: [...new Set(sides.map((side) => side.industry))],
      tiers: [...new Set(sides.map((side) => side.tier))],
      created_at: deal.created_at,
    });
  }
  return rows;
}

function bandOf(value: Decimal | null): string {
  if (value === null) return 'no_rate';
  const bands: [string, number][] = [
    ['1m_and_more', 1_000_000],
    ['250k_to_1m', 250_000],
    ['50k_to_250k', 50_000],
    ['10k_to_50k', 10_000],
  ];
  for (const [name, from] of bands) if (value.gte(from)) return name;
  return 'under_10k';
}

function membersOf(deal: TimelineRow): [dimension: string, value: string][] {
  return [
    ['all', ''],
    ['partnership_type', deal.partnership_type],
    ...deal.entity_ids.map((id): [string, string] => ['entity', id]),
    ...deal.industries.map((name): [string, string] => ['industry', name]),
    ...deal.tiers.map((name): [string, string] => ['tier', name]),
  ];
}

interface Series {
  tenant_id: string;
  dimension: string;
  dimension_value: string;
}

/** Periods are dates as numbers (yyyymmdd or yyyymm). */
function partnershipMetrics(timeline: TimelineRow[], periodOf: (dateKey: number) => number) {
  const series = new Map<string, { of: Series; deals: TimelineRow[]; periods: Set<number> }>();
  for (const deal of timeline) {
    for (const [dimension, dimension_value] of membersOf(deal)) {
      const of = { tenant_id: deal.tenant_id, dimension, dimension_value };
      const one = entry(series, of, () => ({ of, deals: [], periods: new Set<number>() }));
      one.deals.push(deal);
      one.periods.add(periodOf(deal.created_date_key));
      if (deal.closed_date_key !== null) one.periods.add(periodOf(deal.closed_date_key));
    }
  }
  return [...series.values()].flatMap(({ of, deals, periods }) =>
    [...periods].map((date) => {
      const created = deals.filter((deal) => periodOf(deal.created_date_key) === date);
      const closed = deals.filter(
        (deal) => deal.closed_date_key !== null && periodOf(deal.closed_date_key) === date,
      );
      const won = closed.filter((deal) => deal.is_completed);
      const lost = closed.filter((deal) => deal.is_lost);
      const open = deals.filter(
        (deal) =>
          periodOf(deal.created_date_key) <= date &&
          (deal.closed_date_key === null || periodOf(deal.closed_date_key) > date),
      );
      return {
        date,
        ...of,
        deals_created: created.length,
        deals_won: won.length,
        deals_lost: lost.length,
        value_created: worth(created),
        value_won: worth(won),
        value_lost: worth(lost),
        deals_without_rate: created.filter((deal) => deal.value === null).length,
        deals_open_end: open.length,
        value_open_end: worth(open),
        win_rate: ratio(won.length, won.length + lost.length),
      };
    }),
  );
}

function worth(deals: readonly TimelineRow[]): string {
  return deals.reduce((total, deal) => total.plus(deal.value ?? 0), new Money(0)).toFixed(2);
}

function funnelRows(facts: Facts, timeline: TimelineRow[]): Row[] {
  const byOrder = (outcome: string) =>
    facts.dim_deal_stage
      .filter((stage) => stage.outcome === outcome)
      .sort((a, b) => a.stage_order - b.stage_order)
      .map((stage) => stage.stage_key);
  const path = [...byOrder('open'), ...byOrder('won')];
  const positionOf = (stage: string) => path.indexOf(stage) + 1;
  const events = new Map<string, Facts['fact_deal_events']>();
  for (const event of facts.fact_deal_events)
    if (event.partnership_key !== '0') entry(events, event.partnership_key, () => []).push(event);
  const groups = new Map<string, { of: Row; deals: TimelineRow[] }>();
  for (const deal of timeline) {
    for (const scope of [
      { scope: 'platform', tenant_id: NOBODY },
      { scope: 'tenant', tenant_id: deal.tenant_id },
    ]) {
      for (const dimension of [
        { dimension: 'all', dimension_value: '' },
        { dimension: 'partnership_type', dimension_value: deal.partnership_type },
      ]) {
        const of = { ...scope, ...dimension };
        entry(groups, of, () => ({ of, deals: [] })).deals.push(deal);
      }
    }
  }
  const rows: Row[] = [];
  for (const { of, deals } of groups.values()) {
    for (const stage of facts.dim_deal_stage.map(({ stage_key }) => stage_key)) {
      const position = positionOf(stage);
      let [reached, advanced, won, lostHere, entered, openHere, visits] = [0, 0, 0, 0, 0, 0, 0];
      const days: number[] = [];
      for (const deal of deals) {
        const history = (events.get(JSON.stringify(deal.partnership_key)) ?? []).sort(
          (a, b) => a.stage_visit - b.stage_visit,
        );
        const furthest = Math.max(
          1,
          positionOf(deal.current_stage_key),
          ...history.flatMap((event) => [positionOf(event.from_stage_key), positionOf(event.to_stage_key)]),
        );
        if (position > 0 && furthest >= position) {
          reached += 1;
          if (furthest > position) advanced += 1;
          if (deal.is_completed) won += 1;
        }
        if (position > 0 && furthest === position && deal.is_lost) lostHere += 1;
        const stands = deal.current_stage_key === stage;
        if (stands && !deal.is_completed && !deal.is_lost) openHere += 1;
        if (stands || history.some((event) => event.to_stage_key === stage)) entered += 1;
        history.forEach((event, index) => {
          if (event.to_stage_key !== stage) return;
          visits += 1;
          const took = history[index + 1]?.days_in_previous_stage;
          if (took !== null && took !== undefined) days.push(took);
        });
      }
      if (position === 0 && entered === 0) continue;
      rows.push({
        ...of,
        stage_key: stage,
        path_position: position,
        reached,
        advanced,
        won,
        lost_here: lostHere,
        conversion_to_next: position === 0 || position === path.length ? null : ratio(advanced, reached),
        conversion_to_won: ratio(won, reached),
        entered,
        open_here: openHere,
        visits,
        completed_visits: days.length,
        p25_days: quantile(days, 0.25),
        median_days: quantile(days, 0.5),
        p75_days: quantile(days, 0.75),
        p90_days: quantile(days, 0.9),
      });
    }
  }
  return rows;
}

function cycleTimes(timeline: TimelineRow[]): Row[] {
  const groups = new Map<string, { of: Row; days: number[] }>();
  const minus = (a: number | null, b: number | null) => (a === null || b === null ? null : a - b);
  for (const deal of timeline) {
    const phases: [string, number | null][] = [
      ['created_to_signed', deal.days_to_signed],
      ['created_to_active', deal.days_to_active],
      ['created_to_won', deal.days_to_won],
      ['signed_to_active', minus(deal.days_to_active, deal.days_to_signed)],
      ['active_to_won', minus(deal.days_to_won, deal.days_to_active)],
    ];
    const members = membersOf(deal).filter(([dimension]) => dimension !== 'entity');
    for (const [dimension, dimension_value] of [...members, ['value_band', deal.value_band] as const]) {
      for (const [phase, days] of phases) {
        if (days === null) continue;
        for (const scope of [
          { scope: 'platform', tenant_id: NOBODY },
          { scope: 'tenant', tenant_id: deal.tenant_id },
        ]) {
          const of = { ...scope, dimension, dimension_value, phase };
          entry(groups, of, () => ({ of, days: [] })).days.push(days);
        }
      }
    }
  }
  return [...groups.values()].map(({ of, days }) => ({
    ...of,
    n: days.length,
    min_days: Math.min(...days),
    p25_days: quantile(days, 0.25),
    median_days: quantile(days, 0.5),
    p75_days: quantile(days, 0.75),
    p90_days: quantile(days, 0.9),
    max_days: Math.max(...days),
  }));
}

function successRows(facts: Facts, timeline: TimelineRow[], economics: EconomicsRow[]): Row[] {
  const measure = (deals: TimelineRow[]) => {
    const won = deals.filter((deal) => deal.is_completed);
    const lost = deals.filter((deal) => deal.is_lost).length;
    const outcomes = won.length + lost;
    const successes = deals.filter((deal) => deal.is_successful === true).length;
    const value = new Money(worth(won));
    let [charged, cost, roiDeals] = [new Money(0), new Money(0), 0];
    for (const deal of won) {
      const month = monthText(Math.floor((deal.closed_date_key ?? 0) / 100));
      const perDeal = economics.find(
        (row) => row.basis === 'reporting' && row.month === month,
      )?.cost_per_won_deal;
      if (deal.value === null || perDeal === null || perDeal === undefined) continue;
      charged = charged.plus(deal.value);
      cost = cost.plus(perDeal);
      roiDeals += 1;
    }
    return {
      deals: deals.length,
      deals_won: won.length,
      deals_lost: lost,
      successes,
      success_rate: ratio(successes, outcomes),
      win_rate: ratio(won.length, outcomes),
      value_won: value.toFixed(2),
      value_per_outcome: outcomes === 0 ? null : value.div(outcomes).toFixed(2),
      roi_deals: roiDeals,
      allocated_cost: cost.toFixed(2),
      roi: cost.isZero() ? null : charged.minus(cost).toNumber() / cost.toNumber(),
    };
  };
  const rows: Row[] = [];
  for (const id of new Set(timeline.flatMap((deal) => deal.entity_ids))) {
    const entity = facts.dim_entity.find((version) => version.entity_id === id && version.is_current);
    if (!entity) throw new Error(`entity ${id} has no current version`);
    const own = measure(timeline.filter((deal) => deal.entity_ids.includes(id)));
    const peers = measure(timeline.filter((deal) => deal.industries.includes(entity.industry)));
    const difference = (a: number | null, b: number | null) => (a === null || b === null ? null : a - b);
    rows.push({
      entity_id: id,
      tenant_id: entity.tenant_id,
      entity_type: entity.entity_type,
      industry: entity.industry,
      tier: entity.tier,
      ...own,
      industry_deals: peers.deals,
      industry_deals_won: peers.deals_won,
      industry_deals_lost: peers.deals_lost,
      industry_success_rate: peers.success_rate,
      industry_win_rate: peers.win_rate,
      industry_value_won: peers.value_won,
      industry_value_per_outcome: peers.value_per_outcome,
      industry_roi: peers.roi,
      success_rate_difference: difference(own.success_rate, peers.success_rate),
      value_per_outcome_difference:
        own.value_per_outcome === null || peers.value_per_outcome === null
          ? null
          : new Money(own.value_per_outcome).minus(peers.value_per_outcome).toFixed(2),
      roi_difference: difference(own.roi, peers.roi),
    });
  }
  return rows;
}

interface MomentumRow extends Row {
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

function trendMomentum(facts: Facts): MomentumRow[] {
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

function lifecycleRows(momentum: MomentumRow[]): Row[] {
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

function activityRows(facts: Facts): Row[] {
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

function entityActivity(facts: Facts): Row[] {
  const groups = new Map<string, { month_key: number; entity_key: string; activities: number }>();
  for (const { activity_date_key, target_entity_key: entity_key } of facts.fact_user_activity) {
    if (entity_key === '0') continue;
    const month_key = Math.floor(activity_date_key / 100);
    entry(groups, [month_key, entity_key], () => ({ month_key, entity_key, activities: 0 })).activities += 1;
  }
  return [...groups.values()];
}

interface MemberMonth extends Row {
  id: string;
  /** Months since year 0. */
  at: number;
  cohort: string;
  months_since_joining: number;
  is_active: boolean;
}

function memberMonthRows(facts: Facts, timeline: TimelineRow[]): MemberMonth[] {
  const rows: MemberMonth[] = [];
  for (const member of facts.dim_entity) {
    if (!member.is_current || member.entity_type !== 'member') continue;
    const id = member.entity_id;
    const joined = Math.floor(dateKey(member.created_at) / 100);
    const keys = facts.dim_entity
      .filter((version) => version.entity_id === id)
      .map(({ entity_key }) => entity_key);
    const deals = timeline.filter((deal) => deal.entity_ids.includes(id));
    const months = new Map<string, { activities: number; changes: number; started: number; won: number }>();
    const month = (key: number) =>
      entry(months, Math.floor(key / 100), () => ({ activities: 0, changes: 0, started: 0, won: 0 }));
    month(joined * 100);
    for (const activity of facts.fact_user_activity)
      if (keys.includes(activity.target_entity_key)) month(activity.activity_date_key).activities += 1;
    for (const deal of deals) {
      month(deal.created_date_key).started += 1;
      if (deal.is_completed && deal.closed_date_key !== null) month(deal.closed_date_key).won += 1;
      for (const event of facts.fact_deal_events)
        if (event.partnership_key === deal.partnership_key)
          month(dateKey(event.event_timestamp)).changes += 1;
    }
    for (const [text, seen] of months) {
      const key = Number(text);
      if (key < joined) continue;
      rows.push({
        id,
        at: monthIndex(key),
        cohort: monthText(joined),
        entity_id: id,
        month: monthText(key),
        months_since_joining: monthIndex(key) - monthIndex(joined),
        activities: String(seen.activities),
        stage_changes: seen.changes,
        deals_started: seen.started,
        deals_won: seen.won,
        is_active: seen.activities + seen.changes + seen.started > 0,
      });
    }
  }
  return rows;
}

function cohortRows(timeline: TimelineRow[], months: MemberMonth[]): Row[] {
  const last = Math.max(...months.map((row) => row.at));
  const rows: Row[] = [];
  for (const cohort of new Set(months.map((row) => row.cohort))) {
    const own = months.filter((row) => row.cohort === cohort);
    const ids = new Set(own.map((row) => row.id));
    const start = monthIndex(Number(cohort.slice(0, 4)) * 100 + Number(cohort.slice(5, 7)));
    const deals = timeline.filter((deal) => deal.entity_ids.some((id) => ids.has(id)));
    const since = (key: number | null) => (key === null ? -1 : monthIndex(Math.floor(key / 100)) - start);
    let [started, won] = [0, 0];
    for (let k = 0; start + k <= last; k += 1) {
      const active = own.filter((row) => row.is_active && row.months_since_joining === k).length;
      const startedNow = deals.filter((deal) => since(deal.created_date_key) === k).length;
      const wonNow = deals.filter((deal) => deal.is_completed && since(deal.closed_date_key) === k).length;
      rows.push({
        cohort,
        months_since_joining: k,
        members: ids.size,
        active_members: active,
        retention: active / ids.size,
        deals_started: startedNow,
        deals_won: wonNow,
        deals_started_total: (started += startedNow),
        deals_won_total: (won += wonNow),
      });
    }
  }
  return rows;
}

interface EconomicsRow extends Row {
  month: string;
  basis: string;
  currency: string;
  cost_per_won_deal: string | null;
}

function economicsRows(
  facts: Facts,
  timeline: TimelineRow[],
  memberMonths: MemberMonth[],
  reportingCurrency: string,
): EconomicsRow[] {
  const costs = newest(facts.raw_unit_economics, (row) => `${row.month} ${row.currency}`);
  const rates = newest(facts.raw_fx_rates, (row) => `${row.date} ${row.currency}`);
  const rateOf = (currency: string, month: string): Decimal | null => {
    if (currency === reportingCurrency) return new Money(1);
    const known = rates
      .filter((row) => row.currency === currency && row.date.slice(0, 7) <= month.slice(0, 7))
      .sort((a, b) => (a.date < b.date ? 1 : -1));
    return known[0] ? new Money(known[0].rate) : null;
  };
  const monthOf = (key: number) => monthText(Math.floor(key / 100));
  const wonIn = new Map<string, number>();
  for (const deal of timeline)
    if (deal.is_completed && deal.closed_date_key !== null)
      wonIn.set(monthOf(deal.closed_date_key), (wonIn.get(monthOf(deal.closed_date_key)) ?? 0) + 1);
  const activeIn = (at: number) =>
    new Set(memberMonths.filter((row) => row.is_active && row.at === at).map((row) => row.id));

  const derive = (
    basis: string,
    month: string,
    currency: string,
    amounts: {
      cost: Decimal | null;
      revenue: Decimal | null;
      profit: Decimal | null;
      margin: Decimal | null;
    },
  ): EconomicsRow => {
    const { cost, revenue, profit, margin } = amounts;
    const at = monthIndex(Number(month.slice(0, 4)) * 100 + Number(month.slice(5, 7)));
    const joined = memberMonths.filter((row) => row.months_since_joining === 0 && row.at === at).length;
    const [active, before] = [activeIn(at), activeIn(at - 1)];
    const churned = [...before].filter((id) => !active.has(id)).length;
    const won = wonIn.get(month) ?? 0;
    const over = (a: Decimal | null, b: Decimal | number | null, digits = 2): string | null =>
      a === null || b === null || new Money(b).isZero() ? null : a.div(b).toFixed(digits);
    const life = profit?.times(before.size) ?? null;
    return {
      month,
      basis,
      currency,
      acquisition_cost: text(cost, 2),
      revenue: text(revenue, 2),
      gross_margin: text(margin, 8),
      gross_profit: text(profit, 2),
      new_members: joined,
      active_members: active.size,
      churned_members: churned,
      deals_won: won,
      cost_per_won_deal: over(cost, won),
      cac: over(cost, joined),
      arpa: over(revenue, active.size),
      churn_rate: ratio(churned, before.size),
      ltv: over(life, active.size * churned),
      ltv_to_cac: over(
        life?.times(joined) ?? null,
        joined === 0 ? 0 : (cost?.times(active.size * churned) ?? null),
        4,
      ),
      payback_months: profit?.gt(0) ? over(cost?.times(active.size) ?? null, profit.times(joined)) : null,
    };
  };

  const byMonth = new Map<string, typeof costs>();
  for (const row of costs) entry(byMonth, row.month, () => []).push(row);
  const rows = costs.map((row) => {
    const [revenue, margin] = [new Money(row.revenue), new Money(row.gross_margin)];
    const profit = revenue.times(margin).toDecimalPlaces(2);
    return derive('currency', row.month, row.currency, {
      cost: new Money(row.acquisition_cost),
      revenue,
      profit,
      margin,
    });
  });
  const months = new Set([
    ...costs.map((row) => row.month),
    ...wonIn.keys(),
    ...memberMonths.filter((row) => row.months_since_joining === 0).map((row) => row.cohort),
  ]);
  for (const month of months) {
    const parts = (byMonth.get(JSON.stringify(month)) ?? []).map((row) => {
      const rate = rateOf(row.currency, month);
      const profit = new Money(row.revenue).times(row.gross_margin).toDecimalPlaces(2);
      return (
        rate &&
        [row.acquisition_cost, row.revenue, profit].map((amount) => rate.times(amount).toDecimalPlaces(2))
      );
    });
    const sum = (index: number): Decimal | null =>
      parts.length === 0 || parts.includes(null)
        ? null
        : parts.reduce((all, part) => all.plus(part?.[index] ?? 0), new Money(0));
    const [cost, revenue, profit] = [sum(0), sum(1), sum(2)];
    const margin = revenue === null || profit === null || revenue.isZero() ? null : profit.div(revenue);
    rows.push(
      derive('reporting', month, reportingCurrency, {
        cost,
        revenue,
        profit,
        margin: margin?.toDecimalPlaces(8) ?? null,
      }),
    );
  }
  return rows;
}

function unitEconomics(economics: EconomicsRow[]): Row[] {
  return economics
    .filter((row) => row.basis === 'currency')
    .map(({ basis: _, churned_members: __, ...row }) => {
      const month = economics.find((other) => other.basis === 'reporting' && other.month === row.month);
      const reported = [
        'acquisition_cost',
        'revenue',
        'gross_profit',
        'cost_per_won_deal',
        'cac',
        'arpa',
        'ltv',
        'ltv_to_cac',
        'payback_months',
      ];
      return { ...row, ...Object.fromEntries(reported.map((name) => [`${name}_reporting`, month?.[name]])) };
    });
}

/** The version of each key that counts: the newest by (_version_at, _extracted_at), unless it says that the row is gone. */
function newest<T extends { _deleted: boolean; _version_at: string; _extracted_at: string }>(
  rows: readonly T[],
  keyOf: (row: T) => string,
): T[] {
  const found = new Map<string, T>();
  for (const row of rows) {
    const known = found.get(keyOf(row));
    const order = (one: T) => `${one._version_at} ${one._extracted_at}`;
    if (!known || order(row) > order(known)) found.set(keyOf(row), row);
  }
  return [...found.values()].filter((row) => !row._deleted);
}

/** What the map holds for `of` (any value that JSON can write), made when it is new. */
function entry<V>(map: Map<string, V>, of: unknown, make: () => V): V {
  const key = JSON.stringify(of);
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

const dateKey = (instant: string): number => Number(instant.slice(0, 10).replaceAll('-', ''));
const dayOf = (instant: string): number => Date.parse(`${instant.slice(0, 10)}T00:00:00Z`) / 86_400_000;
const dayOfKey = (key: number): number => dayOf(String(key).replace(/(....)(..)(..)/, '$1-$2-$3'));
const monthText = (key: number): string => String(key).replace(/(....)(..)/, '$1-$2-01');
const monthIndex = (key: number): number => Math.floor(key / 100) * 12 + (key % 100) - 1;
const ratio = (a: number, b: number): number | null => (b === 0 ? null : a / b);
const text = (value: Decimal | null, digits: number): string | null => value?.toFixed(digits) ?? null;
const total = (values: readonly string[]): Decimal =>
  values.reduce((all, value) => all.plus(value), new Money(0));
const mean = (values: readonly string[]): Decimal => total(values).div(values.length).toDecimalPlaces(6);

/** Hyndman and Fan's type 7. */
function quantile(values: readonly number[], p: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const h = (sorted.length - 1) * p + 1;
  const below = sorted[Math.floor(h) - 1] ?? NaN;
  const above = sorted[Math.floor(h)] ?? below;
  return below + (h - Math.floor(h)) * (above - below);
}
