/** From narrow to wide; every level stays within one entity type. */
export const COHORT_LEVELS = ['industry_tier', 'industry', 'tier', 'platform'] as const;

export type CohortLevel = (typeof COHORT_LEVELS)[number];

/** Fewer peers than this and an exact figure would be somebody's. */
export const MIN_COHORT_ENTITIES = 10;
export const MIN_COHORT_TENANTS = 10;
/**
 * Dominance: no organisation may hold more than this share of a cohort. Every statistic of a cohort takes each of its
 * entities once, so this is the largest share that one contributor has in what a statistic rests on.
 */
export const MAX_TENANT_SHARE = 0.25;

/** What a cohort counts of an entity. */
export interface PanelMember {
  entityId: string;
  tenantId: string;
  /** The figure to compare; null when there is none, which keeps the entity out of every cohort. */
  value: number | null;
}

/** What decides where an entity belongs. */
export interface CohortProfile {
  entityType: string;
  industry: string;
  tier: string;
}

export interface Cohort<Member extends PanelMember> {
  /** Unlike the name, unambiguous for industries that contain a bar. */
  key: string;
  /** 'entity_type|industry|tier', with * for a dropped level. */
  name: string;
  level: CohortLevel;
  /** Whom its figures rest on, each with a value; see `publishCohorts` for who counts and when. */
  panel: Member[];
  /** The published cohort of the next wider level that holds this one; null when there is none. */
  parent: Cohort<Member> | null;
}

/** What stays known of whom a published cohort counted: an entity and its tenant of then. */
export type Roster = readonly Pick<PanelMember, 'entityId' | 'tenantId'>[];

/** Whom the cohorts of a snapshot rest on, by key. */
export type Panels<Member extends PanelMember> = ReadonlyMap<string, readonly Member[]>;

/** What the snapshots before this one published. */
export interface EarlierPanels<Member extends PanelMember> {
  /** Whom each cohort counted when it was published last. */
  last: Panels<Member>;
  /** Every panel that was ever published, those of `last` included. */
  rosters: readonly Roster[];
}

export interface PublishedCohorts<Member extends PanelMember> {
  /** From narrow to wide. */
  cohorts: Cohort<Member>[];
  /** The narrowest published cohort that an entity belongs to; null when there is none. */
  cohortOf: (entity: CohortProfile) => Cohort<Member> | null;
}

/**
 * Chooses the cohorts of a snapshot, from narrow to wide. A cohort is published when
 * - somebody reads it: an entity that no narrower cohort serves,
 * - its panel has ten entities with a value, of ten tenants, none of which holds more than a quarter, and
 * - it differs from every other cohort of this snapshot and of all earlier ones by nobody, or by entities that would make
 *   a cohort themselves: what one publication less the other tells is then no more than a cohort may tell.
 * What is not published sends its readers to the next level. Of two cohorts that are too close the wider one goes:
 * whoever reads it is outside the narrower one, so only those lose their level who are too few, or of too few tenants.
 *
 * A panel is frozen: who came or left since the cohort was last published counts only once they would make a cohort,
 * compared with every earlier panel. Until then those of the last time are counted, with their figures of today; one who
 * has none any more keeps the last.
 *
 * O(n) for n entities, and for each panel with the earlier ones that share somebody with it.
 */
export function publishCohorts<Member extends PanelMember>(
  entities: readonly (Member & CohortProfile)[],
  earlier: EarlierPanels<Member> = { last: new Map(), rosters: [] },
): PublishedCohorts<Member> {
  const valued = entities.filter(({ value }) => value !== null);
  const today = new Map<string, Member>(valued.map((entity) => [entity.entityId, entity]));
  const published = new Map<string, Cohort<Member>>();
  const taken = new PublishedRosters(earlier.rosters);
  let readers: readonly CohortProfile[] = entities;
  for (const level of COHORT_LEVELS) {
    const groups = groupBy(valued, (entity) => keyOf(partsOf(entity, level)));
    const unserved: CohortProfile[] = [];
    for (const [key, waiting] of groupBy(readers, (entity) => keyOf(partsOf(entity, level)))) {
      const candidates: Member[][] = [groups.get(key) ?? []];
      const last = earlier.last.get(key);
      if (last) candidates.push(last.map((each) => today.get(each.entityId) ?? each));
      const panel = candidates.find((each) => hidesItsMembers(each) && taken.areFarFrom(each));
      const [reader] = waiting;
      if (panel === undefined || reader === undefined) {
        for (const each of waiting) unserved.push(each);
        continue;
      }
      taken.add(panel);
      const name = partsOf(reader, level)
        .map((part) => part ?? '*')
        .join('|');
      published.set(key, { key, name, level, panel, parent: null });
    }
    readers = unserved;
  }
  const holding = (entity: CohortProfile): Cohort<Member>[] =>
    COHORT_LEVELS.flatMap((level) => published.get(keyOf(partsOf(entity, level))) ?? []);
  for (const entity of valued) {
    const cohorts = holding(entity);
    for (const cohort of cohorts) cohort.parent ??= cohorts.find((other) => isWider(other, cohort)) ?? null;
  }
  return { cohorts: [...published.values()], cohortOf: (entity) => holding(entity)[0] ?? null };
}

