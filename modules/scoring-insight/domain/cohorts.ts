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
/** Two published cohorts hold the same entities, or this many tell them apart: fewer could be read off the difference. */
export const MIN_DIFFERENCE = 10;

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

/** Whom the cohorts of a snapshot rest on, by key. */
export type Panels<Member extends PanelMember> = ReadonlyMap<string, readonly Member[]>;

/** What the snapshots before this one published. */
export interface EarlierPanels<Member extends PanelMember> {
  /** Whom each cohort counted when it was published last. */
  last: Panels<Member>;
  /** Entity ids of every panel that was ever published, those of `last` included. */
  rosters: readonly (readonly string[])[];
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
 * - it differs from every other cohort of this snapshot and of all earlier ones by nobody or by ten entities at least.
 * What is not published sends its readers to the next level. Of two cohorts that differ by fewer than ten the wider one
 * goes: whoever reads it is outside the narrower one, so at most nine entities with a value lose their level.
 *
 * A panel is frozen: who came or left since the cohort was last published counts only once ten have, compared with every
 * earlier panel. Until then those of the last time are counted, with their figures of today; one who has none any more
 * keeps the last.
 *
 * O(n) for n entities, and for each panel with an earlier one of nearly its size until ten differences are found.
 */
export function publishCohorts<Member extends PanelMember>(
  entities: readonly (Member & CohortProfile)[],
  earlier: EarlierPanels<Member> = { last: new Map(), rosters: [] },
): PublishedCohorts<Member> {
  const valued = entities.filter(({ value }) => value !== null);
  const today = new Map<string, Member>(valued.map((entity) => [entity.entityId, entity]));
  const published = new Map<string, Cohort<Member>>();
  const taken = [...earlier.rosters];
  let readers: readonly CohortProfile[] = entities;
  for (const level of COHORT_LEVELS) {
    const groups = groupBy(valued, (entity) => keyOf(partsOf(entity, level)));
    const unserved: CohortProfile[] = [];
    for (const [key, waiting] of groupBy(readers, (entity) => keyOf(partsOf(entity, level)))) {
      const candidates: Member[][] = [groups.get(key) ?? []];
      const last = earlier.last.get(key);
      if (last) candidates.push(last.map((each) => today.get(each.entityId) ?? each));
      const panel = candidates.find((each) => mayBePublished(each) && isFarFromAll(each, taken));
      const [reader] = waiting;
      if (panel === undefined || reader === undefined) {
        for (const each of waiting) unserved.push(each);
        continue;
      }
      taken.push(panel.map(({ entityId }) => entityId));
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

function mayBePublished(panel: readonly PanelMember[]): boolean {
  if (panel.length < MIN_COHORT_ENTITIES) return false;
  const shares = [...groupBy(panel, ({ tenantId }) => tenantId).values()];
  return (
    shares.length >= MIN_COHORT_TENANTS &&
    shares.every(({ length }) => length <= panel.length * MAX_TENANT_SHARE)
  );
}

/** Whether each roster holds the same entities as a panel, or at least ten are in only one of the two. */
function isFarFromAll(panel: readonly PanelMember[], rosters: readonly (readonly string[])[]): boolean {
  const near = rosters.filter(({ length }) => Math.abs(length - panel.length) < MIN_DIFFERENCE);
  const ids = new Set(near.length === 0 ? [] : panel.map(({ entityId }) => entityId));
  return near.every((roster) => {
    // Each one that the panel lacks tells them apart, and so does each that the roster lacks.
    let apart = panel.length - roster.length;
    for (const id of roster) {
      if (ids.has(id)) continue;
      apart += 2;
      if (apart >= MIN_DIFFERENCE) return true;
    }
    return apart === 0;
  });
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
