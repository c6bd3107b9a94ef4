import type { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { uuidOf } from './product-rows.js';

/**
 * A market as dimensions and facts, straight into their tables: specs with defaults in, rows out. It can say what no product would
 * bring about easily: stages out of order, deals that wait, versions that share a day, months without costs.
 */
export interface FactMarket {
  entities: MarketEntity[];
  deals: MarketDeal[];
  activities?: MarketActivity[];
  trends?: string[][];
  metrics?: MarketMetric[];
  costs?: MarketCost[];
  rates?: MarketRate[];
}

/** `versions`: industry and tier of each, the last one current. */
export interface MarketEntity {
  type: string;
  joined: string;
  versions: [industry: string, tier: string][];
  tenant?: string;
}

/** A side is the number of an entity and of its version (from 0), null the unknown member. */
export type Side = [entity: number, version: number] | null;

export interface MarketDeal {
  sides: [Side, Side];
  stage: string;
  created: string;
  updated?: string;
  events?: MarketEvent[];
  type?: string;
  tenant?: string;
  value?: string | null;
  successful?: boolean;
  daysToSigned?: number | null;
  daysToActive?: number | null;
  deleted?: boolean;
}
export interface MarketEvent {
  to: string;
  from?: string;
  at: string;
}

export interface MarketActivity {
  user: number | null;
  type: string;
  target: Side;
  at: string;
}

/** `trend`: number of a trend and of its version (from 0), null the unknown member. `trends` holds the lifecycle stage of each version. */
export interface MarketMetric {
  trend: Side;
  at: string;
  momentum: string;
  velocity?: string;
  signals?: number;
  engagement?: string;
}
export interface MarketCost {
  month: string;
  currency: string;
  cost: string;
  revenue: string;
  margin: string;
  deleted?: boolean;
}
export interface MarketRate {
  date: string;
  currency: string;
  rate: string;
  deleted?: boolean;
}

/** Order, category and outcome of the market's stages; a won stage before an open one, a lost one in between. */
export const MARKET_STAGES: Record<string, [order: number, category: string, outcome: string]> = {
  unknown: [0, 'unknown', 'unknown'],
  lead: [1, 'discovery', 'open'],
  offer: [2, 'negotiation', 'open'],
  declined: [3, 'closed', 'lost'],
  signed: [4, 'execution', 'open'],
  live: [5, 'active', 'open'],
  completed: [6, 'closed', 'won'],
  renewal: [7, 'negotiation', 'open'],
  expired: [8, 'closed', 'lost'],
};

/** Above 2^53, so that a key that went through a JavaScript number is another one. */
const keyOf = (kind: number, n: number): string =>
  ((BigInt(kind * 100_000 + n + 1) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn).toString();
export const stageKey = (name: string): string =>
  name === 'unknown' ? '0' : keyOf(1, Object.keys(MARKET_STAGES).indexOf(name));
export const entityId = (n: number): string => uuidOf(`entity ${n}`);
export const dealKey = (n: number): string => keyOf(3, n);
const versionKey = (kind: number, side: Side): string => (side ? keyOf(kind, side[0] * 10 + side[1]) : '0');
const dateKey = (instant: string): number => Number(instant.slice(0, 10).replaceAll('-', ''));
const NOBODY = '00000000-0000-0000-0000-000000000000';
const BEGINNING = '1900-01-01T00:00:00Z';
const ENDING = '2299-12-31T00:00:00Z';

/** Replaces what the dimensions, facts and files' tables hold. */
export async function loadMarket(clickhouse: ClickHouse, market: FactMarket): Promise<void> {
  for (const [table, rows] of Object.entries(rowsOf(market))) {
    await clickhouse.command('TRUNCATE TABLE {table: Identifier}', { table });
    await clickhouse.insertRows(table, rows);
  }
}

function rowsOf(market: FactMarket): Record<string, object[]> {
  return {
    dim_deal_stage: Object.entries(MARKET_STAGES).map(([name, [order, category, outcome]]) => ({
      stage_key: stageKey(name),
      stage_name: name,
      stage_order: order,
      stage_category: category,
      outcome,
    })),
    dim_entity: [
      entityRow(
        '0',
        NOBODY,
        { type: 'unknown', joined: BEGINNING, versions: [] },
        ['unknown', 'unknown'],
        true,
        1,
      ),
      ...market.entities.flatMap((entity, n) =>
        entity.versions.map((version, v) =>
          entityRow(
            versionKey(2, [n, v]),
            entityId(n),
            entity,
            version,
            v === entity.versions.length - 1,
            v + 1,
          ),
        ),
      ),
    ],
    dim_trend: [
      trendRow('0', NOBODY, 'unknown', 1),
      ...(market.trends ?? []).flatMap((versions, n) =>
        versions.map((stage, v) => trendRow(versionKey(4, [n, v]), uuidOf(`trend ${n}`), stage, v + 1)),
      ),
    ],
    fact_partnerships: market.deals.map(dealRow),
    fact_deal_events: market.deals.flatMap(eventRows),
    fact_user_activity: (market.activities ?? []).map((activity, n) => ({
      activity_key: keyOf(5, n),
      activity_id: n,
      user_key: activity.user === null ? '0' : keyOf(6, activity.user),
      activity_date_key: dateKey(activity.at),
      activity_type: activity.type,
      target_entity_key: versionKey(2, activity.target),
      partnership_key: '0',
      activity_timestamp: activity.at,
    })),
    fact_trend_metrics: (market.metrics ?? []).map((metric, n) => ({
      metric_key: keyOf(7, n),
      metric_id: n,
      trend_key: versionKey(4, metric.trend),
      date_key: dateKey(metric.at),
      momentum_score: metric.momentum,
      velocity: metric.velocity ?? '0',
      signal_count: metric.signals ?? 1,
      engagement_total: metric.engagement ?? '0',
      sentiment_avg: '0',
      measured_at: metric.at,
    })),
    raw_unit_economics: (market.costs ?? []).map(
      ({ month, currency, cost, revenue, margin, deleted }, n) => ({
        month,
        currency,
        acquisition_cost: cost,
        revenue,
        gross_margin: margin,
        ...rawVersion(n, deleted),
      }),
    ),
    raw_fx_rates: (market.rates ?? []).map(({ date, currency, rate, deleted }, n) => ({
      date,
      currency,
      rate,
      ...rawVersion(n, deleted),
    })),
  };
}

/** Later rows of the same key are newer versions. */
function rawVersion(n: number, deleted = false): object {
  const at = new Date(Date.UTC(2026, 5, 1) + n * 1000).toISOString();
  return { _row_hash: n, _version_at: at, _deleted: deleted, _extracted_at: at, _run_id: NOBODY };
}

function entityRow(
  key: string,
  id: string,
  entity: MarketEntity,
  [industry, tier]: [string, string],
  current: boolean,
  version: number,
): object {
  return {
    entity_key: key,
    entity_id: id,
    entity_type: entity.type,
    entity_name: id,
    industry,
    tier,
    tenant_id: key === '0' ? NOBODY : uuidOf(entity.tenant ?? 'tenant'),
    created_at: entity.joined,
    valid_from: version === 1 ? BEGINNING : `2025-01-0${version}T00:00:00Z`,
    valid_to: current ? ENDING : `2025-01-0${version + 1}T00:00:00Z`,
    is_current: current,
    is_deleted: false,
    version,
  };
}

function trendRow(key: string, id: string, stage: string, version: number): object {
  return {
    trend_key: key,
    trend_id: id,
    trend_name: id,
    category: 'any',
    lifecycle_stage: stage,
    valid_from: BEGINNING,
    valid_to: ENDING,
    is_current: true,
    version,
  };
}

function dealRow(deal: MarketDeal, n: number): object {
  const outcome = MARKET_STAGES[deal.stage]?.[2];
  return {
    partnership_key: dealKey(n),
    partnership_id: uuidOf(`deal ${n}`),
    tenant_id: uuidOf(deal.tenant ?? 'tenant'),
    entity1_key: versionKey(2, deal.sides[0]),
    entity2_key: versionKey(2, deal.sides[1]),
    owner_user_key: '0',
    partnership_type: deal.type ?? 'licensing',
    current_stage_key: stageKey(deal.stage),
    created_date_key: dateKey(deal.created),
    deal_value: '1.00',
    currency: 'EUR',
    deal_value_reporting: deal.value === undefined ? '1000.00' : deal.value,
    days_to_signed: deal.daysToSigned ?? null,
    days_to_active: deal.daysToActive ?? null,
    is_completed: outcome === 'won',
    is_lost: outcome === 'lost',
    is_successful: outcome === 'won' ? (deal.successful ?? true) : outcome === 'lost' ? false : null,
    is_deleted: deal.deleted ?? false,
    created_at: deal.created,
    updated_at: deal.updated ?? deal.created,
  };
}

/** Visits in the order given. An event of a deal that has not arrived belongs to key 0; so do all of `orphan`. */
function eventRows(deal: MarketDeal, n: number): object[] {
  const events = deal.events ?? [];
  return events.map((event, index) => {
    const before = events[index - 1];
    return {
      event_key: keyOf(8, n * 100 + index),
      event_id: n * 100 + index,
      partnership_key: deal.type === 'orphan' ? '0' : dealKey(n),
      event_date_key: dateKey(event.at),
      from_stage_key: event.from === undefined ? '0' : stageKey(event.from),
      to_stage_key: stageKey(event.to),
      stage_visit: index + 1,
      days_in_previous_stage: before ? (Date.parse(event.at) - Date.parse(before.at)) / 86_400_000 : null,
      actor_entity_key: '0',
      event_timestamp: event.at,
    };
  });
}
