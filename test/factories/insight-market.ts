import type { DealSpec, EntitySpec, EventSpec, InsightWorld, ScoreSpec } from './insight-world.js';

/** asOf of the market below. */
export const MARKET_AS_OF = '2026-06-17T12:00:00.000000Z';

const TENANTS = 12;
const ENTITIES = 24;
const PAST_DEALS = 240;

/**
 * A market with planted truth: 24 brands of 12 tenants in one industry and tier, 240 past deals whose outcome follows the
 * authenticity score (and nothing else), and four open deals of which two are stalled. The same rows on every call.
 */
export function market(): InsightWorld {
  const random = uniform(20260617);
  const entities: EntitySpec[] = Array.from({ length: ENTITIES }, (_, index) => ({
    name: `brand ${index}`,
    tenant: `tenant ${index % TENANTS}`,
  }));
  const deals: DealSpec[] = [];
  const events: EventSpec[] = [];
  const scores: ScoreSpec[] = [];
  for (let index = 0; index < PAST_DEALS; index += 1) {
    const first = index % ENTITIES;
    const second = (first + 1 + (index % 7)) % ENTITIES;
    const between: [string, string] = [`brand ${first}`, `brand ${second}`];
    const authenticity = round(random());
    const success = random() < 0.1 + 0.8 * authenticity;
    const won = success || random() < 0.5;
    const day = String((index % 28) + 1).padStart(2, '0');
    const createdAt = `2025-0${(index % 9) + 1}-${day}T09:00:00.000000Z`;
    deals.push({
      name: `past ${index}`,
      between,
      stage: won ? 'completed' : 'declined',
      createdAt,
      successScore: won ? (success ? '4.20' : '2.10') : null,
      value: `${1000 + index}.50`,
      daysToSigned: won ? 20 + (index % 40) : null,
      milestones: [success ? 3 : 1, 4],
    });
    events.push({
      id: index,
      deal: `past ${index}`,
      to: won ? 'completed' : 'declined',
      at: createdAt.replace('T09', 'T17'),
      visit: 1,
    });
    scores.push({
      id: index,
      between: index % 2 === 0 ? between : [between[1], between[0]],
      computedAt: createdAt.replace('T09', 'T08'),
      semantic: round(random()),
      goalAlignment: round(random()),
      culturalMomentum: round(random()),
      historical: round(random()),
      authenticity,
      confidence: round(random()),
    });
  }
  return { ...openDeals(), entities, deals: [...deals, ...openDeals().deals], events, scores };
}

/** Business days before Wednesday 2026-06-17, owner in Berlin: 61 (critical), 31 (warn), 30 (not yet), 1. */
function openDeals(): Pick<InsightWorld, 'deals' | 'users' | 'activities'> {
  const open = (name: string, createdAt: string, first: number): DealSpec => ({
    name,
    between: [`brand ${first}`, `brand ${first + 1}`],
    stage: 'negotiation',
    createdAt,
    owner: 'Olga',
    value: '25000.00',
  });
  return {
    users: [{ name: 'Olga', timeZone: 'Europe/Berlin', slackUserId: 'U0LGA' }],
    deals: [
      open('rotten', '2026-03-24T08:00:00.000000Z', 0),
      open('stale', '2026-05-05T08:00:00.000000Z', 2),
      open('due', '2026-05-06T08:00:00.000000Z', 4),
      open('fresh', '2026-06-16T08:00:00.000000Z', 6),
    ],
    activities: [
      { id: 1, deal: 'rotten', at: '2026-06-16T10:00:00.000000Z' },
      { id: 2, deal: 'rotten', at: '2026-03-19T00:00:00.000000Z' },
      { id: 3, deal: 'rotten', at: '2026-03-18T23:59:59.999999Z' },
      { id: 4, deal: null, at: '2026-06-16T10:00:00.000000Z' },
      { id: 5, deal: 'past 0', at: '2026-06-16T10:00:00.000000Z' },
    ],
  };
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/** Numbers in [0, 1), the same for the same seed (Lehmer). */
function uniform(seed: number): () => number {
  let state = seed % 2_147_483_647;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}
