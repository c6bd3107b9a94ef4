import fc from 'fast-check';
import type { CohortProfile, EarlierPanels, PanelMember, Panels } from '../cohorts.js';
import { hazenQuantile } from '../stats/hazen.js';
import { significantDigits } from '../stats/significant-digits.js';

export type Peer = PanelMember & CohortProfile;

/** What the next snapshot has to know of those before it, from the first to the last. */
export function afterSnapshots<Member extends PanelMember>(
  ...snapshots: readonly Panels<Member>[]
): EarlierPanels<Member> {
  const panels = snapshots.flatMap((snapshot) => [...snapshot]);
  return {
    last: new Map(panels),
    rosters: panels.map(([, panel]) => panel.map(({ entityId, tenantId }) => ({ entityId, tenantId }))),
  };
}

/** What everybody may know of a snapshot: whom a cohort counts, whose they are (from public profiles) and its quartiles. */
export type Publication = { ids: string[]; tenants: ReadonlyMap<string, string>; quartiles: number[] }[];

export function publicationOf(panels: Panels<Peer>): Publication {
  return [...panels.values()].map((panel) => {
    const ascending = panel.flatMap(({ value }) => value ?? []).sort((a, b) => a - b);
    return {
      ids: panel.map(({ entityId }) => entityId),
      tenants: new Map(panel.map(({ entityId, tenantId }) => [entityId, tenantId])),
      quartiles: [0.25, 0.5, 0.75].map((p) => significantDigits(hazenQuantile(ascending, p), 2)),
    };
  });
}

/** The rule without protection from differences: the narrowest cohort of ten entities of ten tenants, of this month. */
export function ladder(peers: readonly Peer[]): Panels<Peer> {
  const groups = new Map<string, Peer[]>();
  const keysOf = ({ entityType: type, industry, tier }: Peer) => [
    `${type}|${industry}|${tier}`,
    `${type}|${industry}|*`,
    `${type}|*|${tier}`,
    `${type}|*|*`,
  ];
  for (const peer of peers) {
    if (peer.value === null) continue;
    for (const key of keysOf(peer)) groups.set(key, [...(groups.get(key) ?? []), peer]);
  }
  const isLarge = (key: string) => new Set(groups.get(key)?.map(({ tenantId }) => tenantId)).size >= 10;
  const read = new Set(peers.flatMap((peer) => keysOf(peer).find(isLarge) ?? []));
  return new Map([...read].map((key) => [key, groups.get(key) ?? []]));
}

/** An entity that the attacker caught: its figure lies above or below what was published. */
export interface Exposure {
  entityId: string;
  side: 'above' | 'below';
  quartile: number;
  /** Whether that is so; between the two values that a quantile lies between, it may not be. */
  isTrue: boolean;
}

/**
 * The classic attack by differences: two publications, of any two months, that one entity tells apart. A quantile that
 * moves up when it is added says that its figure lies above the old quantile, one that moves down that it lies below.
 */
export function attack(
  publications: readonly Publication[],
  history: readonly (readonly Peer[])[],
): Exposure[] {
  const caught: Exposure[] = [];
  // Nobody's figure changes in the months below.
  const values = new Map(history.flat().map(({ entityId, value }) => [entityId, value]));
  const seen = publications.flat();
  for (const large of seen)
    for (const small of seen) {
      if (large.ids.length !== small.ids.length + 1) continue;
      const others = new Set(small.ids);
      const [only, ...rest] = large.ids.filter((id) => !others.has(id));
      if (only === undefined || rest.length > 0) continue;
      for (const [i, quartile] of small.quartiles.entries()) {
        const moved = (large.quartiles[i] ?? 0) - quartile;
        if (moved === 0) continue;
        const value = values.get(only) ?? 0;
        const side = moved > 0 ? 'above' : 'below';
        const isTrue = moved > 0 ? value >= quartile : value <= quartile;
        caught.push({ entityId: only, side, quartile, isTrue });
      }
    }
  return caught;
}

/** How many entities of each tenant only one of two panels counts; tenants by entity. */
export function difference(
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    for (const [entityId, tenantId] of one)
      if (!other.has(entityId)) counts.set(tenantId, (counts.get(tenantId) ?? 0) + 1);
  return counts;
}

/**
 * The attack of an insider: two publications that the entities of one tenant tell apart, or of one beside the reader's,
 * who knows its own. Sums and averages over the two then give those of the tenant.
 * @returns the tenants caught so
 */
export function attackByTenant(publications: readonly Publication[]): string[] {
  const seen = publications.flat();
  return seen.flatMap((a, i) =>
    seen.slice(i + 1).flatMap((b) => {
      const tenants = [...difference(a.tenants, b.tenants).keys()];
      return tenants.length <= 2 ? tenants : [];
    }),
  );
}

const profile = {
  entityType: fc.constantFrom('brand', 'brand', 'brand', 'content'),
  industry: fc.constantFrom('fashion', 'fashion', 'food', 'film'),
  tier: fc.constantFrom('enterprise', 'enterprise', 'individual'),
};

/**
 * Six months of one market: 20 to 90 entities that keep their figure, of which each month some leave for good or for a
 * while, and some change industry or tier.
 */
export const months: fc.Arbitrary<Peer[][]> = fc
  .array(
    fc.record({
      ...profile,
      value: fc.integer({ min: 0, max: 99 }),
      // A handful share a tenant.
      tenant: fc.integer({ min: 0, max: 400 }),
      absent: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      stays: fc.integer({ min: 0, max: 9 }),
      movesIn: fc.integer({ min: 1, max: 40 }),
      movedTo: fc.record(profile),
    }),
    { minLength: 20, maxLength: 90 },
  )
  .map((specs) =>
    Array.from({ length: 6 }, (_, month) =>
      specs.flatMap(({ entityType, industry, tier, value, tenant, absent, stays, movesIn, movedTo }, i) => {
        // Nine in ten are always there.
        if (stays === 0 && absent[month] === true) return [];
        const at = month >= movesIn ? { ...movedTo, entityType } : { entityType, industry, tier };
        return [{ entityId: `e${i}`, tenantId: `t${tenant}`, value, ...at }];
      }),
    ),
  );

/** The same, in which one tenant brings many entities at once. */
export const onboarding: fc.Arbitrary<Peer[][]> = fc
  .tuple(
    months,
    fc.record({
      ...profile,
      joins: fc.integer({ min: 1, max: 5 }),
      n: fc.integer({ min: 5, max: 15 }),
      value: fc.integer({ min: 0, max: 99 }),
    }),
  )
  .map(([history, { joins, n, ...same }]) =>
    history.map((peers, month) => {
      const joined = month < joins ? 0 : n;
      const ofGroup = (_: unknown, i: number) => ({ ...same, entityId: `g${i}`, tenantId: 'group' });
      return [...peers, ...Array.from({ length: joined }, ofGroup)];
    }),
  );