/** Whether figures of these entities are nobody's: ten, of ten tenants, none of which holds more than a quarter. */
function hidesItsMembers(members: Roster): boolean {
  if (members.length < MIN_COHORT_ENTITIES) return false;
  const holdings = holdingsOf(members);
  return (
    holdings.length >= MIN_COHORT_TENANTS &&
    holdings.every((entities) => entities <= members.length * MAX_TENANT_SHARE)
  );
}

/** How many of the entities each tenant has. */
function holdingsOf(members: Roster): number[] {
  return [...groupBy(members, ({ tenantId }) => tenantId).values()].map(({ length }) => length);
}

function largestHolding(members: Roster): number {
  return holdingsOf(members).reduce((largest, entities) => Math.max(largest, entities), 0);
}

/** Whom the cohorts published so far count, indexed by entity: most of them share nobody with a given panel. */
class PublishedRosters {
  private readonly rosters: { members: Roster; largest: number }[] = [];
  private readonly holding = new Map<string, number[]>();

  constructor(rosters: readonly Roster[]) {
    for (const roster of rosters) this.add(roster);
  }

  add(members: Roster): void {
    const index = this.rosters.push({ members, largest: largestHolding(members) }) - 1;
    for (const { entityId } of members) {
      const indices = this.holding.get(entityId);
      if (indices) indices.push(index);
      else this.holding.set(entityId, [index]);
    }
  }

  /**
   * Whether each roster counts the same entities as the panel, or those that only one of the two counts hide each other.
   * Two that share nobody do so as each of them does.
   */
  areFarFrom(panel: Roster): boolean {
    const shared = new Uint32Array(this.rosters.length);
    for (const { entityId } of panel)
      for (const index of this.holding.get(entityId) ?? []) shared[index] = (shared[index] ?? 0) + 1;
    const ownLargest = largestHolding(panel);
    return this.rosters.every(({ members, largest }, index) => {
      const both = shared[index] ?? 0;
      if (both === 0) return true;
      const apart = panel.length + members.length - 2 * both;
      if (apart === 0) return true;
      if (apart < MIN_COHORT_ENTITIES) return false;
      // A tenant has no more in the difference than in both: where that is a tenth at most, there is nothing to count.
      if ((ownLargest + largest) * MIN_COHORT_TENANTS <= apart) return true;
      return hidesItsMembers(difference(panel, members));
    });
  }
}

/** Those whom only one of the two counts. */
function difference(a: Roster, b: Roster): Roster {
  const inA = new Set(a.map(({ entityId }) => entityId));
  const inB = new Set(b.map(({ entityId }) => entityId));
  return [
    ...a.filter(({ entityId }) => !inB.has(entityId)),
    ...b.filter(({ entityId }) => !inA.has(entityId)),
  ];
}

/** Whether each member of a cohort belongs to another one too; an industry is not part of a tier. */
function isWider(other: Cohort<PanelMember>, cohort: Cohort<PanelMember>): boolean {
  if (COHORT_LEVELS.indexOf(other.level) <= COHORT_LEVELS.indexOf(cohort.level)) return false;
  return cohort.level !== 'industry' || other.level === 'platform';
}

/** Entity type, industry, tier; null for a level that is dropped. */
type Parts = [string, string | null, string | null];

function partsOf({ entityType, industry, tier }: CohortProfile, level: CohortLevel): Parts {
  switch (level) {
    case 'industry_tier':
      return [entityType, industry, tier];
    case 'industry':
      return [entityType, industry, null];
    case 'tier':
      return [entityType, null, tier];
    case 'platform':
      return [entityType, null, null];
  }
}

function keyOf(parts: Parts): string {
  return JSON.stringify(parts);
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
