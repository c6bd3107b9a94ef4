import type { CategoryCounts, OutcomeProducts } from '../categories.js';

/** A past deal in the category of one predictor. */
export interface CategoryDeal {
  entity1Id: string;
  entity2Id: string;
  success: boolean;
  category: string;
}

/** The deals by category, counted by loops over everything. */
export function naiveCategoryCounts(deals: readonly CategoryDeal[], leastExpected = 5): CategoryCounts[] {
  const rarer = Math.min(
    ...[true, false].map((success) => deals.filter((d) => d.success === success).length),
  );
  const inCategory = (name: string) => deals.filter(({ category }) => category === name);
  const names = [...new Set(deals.map(({ category }) => category))];
  const small = names.filter((name) => inCategory(name).length * rarer < leastExpected * deals.length);
  const pool = small.length < 2 ? [] : names.filter((name) => small.includes(name) || name === 'other');
  const own = names.filter((name) => !pool.includes(name));
  const pooled = deals.filter(({ category }) => pool.includes(category));
  return [
    ...own.map((name) => countsOf(name, 0, inCategory(name))),
    ...(pooled.length > 0 ? [countsOf('other', pool.length, pooled)] : []),
  ].sort((a, b) => size(b) - size(a) || (a.category < b.category ? -1 : 1));
}

/**
 * How many times more uncertain the success rate of these deals is than if they shared no entity: over every ordered pair of
 * deals with an entity in common, the product of their residuals, over n p q. Where all ended alike: so many pairs, over n.
 */
export function naiveRateEffect(deals: readonly CategoryDeal[]): number {
  const n = deals.length;
  const rate = deals.filter(({ success }) => success).length / n;
  const variance = rate * (1 - rate);
  let sum = 0;
  for (const a of deals)
    for (const b of deals)
      if ([a.entity1Id, a.entity2Id].some((id) => id === b.entity1Id || id === b.entity2Id))
        sum += variance === 0 ? 1 : (Number(a.success) - rate) * (Number(b.success) - rate);
  return sum / (n * (variance === 0 ? 1 : variance));
}

function countsOf(category: string, pooled: number, deals: readonly CategoryDeal[]): CategoryCounts {
  const successes = deals.filter(({ success }) => success).length;
  const second = ({ entity1Id, entity2Id }: CategoryDeal) =>
    entity1Id === entity2Id ? `second ${entity2Id}` : entity2Id;
  return {
    category,
    pooled,
    successes,
    failures: deals.length - successes,
    byEntity: products(deals, (deal) => [deal.entity1Id, second(deal)]),
    byPair: products(deals, (deal) => [[deal.entity1Id, second(deal)].sort().join(' and ')]),
  };
}

function products(
  deals: readonly CategoryDeal[],
  clustersOf: (deal: CategoryDeal) => readonly string[],
): OutcomeProducts {
  const total = { pp: 0n, pn: 0n, nn: 0n };
  for (const cluster of new Set(deals.flatMap(clustersOf))) {
    const members = deals.filter((deal) => clustersOf(deal).includes(cluster));
    const p = BigInt(members.filter(({ success }) => success).length);
    const n = BigInt(members.length) - p;
    total.pp += p * p;
    total.pn += p * n;
    total.nn += n * n;
  }
  return total;
}

function size({ successes, failures }: CategoryCounts): number {
  return successes + failures;
}
