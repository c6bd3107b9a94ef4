import { z } from 'zod';
import type { Queryable } from '../../src/platform/postgres/postgres.js';

/**
 * The insight rules read off the product tables with loops and maps: no warehouse, no joins, no SQL but SELECT. Slow and
 * short on purpose, so that a person can check it against docs/contracts.md. Instants are microseconds since 1970.
 */

const DAY = 86_400_000_000;
const WON = new Set(['completed']);
const LOST = new Set(['declined', 'expired']);
const OPEN = new Set(
  'identified contacted in_discussion proposal negotiation legal_review signed onboarding active'.split(' '),
);
const TIERS = new Set(['enterprise', 'professional', 'individual']);

const micros = z.coerce.number().int();
const us = (column: string): string =>
  `(extract(epoch FROM ${column}) * 1000000)::bigint AS "${camel(column)}"`;
const camel = (column: string): string =>
  column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const dealRow = z.object({
  id: z.string(),
  entities: z.tuple([z.string(), z.string()]),
  stage: z.string(),
  value: z.number(),
  successScore: z.number().nullable(),
  createdAt: micros,
  updatedAt: micros,
  deleted: z.boolean(),
});
const eventRow = z.object({ id: z.string(), deal: z.string(), toStage: z.string(), occurredAt: micros });
const scoreRow = z.object({
  id: z.string(),
  entities: z.tuple([z.string(), z.string()]),
  affinity: z.number(),
  /** Five components and the confidence, in the order of the contract. */
  shares: z.array(z.number()).length(6),
  computedAt: micros,
  ingestedAt: micros,
});
type Score = z.infer<typeof scoreRow>;

export interface Deal extends z.infer<typeof dealRow> {
  outcome: 'open' | 'won' | 'lost';
  /** Null while open. */
  successful: boolean | null;
  startedAt: number;
  /** When it reached its present stage, as far as an event tells. */
  endedAt: number;
}

export interface Product {
  /** By id. */
  deals: Deal[];
  /** By unordered pair. */
  scores: Map<string, Score[]>;
  /** Ids of the entities that exist and are not deleted. */
  entities: Set<string>;
}

/** Every row that keeps the source contract. */
export async function readProduct(db: Queryable): Promise<Product> {
  const found = await db.query(
    `SELECT id, ARRAY[entity1_id::text, entity2_id::text] AS entities, stage, deal_value::float8 AS value,
       success_score::float8 AS "successScore", ${us('created_at')}, ${us('updated_at')}, deleted_at IS NOT NULL AS deleted
     FROM product.partnerships ORDER BY partnerships.id`,
    [],
    dealRow,
  );
  const events = await db.query(
    `SELECT id::text, partnership_id AS deal, to_stage AS "toStage", ${us('occurred_at')}
     FROM product.deal_events ORDER BY occurred_at, deal_events.id`,
    [],
    eventRow,
  );
  const eventsOf = groupBy(events, ({ deal }) => deal);
  const scores = await db.query(
    `SELECT id, ARRAY[entity1_id::text, entity2_id::text] AS entities, affinity_score::float8 AS affinity,
       ARRAY[semantic, goal_alignment, cultural_momentum, historical, authenticity, confidence]::float8[] AS shares,
       ${us('computed_at')}, ${us('ingested_at')}
     FROM product.affinity_scores`,
    [],
    scoreRow,
  );
  const entities = await db.query(
    'SELECT id, tier, deleted_at IS NOT NULL AS deleted FROM product.entities',
    [],
    z.object({ id: z.string(), tier: z.string(), deleted: z.boolean() }),
  );
  return {
    deals: found.filter(keepsContract).map((deal) => withHistory(deal, eventsOf.get(deal.id) ?? [])),
    scores: groupBy(scores.filter(isInRange), (score) => pairOf(score.entities)),
    entities: new Set(entities.flatMap(({ id, tier, deleted }) => (TIERS.has(tier) && !deleted ? [id] : []))),
  };
}

