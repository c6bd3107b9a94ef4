import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { Weights } from '../../modules/scoring-insight/domain/components.js';
import { AffinityModels } from '../../modules/scoring-insight/infrastructure/affinity-model-store.js';
import { ClickHouseOutcomeStore } from '../../modules/scoring-insight/infrastructure/outcome-store.js';
import {
  type DealSpec,
  type EntityRef,
  type EventSpec,
  idOf,
  type InsightWorld,
  loadWorld,
  type ScoreSpec,
} from '../factories/insight-world.js';
import { contentOf, insightStores, type InsightStores } from '../support/insight-stores.js';

const AS_OF = '2026-06-30T12:00:00.000000Z';
const DAY = 86_400_000_000n;

jest.setTimeout(60_000);

let stores: InsightStores;
beforeAll(async () => {
  stores = await insightStores();
});
afterAll(async () => {
  await stores.close();
});

async function rowSet(world: InsightWorld): Promise<Record<string, unknown>[]> {
  await loadWorld(stores.clickhouse, world);
  const deals = await new ClickHouseOutcomeStore(stores.clickhouse).replaceDeals(AS_OF);
  expect(deals).toBe(world.deals.length);
  return await contentOf(stores.clickhouse, 'insight_predictiveness_deals');
}

/** What the contract says, read word by word: loops over loops, no joins. */
function expectedRows({ deals, events = [], scores = [] }: InsightWorld): Expected[] {
  return deals.map((deal) => {
    const starts = [
      deal.createdAt,
      ...events.filter((event) => event.deal === deal.name).map(({ at }) => at),
    ];
    const startedAt = starts.reduce((a, b) => (micros(b) < micros(a) ? b : a));
    const known = scores
      .filter((score) => samePair(score.between, deal.between))
      .filter((score) => micros(score.computedAt) < micros(startedAt))
      .filter((score) => micros(score.ingestedAt ?? score.computedAt) < micros(startedAt))
      .sort((a, b) => Number(micros(b.computedAt) - micros(a.computedAt)) || b.id - a.id);
    const latest = known[0];
    const excluded = reasonOf(deal, startedAt, latest);
    return { deal: idOf('deal', deal.name), startedAt, excluded, score: excluded === '' ? latest!.id : null };
  });
}

function byDeal(a: { deal: string }, b: { deal: string }): number {
  return a.deal < b.deal ? -1 : 1;
}

interface Expected {
  deal: string;
  startedAt: string;
  excluded: string;
  score: number | null;
}

function reasonOf(deal: DealSpec, startedAt: string, latest: ScoreSpec | undefined): string {
  if (deal.deleted === true) return 'deleted';
  if (!['completed', 'declined'].includes(deal.stage)) return 'open';
  if (deal.stage === 'completed' && (deal.successScore ?? null) === null) return 'no_success_score';
  if (micros(startedAt) > micros(AS_OF) - 180n * DAY) return 'not_matured';
  if (latest === undefined) return 'no_score_before';
  return micros(startedAt) - micros(latest.computedAt) > 180n * DAY ? 'score_too_old' : '';
}

function samePair(a: [EntityRef, EntityRef], b: [EntityRef, EntityRef]): boolean {
  const [a1, a2, b1, b2] = [...a, ...b].map((ref) => (typeof ref === 'string' ? ref : ref.name));
  if ([a1, a2].includes('unknown')) return false;
  return (a1 === b1 && a2 === b2) || (a1 === b2 && a2 === b1);
}

/** ISO 8601 UTC with six decimals as microseconds. */
function micros(iso: string): bigint {
  return BigInt(Date.parse(`${iso.slice(0, 19)}Z`)) * 1000n + BigInt(iso.slice(20, 26));
}

