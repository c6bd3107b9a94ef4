import type { Decimal } from 'decimal.js';
import type { TimelineRow } from './deals.js';
import {
  dateKey,
  entry,
  type Facts,
  Money,
  monthIndex,
  monthText,
  newest,
  ratio,
  type Row,
  text,
} from './facts.js';

export interface MemberMonth extends Row {
  id: string;
  /** Months since year 0. */
  at: number;
  cohort: string;
  months_since_joining: number;
  is_active: boolean;
}

export function memberMonthRows(facts: Facts, timeline: TimelineRow[]): MemberMonth[] {
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

export function cohortRows(timeline: TimelineRow[], months: MemberMonth[]): Row[] {
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

export interface EconomicsRow extends Row {
  month: string;
  basis: string;
  currency: string;
  cost_per_won_deal: string | null;
}

export function economicsRows(
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

export function unitEconomics(economics: EconomicsRow[]): Row[] {
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
