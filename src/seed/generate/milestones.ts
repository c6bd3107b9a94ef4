import { OPEN_STAGES } from './catalog.js';
import type { Deal } from './deals.js';
import { DAY, type Micros } from './format.js';
import { Random } from './random.js';
import type { SeedSpec } from './spec.js';

export interface Milestone {
  readonly id: string;
  /** Position in the list of deals. */
  readonly deal: number;
  readonly completedAt: Micros | null;
  /** Null where nothing is scheduled yet. */
  readonly dueAt: Micros | null;
  readonly updatedAt: Micros;
}

/**
 * Milestones of the deals that got as far as a proposal, more for those that went further; successful deals complete
 * more of them. Nothing is due after `base`: what is still ahead has no date yet.
 */
export function* generateMilestones(spec: SeedSpec, deals: readonly Deal[]): Generator<Milestone> {
  const random = new Random(spec.seed, 'milestones');
  for (const [index, deal] of deals.entries()) {
    const reached = deal.events.reduce((max, { to }) => Math.max(max, stageNumber(to)), 0);
    const count = reached < 2 ? 0 : reached < 4 ? 2 + random.int(2) : 3 + random.int(4);
    const end = deal.closedAt ?? spec.base;
    const completion = deal.closedAt === null ? 0.5 : deal.quality > 0 ? 0.9 : 0.45;
    for (let k = 0; k < count; k++) {
      const createdAt = deal.createdAt + Math.floor(random.float() * 0.2 * Math.max(0, end - deal.createdAt));
      const doneAt = createdAt + Math.floor(random.between(0.05, 0.98) * Math.max(0, end - createdAt));
      const dueAt = createdAt + Math.floor(random.between(10, 90) * DAY);
      const completedAt = random.chance(completion) ? doneAt : null;
      yield {
        id: random.uuid(),
        deal: index,
        completedAt,
        dueAt: dueAt < spec.base ? dueAt : null,
        updatedAt: completedAt ?? createdAt,
      };
    }
  }
}

function stageNumber(stage: string): number {
  return OPEN_STAGES.findIndex((name) => name === stage);
}
