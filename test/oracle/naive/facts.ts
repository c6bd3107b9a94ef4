import { Decimal } from 'decimal.js';
import { z } from 'zod';

/** What the plain loops over dim_*, fact_* and raw_* read, and their arithmetic. */

export const Money = Decimal.clone({ precision: 100, rounding: Decimal.ROUND_HALF_UP });
export const NOBODY = '00000000-0000-0000-0000-000000000000';

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

/** The version of each key that counts: the newest by (_version_at, _extracted_at), unless it says that the row is gone. */
export function newest<T extends { _deleted: boolean; _version_at: string; _extracted_at: string }>(
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
export function entry<V>(map: Map<string, V>, of: unknown, make: () => V): V {
  const key = JSON.stringify(of);
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

export const dateKey = (instant: string): number => Number(instant.slice(0, 10).replaceAll('-', ''));
export const dayOf = (instant: string): number =>
  Date.parse(`${instant.slice(0, 10)}T00:00:00Z`) / 86_400_000;
export const dayOfKey = (key: number): number => dayOf(String(key).replace(/(....)(..)(..)/, '$1-$2-$3'));
export const monthText = (key: number): string => String(key).replace(/(....)(..)/, '$1-$2-01');
export const monthIndex = (key: number): number => Math.floor(key / 100) * 12 + (key % 100) - 1;
export const ratio = (a: number, b: number): number | null => (b === 0 ? null : a / b);
export const text = (value: Decimal | null, digits: number): string | null => value?.toFixed(digits) ?? null;
export const total = (values: readonly string[]): Decimal =>
  values.reduce((all, value) => all.plus(value), new Money(0));
export const mean = (values: readonly string[]): Decimal =>
  total(values).div(values.length).toDecimalPlaces(6);

/** Hyndman and Fan's type 7. */
export function quantile(values: readonly number[], p: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const h = (sorted.length - 1) * p + 1;
  const below = sorted[Math.floor(h) - 1] ?? NaN;
  const above = sorted[Math.floor(h)] ?? below;
  return below + (h - Math.floor(h)) * (above - below);
}
