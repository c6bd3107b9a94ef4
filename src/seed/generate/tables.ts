import { at, Random } from './random.js';
import { equalMix, recommendationTier, type AffinityScore } from './affinity.js';
import { generateActivity } from './activity.js';
import { CURRENCY_WITHOUT_RATE } from './catalog.js';
import type { Deal } from './deals.js';
import { copyLine, dateText, decimalText, instantText, type Micros } from './format.js';
import { generateMilestones } from './milestones.js';
import { generateTrendMetrics, TREND_WEEKS } from './trends.js';
import type { SeedWorld } from './world.js';

/** One product table: its columns in the order of the contract and its rows as lines of COPY text. */
export interface SeedTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** How many rows will come; for progress only where it says about. */
  readonly total: number;
  readonly rows: () => Iterable<string>;
}

/** Ids of deal events begin past 2^53, those of activity past 2^62: a consumer that reads doubles loses them. */
export const FIRST_EVENT_ID = 9_007_199_254_740_993n;
export const FIRST_ACTIVITY_ID = 4_611_686_018_427_387_905n;

const instantOrNull = (micros: Micros | null): string | null =>
  micros === null ? null : instantText(micros);
const dateOrNull = (micros: Micros | null): string | null => (micros === null ? null : dateText(micros));

/** The ten tables, parents before children. */
export function productTables(world: SeedWorld): SeedTable[] {
  const { tenants, users, trends, deals, irregular, spec } = world;
  return [
    {
      name: 'tenants',
      columns: ['id', 'name'],
      total: tenants.length,
      rows: () => tenants.map(({ id, name }) => copyLine([id, name])),
    },
    {
      name: 'users',
      columns: ['id', 'tenant_id', 'email', 'full_name', 'slack_user_id', 'time_zone', 'manager_id'],
      total: users.length,
      rows: () =>
        users.map((user) =>
          copyLine([
            user.id,
            at(tenants, user.tenant).id,
            user.email,
            user.fullName,
            user.slackUserId,
            user.timeZone,
            user.manager === null ? null : at(users, user.manager).id,
          ]),
        ),
    },
    {
      name: 'entities',
      columns: [
        ...['id', 'tenant_id', 'entity_type', 'name', 'industry', 'founded_year', 'location', 'tier'],
        ...['created_at', 'updated_at', 'deleted_at'],
      ],
      total: world.entities.length + irregular.entities.length,
      rows: () => entityRows(world),
    },
    {
      name: 'partnerships',
      columns: [
        ...['id', 'tenant_id', 'entity1_id', 'entity2_id', 'owner_user_id', 'partnership_type', 'stage'],
        ...['deal_value', 'currency', 'success_score', 'start_date', 'end_date', 'signed_at', 'activated_at'],
        ...['created_at', 'updated_at', 'deleted_at'],
      ],
      total: deals.length + irregular.partnerships.length,
      rows: () => partnershipRows(world),
    },
    {
      name: 'deal_events',
      columns: ['id', 'partnership_id', 'from_stage', 'to_stage', 'actor_entity_id', 'occurred_at'],
      total: dealEvents(world).length,
      rows: () => dealEventRows(world),
    },
    {
      name: 'milestones',
      columns: ['id', 'partnership_id', 'completed', 'completed_at', 'due_date', 'updated_at'],
      total: Math.round(deals.length * 3.56),
      rows: () => milestoneRows(world),
    },
    {
      name: 'affinity_scores',
      columns: [
        ...[
          'id',
          'entity1_id',
          'entity2_id',
          'affinity_score',
          'semantic',
          'goal_alignment',
          'cultural_momentum',
        ],
        ...['historical', 'authenticity', 'confidence', 'recommendation_tier', 'computed_at', 'ingested_at'],
      ],
      total: spec.sizes.affinityScores + irregular.affinityScores.length,
      rows: () => affinityRows(world),
    },
    {
      name: 'trends',
      columns: ['id', 'name', 'category', 'lifecycle_stage', 'updated_at'],
      total: trends.length,
      rows: () =>
        trends.map((trend) =>
          copyLine([
            trend.id,
            trend.name,
            trend.category,
            trend.lifecycleStage,
            instantText(trend.updatedAt),
          ]),
        ),
    },
    {
      name: 'trend_metrics',
      columns: [
        ...['id', 'trend_id', 'momentum_score', 'velocity', 'signal_count', 'engagement_total'],
        ...['sentiment_avg', 'measured_at'],
      ],
      total: trends.length * TREND_WEEKS,
      rows: () => trendMetricRows(world),
    },
    {
      name: 'user_activity',
      columns: ['id', 'user_id', 'activity_type', 'target_entity_id', 'partnership_id', 'occurred_at'],
      total: spec.sizes.userActivity,
      rows: () => activityRows(world),
    },
  ];
}

function* entityRows({ tenants, entities, irregular }: SeedWorld): Generator<string> {
  for (const entity of entities) {
    yield copyLine([
      entity.id,
      at(tenants, entity.tenant).id,
      entity.type,
      entity.name,
      entity.industry,
      entity.foundedYear,
      entity.location,
      entity.tier,
      instantText(entity.createdAt),
      instantText(entity.updatedAt),
      instantOrNull(entity.deletedAt),
    ]);
  }
  for (const { id, tier, createdAt } of irregular.entities) {
    const instant = instantText(createdAt);
    const tenant = at(tenants, 0).id;
    yield copyLine([
      id,
      tenant,
      'brand',
      'Planted reject',
      'fashion',
      1999,
      null,
      tier,
      instant,
      instant,
      null,
    ]);
  }
}

