import { membersOf, type TimelineRow, worth } from './deals.js';
import { entry, type Facts, Money, monthText, NOBODY, quantile, ratio, type Row } from './facts.js';
import type { EconomicsRow } from './members.js';

export function cycleTimes(timeline: TimelineRow[]): Row[] {
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

export function successRows(facts: Facts, timeline: TimelineRow[], economics: EconomicsRow[]): Row[] {
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
