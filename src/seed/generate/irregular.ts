import type { AffinityScore } from './affinity.js';
import { DAY, HOUR, type Micros } from './format.js';
import { Random, at } from './random.js';
import type { Deal } from './deals.js';
import type { SeedSpec } from './spec.js';

/** Rows that break the contract on purpose, and children whose deal never arrives (which break nothing). */
export interface Irregular {
  readonly entities: readonly IrregularEntity[];
  readonly partnerships: readonly IrregularPartnership[];
  readonly affinityScores: readonly (AffinityScore & { readonly affinityScore: number })[];
  /** Logged more than a day before the deal was created. */
  readonly earlyEvents: readonly { readonly deal: number; readonly at: Micros }[];
  /** Deals that no row of the partnerships table stands for. */
  readonly missingParents: readonly {
    readonly partnershipId: string;
    readonly milestoneId: string;
    readonly at: Micros;
  }[];
}

export interface IrregularEntity {
  readonly id: string;
  readonly tier: string;
  readonly createdAt: Micros;
}

export interface IrregularPartnership {
  readonly id: string;
  readonly reason: 'negative_money' | 'unknown_stage' | 'score_out_of_range';
  readonly valueCents: number;
  readonly stage: string;
  readonly successScore: number | null;
  readonly createdAt: Micros;
}

export function generateIrregular(spec: SeedSpec, deals: readonly Deal[]): Irregular {
  const random = new Random(spec.seed, 'irregular');
  const ago = (low: number, high: number): Micros => spec.base - Math.floor(random.between(low, high) * DAY);
  const partnership = (change: Partial<IrregularPartnership>): IrregularPartnership => ({
    id: random.uuid(),
    reason: 'negative_money',
    valueCents: 1_250_000 + random.int(1_000_000),
    stage: 'in_discussion',
    successScore: null,
    createdAt: ago(3, 20),
    ...change,
  });
  const score = (component: number, value: number, affinityScore: number) => {
    const components = [5000, 5000, 5000, 5000, 5000];
    components[component] = value;
    const computedAt = ago(2, 4);
    return {
      entity1: random.int(20),
      entity2: 20 + random.int(20),
      components,
      confidence: 7000,
      affinityScore,
      computedAt,
      // After every regular snapshot, so that the ids stay in the order of ingestion.
      ingestedAt: spec.base - Math.floor(random.between(0.1, 0.9) * HOUR),
    };
  };
  // Deals that carry no planted outcome: a consumer that kept the event would still not shift the component effects.
  const hosts = deals.flatMap((deal, index) =>
    deal.closedAt !== null && deal.scoreCase === 'none' ? [index] : [],
  );

  return {
    entities: Array.from({ length: 3 }, () => ({
      id: random.uuid(),
      tier: 'platinum',
      createdAt: ago(30, 90),
    })),
    partnerships: [
      partnership({ valueCents: -500_000 }),
      partnership({ valueCents: -1 }),
      partnership({ valueCents: -99_999_999_99 }),
      partnership({ reason: 'unknown_stage', stage: 'archived_v1' }),
      partnership({ reason: 'unknown_stage', stage: 'Proposal' }),
      partnership({ reason: 'score_out_of_range', stage: 'completed', successScore: 550 }),
    ],
    affinityScores: [
      score(0, 15_000, 70_00),
      score(3, -1000, 40_00),
      score(4, 10_001, 50_00),
      score(1, 5000, 120_00),
    ],
    earlyEvents: hosts
      .slice(0, 4)
      .map((deal, k) => ({ deal, at: at(deals, deal).createdAt - (2 + k) * DAY })),
    missingParents: Array.from({ length: 6 }, () => ({
      partnershipId: random.uuid(),
      milestoneId: random.uuid(),
      at: ago(1, 30),
    })),
  };
}