function* partnershipRows({ tenants, users, entities, deals, irregular }: SeedWorld): Generator<string> {
  for (const deal of deals) {
    const entity1 = at(entities, deal.entity1);
    yield copyLine([
      deal.id,
      at(tenants, entity1.tenant).id,
      entity1.id,
      at(entities, deal.entity2).id,
      at(users, deal.owner).id,
      deal.type,
      deal.stage,
      decimalText(deal.valueCents, 2),
      deal.currency,
      deal.successScore === null ? null : decimalText(deal.successScore, 2),
      dateOrNull(deal.activatedAt),
      dateOrNull(deal.closedAt),
      instantOrNull(deal.signedAt),
      instantOrNull(deal.activatedAt),
      instantText(deal.createdAt),
      instantText(deal.updatedAt),
      instantOrNull(deal.deletedAt),
    ]);
  }
  const [owner, entity1, entity2] = [at(users, 0), at(entities, 0), at(entities, 1)];
  for (const row of irregular.partnerships) {
    const created = instantText(row.createdAt);
    yield copyLine([
      ...[row.id, at(tenants, owner.tenant).id, entity1.id, entity2.id, owner.id, 'licensing', row.stage],
      ...[decimalText(row.valueCents, 2), row.valueCents === -1 ? CURRENCY_WITHOUT_RATE : 'USD'],
      row.successScore === null ? null : decimalText(row.successScore, 2),
      ...[null, null, null, null, created, created, null],
    ]);
  }
}

export interface PlacedEvent {
  readonly partnershipId: string;
  readonly from: string | null;
  readonly to: string;
  /** Position in the list of entities. */
  readonly actor: number | null;
  readonly at: Micros;
}

/**
 * Deal events in the order of their ids: those of the regular deals by time (changes of one instant in the order in
 * which they were made), then events of rejected deals, events too early for their deal, events without a deal.
 */
export function dealEvents({ spec, deals, irregular }: SeedWorld): PlacedEvent[] {
  const random = new Random(spec.seed, 'deal_events');
  const regular = deals
    .flatMap((deal) =>
      deal.events.map(({ from, to, at: instant }) => ({
        partnershipId: deal.id,
        from,
        to,
        actor: actorOf(random, deal),
        at: instant,
      })),
    )
    .sort((a, b) => a.at - b.at);
  const first = { from: null, to: 'identified', actor: null };
  return [
    ...regular,
    ...irregular.partnerships.map(({ id, createdAt }) => ({ ...first, partnershipId: id, at: createdAt })),
    ...irregular.earlyEvents.map((early) => ({
      ...first,
      partnershipId: at(deals, early.deal).id,
      at: early.at,
    })),
    ...irregular.missingParents.map(({ partnershipId, at: instant }) => ({
      ...first,
      partnershipId,
      at: instant,
    })),
  ];
}

function actorOf(random: Random, deal: Deal): number | null {
  return random.chance(0.1) ? null : random.chance(0.5) ? deal.entity1 : deal.entity2;
}

function* dealEventRows(world: SeedWorld): Generator<string> {
  for (const [index, event] of dealEvents(world).entries()) {
    const actor = event.actor === null ? null : at(world.entities, event.actor).id;
    const id = FIRST_EVENT_ID + BigInt(index);
    yield copyLine([id, event.partnershipId, event.from, event.to, actor, instantText(event.at)]);
  }
}

function* milestoneRows({ spec, deals, irregular }: SeedWorld): Generator<string> {
  for (const row of generateMilestones(spec, deals)) {
    yield copyLine([
      row.id,
      at(deals, row.deal).id,
      row.completedAt !== null,
      instantOrNull(row.completedAt),
      dateOrNull(row.dueAt),
      instantText(row.updatedAt),
    ]);
  }
  for (const row of irregular.missingParents) {
    yield copyLine([row.milestoneId, row.partnershipId, false, null, null, instantText(row.at)]);
  }
}

function* affinityRows(world: SeedWorld): Generator<string> {
  let id = 1;
  for (const row of world.affinity.ingestionOrder()) {
    const score = world.affinity.row(row);
    yield affinityLine(world, id++, score, equalMix(score.components));
  }
  for (const score of world.irregular.affinityScores)
    yield affinityLine(world, id++, score, score.affinityScore);
}

function affinityLine(
  { entities }: SeedWorld,
  id: number,
  score: AffinityScore,
  affinityScore: number,
): string {
  return copyLine([
    id,
    at(entities, score.entity1).id,
    at(entities, score.entity2).id,
    decimalText(affinityScore, 2),
    ...score.components.map((component) => decimalText(component, 4)),
    decimalText(score.confidence, 4),
    recommendationTier(affinityScore),
    instantText(score.computedAt),
    instantText(score.ingestedAt),
  ]);
}

function* trendMetricRows({ spec, trends }: SeedWorld): Generator<string> {
  for (const row of generateTrendMetrics(spec)) {
    yield copyLine([
      row.id,
      at(trends, row.trend).id,
      decimalText(row.momentum, 4),
      decimalText(row.velocity, 4),
      row.signals,
      row.engagement,
      decimalText(row.sentiment, 2),
      instantText(row.measuredAt),
    ]);
  }
}

function* activityRows({ spec, tenants, users, entities, deals }: SeedWorld): Generator<string> {
  let id = FIRST_ACTIVITY_ID;
  for (const row of generateActivity(spec, tenants, entities, deals)) {
    yield copyLine([
      id++,
      at(users, row.user).id,
      row.type,
      row.target === null ? null : at(entities, row.target).id,
      row.deal === null ? null : at(deals, row.deal).id,
      instantText(row.occurredAt),
    ]);
  }
}
