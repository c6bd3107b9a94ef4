import { generateAffinity, type AffinityTable } from './affinity.js';
import { generateDeals, type Deal } from './deals.js';
import { generateIrregular, type Irregular } from './irregular.js';
import {
  generateEntities,
  generateTenants,
  generateUsers,
  type Entity,
  type Tenant,
  type User,
} from './organisations.js';
import type { SeedSpec } from './spec.js';
import { generateTrends, type Trend } from './trends.js';

/** What several tables refer to, in memory; milestones, metrics and activity are made while they are written. */
export interface SeedWorld {
  readonly spec: SeedSpec;
  readonly tenants: readonly Tenant[];
  readonly users: readonly User[];
  readonly entities: readonly Entity[];
  readonly deals: readonly Deal[];
  readonly trends: readonly Trend[];
  readonly irregular: Irregular;
  /** Made on first use: the largest part, which the planted truth does without. */
  readonly affinity: AffinityTable;
}

/** The whole seeded product, a pure function of the specification. About 60 MB at scale 1. */
export function generateWorld(spec: SeedSpec): SeedWorld {
  const tenants = generateTenants(spec);
  const entities = generateEntities(spec);
  const deals = generateDeals(spec, tenants, entities);
  let affinity: AffinityTable | undefined;
  return {
    spec,
    tenants,
    users: generateUsers(spec),
    entities,
    deals,
    trends: generateTrends(spec),
    irregular: generateIrregular(spec, deals),
    get affinity() {
      return (affinity ??= generateAffinity(spec, entities, deals));
    },
  };
}
