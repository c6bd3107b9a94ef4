import { SeededRandom } from '../../modules/scoring-insight/domain/stats/seeded-random.js';
import type { ActivitySpec, DealSpec, EventSpec, InsightWorld, ScoreSpec } from './insight-world.js';

/** asOf of the world below, a Wednesday. */
export const FORECAST_AS_OF = '2026-06-17T12:00:00.000Z';
const DAY = 86_400_000;
const ENTITIES = 60;

/** A past deal with what it was like, for a naive look at it. */
export interface PastDealSpec {
  name: string;
  /** Instants of entering identified and negotiation, and of the end; milliseconds. */
  entered: [number, number];
  ended: number;
  won: boolean;
  successScore: string | null;
  deleted: boolean;
  /** Null without a usable score. */
  scores: number[] | null;
  activities: number[];
  value: string | null;
}

/**
 * Two years of deals between 60 brands of two tenants, most of them through identified and negotiation to an end. Success follows the
 * semantic score from before the deal; later scores know the outcome. Eight open deals. The same rows on every call.
 */
export function forecastWorld(past = 1_600): { world: InsightWorld; deals: PastDealSpec[] } {
  const random = new SeededRandom(20260617);
  const until = Date.parse('2026-05-20T00:00:00Z');
  const since = Date.parse('2024-07-01T00:00:00Z');
  const deals = Array.from({ length: past }, (_, i): PastDealSpec => {
    const begun = Math.floor(since + ((until - since - 90 * DAY) * i) / past + random.uniform() * DAY);
    const first = Math.floor((1 + 30 * random.uniform()) * DAY);
    const second = Math.floor((1 + 50 * random.uniform()) * DAY);
    const scores = Array.from({ length: 5 }, () => Math.round(10_000 * random.uniform()) / 10_000);
    const success = random.uniform() < 1 / (1 + Math.exp(-6 * (scores[0]! - 0.5)));
    const won = success || random.uniform() < 0.3;
    return {
      name: `past ${i}`,
      entered: [begun, begun + first],
      ended: begun + first + second,
      won,
      successScore: i % 40 === 7 && won ? null : won ? (success ? '4.20' : '2.00') : null,
      deleted: i % 50 === 3,
      scores: i % 10 === 0 ? null : scores,
      activities:
        i % 3 === 0 ? [begun + first / 2, begun + first + second / 3, begun + first + second / 2] : [],
      value: i % 25 === 0 ? null : `${1_000 + (i % 97) * 100}.50`,
    };
  });
  const between = (i: number): [string, string] => [
    `brand ${i % ENTITIES}`,
    `brand ${(i + 1 + (Math.floor(i / ENTITIES) % (ENTITIES - 1))) % ENTITIES}`,
  ];
  const specs: DealSpec[] = [];
  const events: EventSpec[] = [];
  const scores: ScoreSpec[] = [];
  const activities: ActivitySpec[] = [];
  const at = (instant: number) => new Date(instant).toISOString();
  deals.forEach((deal, i) => {
    const end = deal.won ? 'completed' : 'declined';
    specs.push({
      name: deal.name,
      between: between(i),
      stage: end,
      createdAt: at(deal.entered[0]),
      successScore: deal.successScore,
      deleted: deal.deleted,
      value: deal.value ?? '100.00',
      valueReporting: deal.value,
    });
    const step = (visit: number, to: string, instant: number): EventSpec => ({
      id: 10 * i + visit,
      deal: deal.name,
      to,
      at: at(instant),
      visit,
    });
    events.push(
      step(1, 'identified', deal.entered[0]),
      step(2, 'negotiation', deal.entered[1]),
      step(3, end, deal.ended),
    );
    for (const instant of deal.activities)
      activities.push({ id: activities.length, deal: deal.name, at: at(instant) });
    const score = (id: number, computedAt: number, values: readonly number[]): ScoreSpec => ({
      id,
      between: i % 2 === 0 ? between(i) : [between(i)[1], between(i)[0]],
      computedAt: at(computedAt),
      semantic: values[0]!,
      goalAlignment: values[1]!,
      culturalMomentum: values[2]!,
      historical: values[3]!,
      authenticity: values[4]!,
    });
    if (deal.scores) scores.push(score(2 * i, deal.entered[0] - 3_600_000, deal.scores));
    scores.push(score(2 * i + 1, deal.ended, deal.won ? [1, 1, 1, 1, 1] : [0, 0, 0, 0, 0]));
  });
  const open = openDeals();
  return {
    deals,
    world: {
      entities: [
        ...Array.from({ length: ENTITIES }, (_, k) => ({ name: `brand ${k}`, tenant: `tenant ${k % 2}` })),
        ...open.entities,
      ],
      deals: [...specs, ...open.deals],
      events: [...events, ...open.events],
      scores: [...scores, ...open.scores],
      activities: [...activities, ...open.activities],
    },
  };
}

/** Open deals of brands of their own: two tenants, a score that is good, bad, late, too old or of another version, a value without a rate. */
function openDeals() {
  const names = ['good', 'bad', 'late', 'old', 'turned', 'priceless', 'unseen', 'today'];
  const deal = (name: string, k: number): DealSpec => ({
    name,
    between: [`${name} a`, { name: `${name} b`, version: 1 }],
    stage: name === 'unseen' ? 'proposal' : 'negotiation',
    createdAt: name === 'today' ? '2026-06-17T08:00:00.000Z' : '2026-06-01T10:00:00.000Z',
    tenant: `tenant ${k % 2}`,
    value: '10000.00',
    valueReporting: name === 'priceless' ? null : '12345.67',
  });
  const score = (name: string, id: number, computedAt: string, semantic: number): ScoreSpec => ({
    id: 1_000_000 + id,
    between: [`${name} a`, `${name} b`],
    computedAt,
    semantic,
  });
  return {
    entities: names.flatMap((name, k) =>
      ['a', 'b'].map((side) => ({
        name: `${name} ${side}`,
        tenant: `tenant ${k % 2}`,
        versions: side === 'b' ? 2 : 1,
      })),
    ),
    deals: names.map(deal),
    events: [
      { id: 2_000_000, deal: 'good', to: 'identified', at: '2026-06-01T10:00:00.000Z', visit: 1 },
      {
        id: 2_000_001,
        deal: 'good',
        from: 'identified',
        to: 'negotiation',
        at: '2026-06-07T23:00:00.000Z',
        visit: 2,
      },
    ],
    scores: [
      score('good', 1, '2026-05-01T00:00:00.000Z', 0.2),
      score('good', 2, '2026-05-30T00:00:00.000Z', 0.95),
      score('bad', 3, '2026-05-30T00:00:00.000Z', 0.05),
      score('late', 4, '2026-06-01T10:00:00.000Z', 0.9),
      score('old', 5, '2025-12-03T09:00:00.000Z', 0.9),
      {
        ...score('turned', 6, '2026-05-30T00:00:00.000Z', 0.7),
        between: [{ name: 'turned b', version: 2 }, 'turned a'] as ScoreSpec['between'],
      },
    ],
    activities: [
      { id: 3_000_000, deal: 'good', at: '2026-06-15T09:00:00.000Z' },
      { id: 3_000_001, deal: 'good', at: '2026-06-17T09:00:00.000Z' },
      { id: 3_000_002, deal: 'bad', at: '2026-05-01T09:00:00.000Z' },
    ],
  };
}
