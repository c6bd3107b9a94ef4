import { BROWSE_ACTIVITY, DEAL_ACTIVITY } from './catalog.js';
import type { Deal } from './deals.js';
import { DAY, type Micros } from './format.js';
import type { Entity, Tenant } from './organisations.js';
import { at, Random } from './random.js';
import { HISTORY_DAYS, type SeedSpec } from './spec.js';

export interface Activity {
  readonly user: number;
  readonly type: string;
  readonly target: number | null;
  readonly deal: number | null;
  readonly occurredAt: Micros;
}

/**
 * User activity in the order of time, more of it lately. About three in five belong to a deal that was open at that
 * instant and come from its owner or a colleague; the rest is browsing. Needs memory for the open deals only.
 */
export function* generateActivity(
  spec: SeedSpec,
  tenants: readonly Tenant[],
  entities: readonly Entity[],
  deals: readonly Deal[],
): Generator<Activity> {
  const random = new Random(spec.seed, 'user_activity');
  const open = new OpenDeals(deals);
  const { userActivity, users } = spec.sizes;
  const begin = spec.base - HISTORY_DAYS * DAY;
  let joined = 0;
  for (let k = 0; k < userActivity; k++) {
    const share = ((k + random.float()) / userActivity) ** 0.8;
    const occurredAt = begin + Math.floor(share * (spec.base - 1 - begin));
    open.advance(occurredAt);
    while (joined < entities.length && at(entities, joined).createdAt < occurredAt) joined += 1;
    const deal = random.chance(0.6) ? open.pick(random) : null;
    if (deal !== null) {
      const { owner, entity1, entity2 } = at(deals, deal);
      const colleagues = at(tenants, at(entities, entity1).tenant).users;
      const user = random.chance(0.7) ? owner : random.pick(colleagues);
      const target = random.chance(0.5) ? entity1 : entity2;
      yield { user, type: random.weighted(DEAL_ACTIVITY), target, deal, occurredAt };
    } else {
      const type = random.weighted(BROWSE_ACTIVITY);
      const target = type === 'search' || type === 'login' || joined === 0 ? null : random.int(joined);
      yield { user: random.int(users), type, target, deal, occurredAt };
    }
  }
}

/** The deals open at a moving instant. */
class OpenDeals {
  private readonly byCreation: number[];
  private readonly byClose: number[];
  private readonly open: number[] = [];
  private readonly position = new Map<number, number>();
  private created = 0;
  private closed = 0;

  constructor(private readonly deals: readonly Deal[]) {
    const all = deals.map((_, index) => index);
    this.byCreation = all.toSorted((a, b) => at(deals, a).createdAt - at(deals, b).createdAt || a - b);
    this.byClose = all.toSorted((a, b) => endOf(at(deals, a)) - endOf(at(deals, b)) || a - b);
  }

  advance(instant: Micros): void {
    for (; this.created < this.deals.length; this.created++) {
      const deal = at(this.byCreation, this.created);
      if (at(this.deals, deal).createdAt >= instant) break;
      if (endOf(at(this.deals, deal)) <= instant) continue;
      this.position.set(deal, this.open.length);
      this.open.push(deal);
    }
    for (; this.closed < this.deals.length; this.closed++) {
      const deal = at(this.byClose, this.closed);
      if (endOf(at(this.deals, deal)) > instant) break;
      this.remove(deal);
    }
  }

  pick(random: Random): number | null {
    return this.open.length === 0 ? null : random.pick(this.open);
  }

  private remove(deal: number): void {
    const position = this.position.get(deal);
    if (position === undefined) return;
    const last = at(this.open, this.open.length - 1);
    this.open[position] = last;
    this.position.set(last, position);
    this.open.pop();
    this.position.delete(deal);
  }
}

function endOf(deal: Deal): Micros {
  return Math.min(deal.closedAt ?? Infinity, deal.deletedAt ?? Infinity);
}
