import { createHash } from 'node:crypto';
import type { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';

/**
 * A small world of dimensions and facts, as the warehouse would have built them: specs with defaults in, rows of the
 * star schema out. Ids and keys are hashes of names, so that their order has nothing to do with that of the specs.
 */
export interface InsightWorld {
  entities: EntitySpec[];
  users?: UserSpec[];
  deals: DealSpec[];
  events?: EventSpec[];
  scores?: ScoreSpec[];
  activities?: ActivitySpec[];
}

export interface EntitySpec {
  name: string;
  tenant?: string;
  type?: string;
  industry?: string;
  tier?: string;
  joinedAt?: string;
  /** Versions in dim_entity, the last one current (default 1). */
  versions?: number;
  deleted?: boolean;
}

export interface UserSpec {
  name: string;
  timeZone?: string;
  slackUserId?: string | null;
}

/** The name of an entity, and which of its versions the fact points at (default the first). */
export type EntityRef = string | { name: string; version: number };

export interface DealSpec {
  name: string;
  between: [EntityRef, EntityRef];
  stage: string;
  type?: string;
  createdAt: string;
  updatedAt?: string;
  successScore?: string | null;
  owner?: string;
  tenant?: string;
  value?: string;
  valueReporting?: string | null;
  daysToSigned?: number | null;
  milestones?: [completed: number, total: number];
  deleted?: boolean;
}

export interface EventSpec {
  id: number;
  deal: string;
  /** Stage that the event led out of; absent: none is known. */
  from?: string;
  to: string;
  at: string;
  visit: number;
}

/** Scores are 0..1 and default to one half. */
export interface ScoreSpec {
  id: number;
  between: [EntityRef, EntityRef];
  computedAt: string;
  ingestedAt?: string;
  semantic?: number;
  goalAlignment?: number;
  culturalMomentum?: number;
  historical?: number;
  authenticity?: number;
  confidence?: number;
}

export interface ActivitySpec {
  id: number;
  deal: string | null;
  at: string;
}

const OUTCOMES: Record<string, 'open' | 'won' | 'lost'> = {
  identified: 'open',
  proposal: 'open',
  negotiation: 'open',
  completed: 'won',
  declined: 'lost',
};

/** The uuid that a name stands for in every world. */
export function idOf(kind: 'entity' | 'tenant' | 'user' | 'deal', name: string): string {
  const hex = hashOf(kind, name).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

/** Replaces whatever the dimensions and facts hold. */
export async function loadWorld(clickhouse: ClickHouse, world: InsightWorld): Promise<void> {
  for (const [table, rows] of Object.entries(rowsOf(world))) {
    await clickhouse.command('TRUNCATE TABLE {table: Identifier}', { table });
    await clickhouse.insertRows(table, rows);
  }
}

const BEGINNING = '1900-01-01T00:00:00Z';
const ENDING = '2299-12-31T00:00:00Z';
const NOBODY = '00000000-0000-0000-0000-000000000000';

function rowsOf(world: InsightWorld): Record<string, object[]> {
  return {
    dim_deal_stage: Object.entries(OUTCOMES).map(([name, outcome], order) => ({
      stage_key: keyOf('stage', name),
      stage_name: name,
      stage_order: order + 1,
      stage_category: 'any',
      outcome,
    })),
    dim_entity: [...world.entities.flatMap(entityRows), unknownEntity],
    dim_user: [...(world.users ?? []).map(userRow), unknownUser],
    fact_partnerships: world.deals.map(dealRow),
    fact_deal_events: (world.events ?? []).map((event) => ({
      event_key: keyOf('event', String(event.id)),
      event_id: event.id,
      partnership_key: keyOf('deal', event.deal),
      event_date_key: 20260101,
      from_stage_key: event.from === undefined ? '0' : keyOf('stage', event.from),
      to_stage_key: keyOf('stage', event.to),
      stage_visit: event.visit,
      days_in_previous_stage: null,
      actor_entity_key: '0',
      event_timestamp: event.at,
    })),
    fact_affinity_scores: (world.scores ?? []).map(scoreRow),
    fact_user_activity: (world.activities ?? []).map((activity) => ({
      activity_key: keyOf('activity', String(activity.id)),
      activity_id: activity.id,
      user_key: '0',
      activity_date_key: 20260101,
      activity_type: 'contact',
      target_entity_key: '0',
      partnership_key: activity.deal === null ? '0' : keyOf('deal', activity.deal),
      activity_timestamp: activity.at,
    })),
  };
}

function entityRows(spec: EntitySpec): object[] {
  const versions = spec.versions ?? 1;
  return Array.from({ length: versions }, (_, index) => ({
    entity_key: entityKey({ name: spec.name, version: index + 1 }),
    entity_id: idOf('entity', spec.name),
    entity_type: spec.type ?? 'brand',
    entity_name: index + 1 === versions ? spec.name : `${spec.name} (formerly)`,
    industry: spec.industry ?? 'music',
    founded_year: null,
    location: null,
    tier: spec.tier ?? 'enterprise',
    tenant_id: idOf('tenant', spec.tenant ?? 'tenant'),
    created_at: spec.joinedAt ?? BEGINNING,
    valid_from: index === 0 ? BEGINNING : `2020-01-0${index}T00:00:00Z`,
    valid_to: index + 1 === versions ? ENDING : `2020-01-0${index + 1}T00:00:00Z`,
    is_current: index + 1 === versions,
    is_deleted: index + 1 === versions && spec.deleted === true,
    version: index + 1,
  }));
}

const unknownEntity = {
  entity_key: '0',
  entity_id: NOBODY,
  entity_type: 'unknown',
  entity_name: 'Unknown',
  industry: 'unknown',
  founded_year: null,
  location: null,
  tier: 'unknown',
  tenant_id: NOBODY,
  created_at: BEGINNING,
  valid_from: BEGINNING,
  valid_to: ENDING,
  is_current: true,
  is_deleted: false,
  version: 1,
};

function userRow(spec: UserSpec): object {
  return {
    user_key: keyOf('user', spec.name),
    user_id: idOf('user', spec.name),
    tenant_id: idOf('tenant', 'tenant'),
    full_name: spec.name,
    email: `${spec.name}@example.com`,
    slack_user_id: spec.slackUserId ?? null,
    time_zone: spec.timeZone ?? 'UTC',
    manager_user_key: '0',
  };
}

const unknownUser = {
  user_key: '0',
  user_id: NOBODY,
  tenant_id: NOBODY,
  full_name: 'Unknown',
  email: '',
  slack_user_id: null,
  time_zone: 'UTC',
  manager_user_key: '0',
};

function dealRow(spec: DealSpec): object {
  const outcome = OUTCOMES[spec.stage];
  const score = spec.successScore ?? null;
  const [completed, total] = spec.milestones ?? [0, 0];
  return {
    partnership_key: keyOf('deal', spec.name),
    partnership_id: idOf('deal', spec.name),
    tenant_id: idOf('tenant', spec.tenant ?? 'tenant'),
    entity1_key: entityKey(spec.between[0]),
    entity2_key: entityKey(spec.between[1]),
    owner_user_key: spec.owner === undefined ? '0' : keyOf('user', spec.owner),
    partnership_type: spec.type ?? 'licensing',
    current_stage_key: keyOf('stage', spec.stage),
    created_date_key: 20260101,
    start_date_key: null,
    end_date_key: null,
    deal_value: spec.value ?? '1000.00',
    currency: 'EUR',
    deal_value_reporting: spec.valueReporting === undefined ? (spec.value ?? '1000.00') : spec.valueReporting,
    success_score: score,
    days_to_signed: spec.daysToSigned ?? null,
    days_to_active: null,
    milestones_total: total,
    milestones_completed: completed,
    milestone_completion_rate: total === 0 ? null : completed / total,
    is_completed: outcome === 'won',
    is_lost: outcome === 'lost',
    is_successful: outcome === 'open' ? null : outcome === 'won' && score !== null && Number(score) >= 3.5,
    is_deleted: spec.deleted ?? false,
    created_at: spec.createdAt,
    updated_at: spec.updatedAt ?? spec.createdAt,
  };
}

function scoreRow(spec: ScoreSpec): object {
  return {
    affinity_key: keyOf('score', String(spec.id)),
    affinity_id: spec.id,
    entity1_key: entityKey(spec.between[0]),
    entity2_key: entityKey(spec.between[1]),
    date_key: 20260101,
    affinity_score: '50.00',
    semantic_score: spec.semantic ?? 0.5,
    goal_alignment_score: spec.goalAlignment ?? 0.5,
    cultural_momentum_score: spec.culturalMomentum ?? 0.5,
    historical_score: spec.historical ?? 0.5,
    authenticity_score: spec.authenticity ?? 0.5,
    confidence_score: spec.confidence ?? 0.5,
    recommendation_tier: 'good',
    computed_at: spec.computedAt,
    ingested_at: spec.ingestedAt ?? spec.computedAt,
  };
}

/** 'unknown' is the unknown member, key 0. */
function entityKey(ref: EntityRef): string {
  const { name, version } = typeof ref === 'string' ? { name: ref, version: 1 } : ref;
  return name === 'unknown' ? '0' : keyOf('entity', `${name}#${version}`);
}

function keyOf(kind: string, name: string): string {
  return hashOf(kind, name).readBigUInt64BE().toString();
}

function hashOf(kind: string, name: string): Buffer {
  return createHash('sha256').update(`${kind}:${name}`).digest();
}