function instant(microseconds: bigint): string {
  const seconds = new Date(Number(microseconds / 1_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(microseconds % 1_000_000n).padStart(6, '0')}Z`;
}

/** `days` before asOf, and a microsecond to either side: boundaries are where row sets go wrong. */
const aMoment = fc
  .record({
    days: fc.constantFrom(0, 10, 170, 180, 190, 200, 360, 370, 380),
    nudge: fc.constantFrom(-1, 0, 1),
  })
  .map(({ days, nudge }) => instant(micros(AS_OF) - BigInt(days) * DAY + BigInt(nudge)));

const anEntity = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 2, arbitrary: fc.constant({ name: 'a', version: 2 }) },
  { weight: 1, arbitrary: fc.constant('unknown') },
);
const aPair = fc.tuple(anEntity, anEntity).filter(([x, y]) => nameOf(x) !== nameOf(y)) as fc.Arbitrary<
  [EntityRef, EntityRef]
>;

function nameOf(ref: EntityRef): string {
  return typeof ref === 'string' ? ref : ref.name;
}

const aDeal = fc.record({
  between: aPair,
  stage: fc.constantFrom('completed', 'completed', 'declined', 'declined', 'proposal'),
  createdAt: aMoment,
  successScore: fc.constantFrom('4.50', '3.50', '3.49', '1.00', null),
  deleted: fc.constantFrom(false, false, false, true),
});

const aWorld: fc.Arbitrary<InsightWorld> = fc
  .record({
    deals: fc.array(aDeal, { minLength: 1, maxLength: 30, size: 'max' }),
    events: fc.array(fc.record({ deal: fc.nat(29), at: aMoment }), { maxLength: 15, size: 'max' }),
    scores: fc.array(fc.record({ between: aPair, computedAt: aMoment, ingestedAt: aMoment }), {
      maxLength: 60,
      size: 'max',
    }),
  })
  .map(({ deals, events, scores }) => ({
    entities: [{ name: 'a', versions: 2 }, { name: 'b' }, { name: 'c' }],
    deals: deals.map((deal, index) => ({ ...deal, name: `deal ${index}` })),
    events: events.map(({ deal, at }, id): EventSpec => ({
      id,
      deal: `deal ${deal}`,
      at,
      to: 'proposal',
      visit: id + 1,
    })),
    scores: scores.map((score, id) => ({ ...score, id })),
  }));

describe('row set of the predictiveness report', () => {
  it('agrees with the contract read word by word, on random worlds full of ties and boundaries', async () => {
    await fc.assert(
      fc.asyncProperty(aWorld, async (world) => {
        const rows = await rowSet(world);
        const found = rows
          .map((row) => ({
            deal: String(row.partnership_id),
            startedAt: row.started_at,
            excluded: row.excluded,
            score: row.affinity_id === null ? null : Number(row.affinity_id),
          }))
          .sort(byDeal);
        expect(found).toEqual(expectedRows(world).sort(byDeal));
      }),
      { numRuns: 20 },
    );
  }, 240_000);

  const deal: DealSpec = {
    name: 'past',
    between: ['a', 'b'],
    stage: 'completed',
    successScore: '4.00',
    createdAt: '2025-10-01T00:00:00.000000Z',
  };
  const before: ScoreSpec = {
    id: 1,
    between: ['b', 'a'],
    computedAt: '2025-09-01T00:00:00.000000Z',
    semantic: 0.3,
  };
  const world = (...later: ScoreSpec[]): InsightWorld => ({
    entities: [{ name: 'a' }, { name: 'b' }],
    deals: [deal],
    scores: [before, ...later],
  });

  it('takes the components of the score that was known before the start, whichever way round its pair is', async () => {
    const [row] = await rowSet(world());
    expect(row).toMatchObject({
      excluded: '',
      affinity_id: '1',
      computed_at: '2025-09-01T00:00:00.000000Z',
      semantic: '0.3000',
      goal_alignment: '0.5000',
      is_successful: true,
      success_score: '4.00',
    });
  });

  it.each([
    ['computed later', { computedAt: '2025-11-01T00:00:00.000000Z' }],
    ['computed at the very start', { computedAt: '2025-10-01T00:00:00.000000Z' }],
    [
      'backfilled: computed before the start, ingested after it',
      { computedAt: '2025-09-20T00:00:00.000000Z', ingestedAt: '2025-10-02T00:00:00.000000Z' },
    ],
    [
      'ingested at the very start',
      { computedAt: '2025-09-20T00:00:00.000000Z', ingestedAt: '2025-10-01T00:00:00.000000Z' },
    ],
  ])('does not see a huge score that was %s', async (_, times) => {
    const honest = await rowSet(world());
    expect(await rowSet(world({ id: 2, between: ['a', 'b'], semantic: 1, historical: 1, ...times }))).toEqual(
      honest,
    );
  });

  it('counts a deleted deal as deleted whatever its stage, and its pair as one without a partnership', async () => {
    const between: [EntityRef, EntityRef] = ['a', 'b'];
    const aged = { between, createdAt: deal.createdAt };
    await rowSet({
      ...world(),
      deals: [
        { ...aged, name: 'open', stage: 'proposal', deleted: true },
        { ...aged, name: 'lost', stage: 'declined', deleted: true },
        { ...aged, name: 'won', stage: 'completed', successScore: '4.00', deleted: true },
      ],
    });
    const outcomes = new ClickHouseOutcomeStore(stores.clickhouse);
    const { excluded } = await outcomes.counts();
    expect(excluded).toMatchObject({ open: 0, deleted: 3 });
    expect(await outcomes.scoredPairs(AS_OF)).toMatchObject({ pairs: 1, partnered: 0 });
  });

  it('measures the start by the first event where that is earlier than the record', async () => {
    const events = [{ id: 1, deal: 'past', to: 'proposal', at: '2025-08-15T00:00:00.000000Z', visit: 1 }];
    const [row] = await rowSet({ ...world(), events });
    expect(row).toMatchObject({ started_at: '2025-08-15T00:00:00.000000Z', excluded: 'no_score_before' });
  });
});

describe('the latest score of a pair', () => {
  const computedAt = '2026-06-01T00:00:00.000000Z';
  const weights = (semantic: number, historical: number): Weights => ({
    ...{ semantic, historical },
    ...{ goal_alignment: 0, cultural_momentum: 0, authenticity: 0 },
  });

  it.each([
    ['at the instant of the report counts', AS_OF, 9000],
    ['a microsecond later was not known yet', instant(micros(AS_OF) + 1n), 3000],
  ])('that arrived %s', async (_, ingestedAt, semantic) => {
    await loadWorld(stores.clickhouse, {
      entities: [{ name: 'a' }, { name: 'b' }],
      deals: [],
      scores: [
        { id: 1, between: ['a', 'b'], computedAt: '2026-05-01T00:00:00.000000Z', semantic: 0.3 },
        { id: 2, between: ['b', 'a'], computedAt, ingestedAt, semantic: 0.9 },
      ],
    });
    const { pairs, byComponent } = await new ClickHouseOutcomeStore(stores.clickhouse).scoredPairs(AS_OF);
    expect({ pairs, ...byComponent.semantic }).toMatchObject({ pairs: 1, n: 1, sum: BigInt(semantic) });
  });

  it.each([
    ['arrived by then changes whom it recommends', AS_OF, 1],
    ['arrived later does not', instant(micros(AS_OF) + 1n), 0],
  ])('that %s', async (_, ingestedAt, entitiesChanged) => {
    // Eleven partners of one hub, a place too many; the last has the best history by its latest score alone.
    const partners = Array.from({ length: 11 }, (_unused, at) => `partner ${at}`);
    const first = partners.map((name, at): ScoreSpec => ({
      ...{ id: at, between: ['hub', name], computedAt: '2026-05-01T00:00:00.000000Z' },
      ...{ semantic: 1 - at / 100, historical: 0.5 - at / 100 },
    }));
    const last: ScoreSpec = {
      ...{ id: 11, between: ['hub', 'partner 10'], computedAt, ingestedAt },
      ...{ semantic: 0.9, historical: 1 },
    };
    await loadWorld(stores.clickhouse, {
      entities: [{ name: 'hub' }, ...partners.map((name) => ({ name }))],
      deals: [],
      scores: [...first, last],
    });
    const models = new AffinityModels(stores.clickhouse, stores.graph);
    expect(await models.rankChurn(weights(1, 0), weights(0, 1), AS_OF)).toMatchObject({
      entities: 1,
      entitiesChanged,
    });
  });
});
