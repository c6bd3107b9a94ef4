import { createHash } from 'node:crypto';
import type { Queryable } from '../../src/platform/postgres/postgres.js';

/** A row of a product table; values as Postgres text spells them ('NaN', 'infinity'), null for NULL. */
export type ProductRow = Record<string, string | number | boolean | null>;

/** The uuid a name stands for, so that a test can speak of 'Acme' on both ends. */
export function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** An instant all default rows are dated to. */
export const LONG_AGO = '2026-01-05T10:00:00.000000Z';

const DEFAULTS = {
  tenants: { id: uuidOf('tenant'), name: 'Tenant' },
  users: {
    id: uuidOf('owner'),
    tenant_id: uuidOf('tenant'),
    email: 'owner@example.com',
    full_name: 'Olga Owner',
    slack_user_id: null,
    time_zone: 'Europe/Berlin',
    manager_id: null,
  },
  entities: {
    id: uuidOf('Acme'),
    tenant_id: uuidOf('tenant'),
    entity_type: 'brand',
    name: 'Acme',
    industry: 'Retail',
    founded_year: 1999,
    location: 'Berlin',
    tier: 'enterprise',
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
    deleted_at: null,
  },
  partnerships: {
    id: uuidOf('deal'),
    tenant_id: uuidOf('tenant'),
    entity1_id: uuidOf('Acme'),
    entity2_id: uuidOf('Bolt'),
    owner_user_id: uuidOf('owner'),
    partnership_type: 'licensing',
    stage: 'negotiation',
    deal_value: '1000.00',
    currency: 'USD',
    success_score: null,
    start_date: null,
    end_date: null,
    signed_at: null,
    activated_at: null,
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
    deleted_at: null,
  },
  deal_events: {
    id: 1,
    partnership_id: uuidOf('deal'),
    from_stage: null,
    to_stage: 'identified',
    actor_entity_id: null,
    occurred_at: LONG_AGO,
  },
  milestones: {
    id: uuidOf('milestone'),
    partnership_id: uuidOf('deal'),
    completed: false,
    completed_at: null,
    due_date: null,
    updated_at: LONG_AGO,
  },
  affinity_scores: {
    id: 1,
    entity1_id: uuidOf('Acme'),
    entity2_id: uuidOf('Bolt'),
    affinity_score: '50.00',
    semantic: '0.5000',
    goal_alignment: '0.5000',
    cultural_momentum: '0.5000',
    historical: '0.5000',
    authenticity: '0.5000',
    confidence: '0.5000',
    recommendation_tier: 'B',
    computed_at: LONG_AGO,
    ingested_at: LONG_AGO,
  },
  trends: {
    id: uuidOf('trend'),
    name: 'Trend',
    category: 'culture',
    lifecycle_stage: 'emerging',
    updated_at: LONG_AGO,
  },
  trend_metrics: {
    id: 1,
    trend_id: uuidOf('trend'),
    momentum_score: '0.5000',
    velocity: '0.1000',
    signal_count: 10,
    engagement_total: 100,
    sentiment_avg: '0.25',
    measured_at: LONG_AGO,
  },
  user_activity: {
    id: 1,
    user_id: uuidOf('owner'),
    activity_type: 'search',
    target_entity_id: null,
    partnership_id: null,
    occurred_at: LONG_AGO,
  },
} satisfies Record<string, ProductRow>;

export type ProductTable = keyof typeof DEFAULTS;

/** Inserts rows, or replaces those whose id exists; every column a row leaves out has its default. */
export async function put(db: Queryable, table: ProductTable, ...rows: ProductRow[]): Promise<void> {
  const columns = Object.keys(DEFAULTS[table]).join(', ');
  await db.execute(
    `INSERT INTO product.${table} (${columns})
     SELECT ${columns} FROM jsonb_populate_recordset(NULL::product.${table}, $1::jsonb)
     ON CONFLICT (id) DO UPDATE SET (${columns}) = ROW(${columns.replace(/\w+/g, 'excluded.$&')})`,
    [JSON.stringify(rows.map((row) => ({ ...DEFAULTS[table], ...row })))],
  );
}

/** One tenant with an owner and the brands Acme and Bolt: what a deal needs around it. */
export async function putMarket(db: Queryable): Promise<void> {
  await put(db, 'tenants', {});
  await put(db, 'users', {});
  await put(db, 'entities', {}, { id: uuidOf('Bolt'), name: 'Bolt' });
}