function keepsContract({ stage, value, successScore }: z.infer<typeof dealRow>): boolean {
  const isKnown = WON.has(stage) || LOST.has(stage) || OPEN.has(stage);
  return isKnown && value >= 0 && (successScore === null || (successScore >= 0 && successScore <= 5));
}

function isInRange({ affinity, shares }: Score): boolean {
  return affinity >= 0 && affinity <= 100 && shares.every((share) => share >= 0 && share <= 1);
}

function withHistory(deal: z.infer<typeof dealRow>, logged: readonly z.infer<typeof eventRow>[]): Deal {
  const events = logged.filter(({ occurredAt }) => occurredAt >= deal.createdAt - DAY);
  const outcome = WON.has(deal.stage) ? 'won' : LOST.has(deal.stage) ? 'lost' : 'open';
  return {
    ...deal,
    outcome,
    successful: outcome === 'open' ? null : outcome === 'won' && (deal.successScore ?? 0) >= 3.5,
    startedAt: Math.min(deal.createdAt, ...events.map(({ occurredAt }) => occurredAt)),
    endedAt: events.findLast(({ toStage }) => toStage === deal.stage)?.occurredAt ?? deal.updatedAt,
  };
}

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}

/** The unordered pair of two ids: the smaller first. */
export function pairOf([a, b]: readonly [string, string]): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

export interface PastDeal {
  deal: Deal;
  /** Why it is not in the row set; '' when it is. */
  excluded: string;
  /** Of the row set only: the score it is judged by. */
  score: Score | null;
}

/** Which deals tell something about the scores at `asOf`, each with the last score that `isKnown` at its start. */
export function rowSet(
  { deals, scores }: Product,
  asOf: number,
  isKnown: (score: Score, deal: Deal) => boolean = bothClocksBefore,
): PastDeal[] {
  return deals.map((deal) => {
    const known = (scores.get(pairOf(deal.entities)) ?? []).filter((score) => isKnown(score, deal));
    const latest = known.sort(
      (a, b) => b.computedAt - a.computedAt || Number(BigInt(b.id) - BigInt(a.id)),
    )[0];
    const excluded = exclusionOf(deal, latest, asOf);
    return { deal, excluded, score: excluded === '' ? (latest ?? null) : null };
  });
}

function bothClocksBefore(score: Score, deal: Deal): boolean {
  return score.computedAt < deal.startedAt && score.ingestedAt < deal.startedAt;
}

function exclusionOf(deal: Deal, latest: Score | undefined, asOf: number): string {
  if (deal.deleted) return 'deleted';
  if (deal.outcome === 'open') return 'open';
  if (deal.outcome === 'won' && deal.successScore === null) return 'no_success_score';
  if (deal.startedAt > asOf - 180 * DAY) return 'not_matured';
  if (latest === undefined) return 'no_score_before';
  return latest.computedAt < deal.startedAt - 180 * DAY ? 'score_too_old' : '';
}

export interface Success {
  partnerships: number;
  successes: number;
  lastOutcomeAt: number;
}

/** How closed deals ended, by entity or by pair: `keysOf` names those that a deal counts for. In the order of the keys. */
export function successes(product: Product, keysOf: (deal: Deal) => readonly string[]): Map<string, Success> {
  const result = new Map<string, Success>();
  for (const deal of product.deals) {
    if (deal.deleted || deal.successful === null) continue;
    for (const key of keysOf(deal)) {
      const before = result.get(key) ?? { partnerships: 0, successes: 0, lastOutcomeAt: 0 };
      result.set(key, {
        partnerships: before.partnerships + 1,
        successes: before.successes + (deal.successful ? 1 : 0),
        lastOutcomeAt: Math.max(before.lastOutcomeAt, deal.endedAt),
      });
    }
  }
  return new Map([...result].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Microseconds since 1970 as ISO 8601 UTC with six decimals. */
export function isoOf(instant: number): string {
  const seconds = Math.floor(instant / 1_000_000);
  const fraction = String(instant % 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}
