import type { Decimal } from 'decimal.js';
import { dateKey, dayOf, entry, type Facts, Money, NOBODY, quantile, ratio, type Row } from './facts.js';

export interface TimelineRow extends Row {
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
  visited_stages: string[];
  visit_months: number[];
  visit_days: number[];
  stood_in: string[];
  created_at: string;
}

export function dealTimeline(facts: Facts): TimelineRow[] {
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
    const history = facts.fact_deal_events
      .filter((event) => event.partnership_key === deal.partnership_key)
      .sort((a, b) => a.stage_visit - b.stage_visit);
    const stoodIn = history.flatMap((event) => [event.from_stage_key, event.to_stage_key]);
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
      visited_stages: history.map((event) => event.to_stage_key),
      visit_months: history.map((event) => Math.floor(dateKey(event.event_timestamp) / 100)),
      visit_days: history.flatMap(({ days_in_previous_stage: days }) => (days === null ? [] : [days])),
      stood_in: [...new Set([...stoodIn, deal.current_stage_key])].sort((a, b) =>
        BigInt(a) < BigInt(b) ? -1 : 1,
      ),
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

export function membersOf(deal: TimelineRow): [dimension: string, value: string][] {
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
export function partnershipMetrics(timeline: TimelineRow[], periodOf: (dateKey: number) => number) {
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

export function worth(deals: readonly TimelineRow[]): string {
  return deals.reduce((total, deal) => total.plus(deal.value ?? 0), new Money(0)).toFixed(2);
}

export function funnelRows(facts: Facts, timeline: TimelineRow[]): Row[] {
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
