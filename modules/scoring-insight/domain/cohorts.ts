/** From narrow to wide; every level stays within one entity type. */
export const COHORT_LEVELS = ['industry_tier', 'industry', 'tier', 'platform'] as const;

export type CohortLevel = (typeof COHORT_LEVELS)[number];

/** Fewer peers than this and an exact figure would be somebody's. */
export const MIN_COHORT_ENTITIES = 10;
export const MIN_COHORT_TENANTS = 10;

/** What decides where an entity belongs. */
export interface CohortMember {
  tenantId: string;
  entityType: string;
  industry: string;
  tier: string;
  /** The figure to compare; null when there is none, which keeps the entity out of every cohort. */
  value: number | null;
}

export interface Cohort<Member extends CohortMember> {
  /** 'entity_type|industry|tier', with * for a dropped level. */
  name: string;
  level: CohortLevel;
  /** Those with a value. */
  members: Member[];
}

/**
 * The narrowest publishable cohort of every entity: at least ten entities with a value, of at least ten tenants, else
 * the next level, else none. O(n) for n entities.
 */
export function assignCohorts<Member extends CohortMember>(
  entities: readonly Member[],
): (entity: CohortMember) => Cohort<Member> | null {
  const levels = COHORT_LEVELS.map((level) => {
    const cohorts = new Map<string, Cohort<Member>>();
    for (const entity of entities) {
      if (entity.value === null) continue;
      const key = cohortKey(entity, level);
      const cohort = cohorts.get(key);
      if (cohort) cohort.members.push(entity);
      else cohorts.set(key, { name: cohortName(entity, level), level, members: [entity] });
    }
    for (const [key, cohort] of cohorts) if (!isPublishable(cohort)) cohorts.delete(key);
    return { level, cohorts };
  });
  return (entity) => {
    for (const { level, cohorts } of levels) {
      const cohort = cohorts.get(cohortKey(entity, level));
      if (cohort) return cohort;
    }
    return null;
  };
}

function isPublishable({ members }: Cohort<CohortMember>): boolean {
  if (members.length < MIN_COHORT_ENTITIES) return false;
  return new Set(members.map((member) => member.tenantId)).size >= MIN_COHORT_TENANTS;
}

function cohortParts(entity: CohortMember, level: CohortLevel): [string, string | null, string | null] {
  const { entityType, industry, tier } = entity;
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

function cohortName(entity: CohortMember, level: CohortLevel): string {
  return cohortParts(entity, level)
    .map((part) => part ?? '*')
    .join('|');
}

/** Unlike the name, unambiguous for industries that contain a bar: a stored text never holds the zero character. */
function cohortKey(entity: CohortMember, level: CohortLevel): string {
  return cohortParts(entity, level).join('\0');
}
