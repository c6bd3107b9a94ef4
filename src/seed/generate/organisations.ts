import {
  ENTITY_TYPES,
  FIRST_NAMES,
  INDUSTRIES,
  LAST_NAMES,
  LOCATIONS,
  NAME_HEADS,
  NAME_TAILS,
  TIERS,
  TIME_ZONES,
} from './catalog.js';
import { DAY, type Micros } from './format.js';
import { at, Random } from './random.js';
import { HISTORY_DAYS, type SeedSpec } from './spec.js';

export interface Tenant {
  readonly id: string;
  readonly name: string;
  /** Positions in the list of users. */
  readonly users: readonly number[];
}

export interface User {
  readonly id: string;
  readonly tenant: number;
  readonly email: string;
  readonly fullName: string;
  readonly slackUserId: string | null;
  readonly timeZone: string;
  readonly manager: number | null;
}

export type PerformerKind = 'top' | 'poor';

export interface Entity {
  readonly id: string;
  readonly tenant: number;
  readonly type: 'brand' | 'member' | 'content';
  readonly name: string;
  readonly industry: string;
  readonly foundedYear: number | null;
  readonly location: string | null;
  readonly tier: string;
  readonly createdAt: Micros;
  readonly updatedAt: Micros;
  readonly deletedAt: Micros | null;
  /** Planted quality; its deals are all planted. */
  readonly performer: PerformerKind | null;
}

export function generateTenants(spec: SeedSpec): Tenant[] {
  const random = new Random(spec.seed, 'tenants');
  const { tenants, users } = spec.sizes;
  return Array.from({ length: tenants }, (_, index) => ({
    id: random.uuid(),
    name: `${at(NAME_HEADS, index % NAME_HEADS.length)} ${at(NAME_TAILS.tenant, Math.floor(index / NAME_HEADS.length) % NAME_TAILS.tenant.length)}`,
    users: Array.from({ length: Math.ceil((users - index) / tenants) }, (_, k) => index + k * tenants),
  }));
}

/** The first user of a tenant manages the others. One in eight has no Slack account on record. */
export function generateUsers(spec: SeedSpec): User[] {
  const random = new Random(spec.seed, 'users');
  const { tenants, users } = spec.sizes;
  return Array.from({ length: users }, (_, index) => {
    const tenant = index % tenants;
    const first = random.pick(FIRST_NAMES);
    const last = random.pick(LAST_NAMES);
    const homeZone = at(TIME_ZONES, tenant % TIME_ZONES.length);
    const slackUserId = `U${random.uuid().replaceAll('-', '').slice(0, 10).toUpperCase()}`;
    return {
      id: random.uuid(),
      tenant,
      email: `user${index + 1}@tenant${tenant + 1}.example`,
      fullName: `${first} ${last}`,
      slackUserId: random.chance(0.125) ? null : slackUserId,
      timeZone: random.chance(0.8) ? homeZone : random.pick(TIME_ZONES),
      manager: index < tenants ? null : tenant,
    };
  });
}

/**
 * Entities in the order in which they joined. Two in five were there when the history begins, the rest joined over the
 * first 20 months. Planted performers joined first and stand in the largest cohorts.
 */
export function generateEntities(spec: SeedSpec): Entity[] {
  const random = new Random(spec.seed, 'entities');
  const { entities, tenants, topPerformers, poorPerformers } = spec.sizes;
  const begin = spec.base - HISTORY_DAYS * DAY;
  const joined = Array.from({ length: entities }, (_, index) => {
    const days = index < entities * 0.4 ? random.between(0, 15) : 15 + 600 * random.float() ** 2;
    return begin + Math.floor(days * DAY);
  }).sort((a, b) => a - b);
  const deleted = deletedEntities(entities, spec.scale);

  return joined.map((createdAt, index) => {
    const performer = index < topPerformers ? 'top' : index < topPerformers + poorPerformers ? 'poor' : null;
    const type = performer ? at(['brand', 'member'] as const, index % 2) : random.weighted(ENTITY_TYPES);
    const industry = performer ? at(INDUSTRIES, Math.floor(index / 2) % 3)[0] : random.weighted(INDUSTRIES);
    const tier = performer ? 'professional' : random.weighted(TIERS);
    const deletedAt = deleted.has(index) ? spec.base - Math.floor(random.between(2, 60) * DAY) : null;
    const changedAt = createdAt + Math.floor(random.between(0.1, 1) * (spec.base - createdAt));
    const changed = random.chance(0.15);
    return {
      id: random.uuid(),
      tenant: index % tenants,
      type,
      name: `${random.pick(NAME_HEADS)}${index % 97 === 13 ? ' \\ & "Söhne"' : ''} ${random.pick(NAME_TAILS[type])} ${index + 1}`,
      industry,
      foundedYear: random.chance(0.1) ? null : 1900 + random.int(124),
      location: random.chance(0.05) ? null : random.pick(LOCATIONS),
      tier,
      createdAt,
      updatedAt: deletedAt ?? (changed ? changedAt : createdAt),
      deletedAt,
      performer,
    };
  });
}

/** A few entities from the middle of the list: old enough to have deals, never a planted performer. */
function deletedEntities(entities: number, scale: number): Set<number> {
  const count = Math.max(2, Math.round(8 * scale));
  return new Set(Array.from({ length: count }, (_, k) => Math.floor(entities * (0.5 + (0.3 * k) / count))));
}
