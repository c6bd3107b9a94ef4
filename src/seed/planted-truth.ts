import { at } from './generate/random.js';
import { dealEvents, FIRST_EVENT_ID } from './generate/tables.js';
import type { SeedWorld } from './generate/world.js';

export { COMPONENT_TRUTH, INTERCEPT, type Component, type ComponentTruth } from './generate/effects.js';
export { CURRENCY_WITHOUT_RATE } from './generate/catalog.js';

export type RejectReason =
  'negative_money' | 'unknown_stage' | 'unknown_tier' | 'score_out_of_range' | 'event_before_deal';

export interface PlantedReject {
  readonly source: 'entities' | 'partnerships' | 'affinity_scores' | 'deal_events';
  readonly recordKey: string;
  readonly reasonCode: RejectReason;
}

export interface PlantedStall {
  readonly partnershipId: string;
  readonly ownerUserId: string;
  readonly stage: string;
  /**
   * warn: 34 to 37 business days in the stage, critical: 65 or more, whatever the owner's zone. Both by a fixed 30 days
   * and by the 75th and 90th percentile of past visits to the stage.
   */
  readonly severity: 'warn' | 'critical';
}

export interface PlantedPerformer {
  readonly entityId: string;
  readonly kind: 'top' | 'poor';
  /** Closed deals with a label, and how many of them succeeded. */
  readonly outcomes: number;
  readonly successes: number;
  /** Where its Hazen percentile by success rate lies in its cohort (industry and tier) at scale 1. */
  readonly percentile: readonly [number, number];
}

/** What was planted and has to be found again in the finished tables. */
export interface PlantedTruth {
  /** Every open deal that has stalled; the others have at most 25 business days in their stage, fewer than most took. */
  readonly stalled: readonly PlantedStall[];
  readonly performers: readonly PlantedPerformer[];
  readonly rejects: readonly PlantedReject[];
  /** Children of partnerships that never arrive: no rejects. */
  readonly lateParents: {
    readonly dealEventIds: readonly string[];
    readonly milestoneIds: readonly string[];
  };
  /** Partnerships whose stage is not that of their last event. */
  readonly stageDisagrees: readonly string[];
}

export const PERFORMER_PERCENTILES = { top: [85, 100], poor: [0, 15] } as const;

/** The planted truth of a seeded product: `plantedTruth(generateWorld(seedSpec({ seed, asOf, scale })))`. */
export function plantedTruth(world: SeedWorld): PlantedTruth {
  const events = dealEvents(world);
  const idOfEvent = (index: number): string => String(FIRST_EVENT_ID + BigInt(index));
  const { missingParents, earlyEvents } = world.irregular;
  const firstMissing = events.length - missingParents.length;
  return {
    stalled: world.deals.flatMap(({ id, owner, stage, stall }) =>
      stall === null
        ? []
        : [{ partnershipId: id, ownerUserId: at(world.users, owner).id, stage, severity: stall }],
    ),
    performers: performers(world),
    rejects: rejects(
      world,
      earlyEvents.map((_, k) => idOfEvent(firstMissing - earlyEvents.length + k)),
    ),
    lateParents: {
      dealEventIds: missingParents.map((_, k) => idOfEvent(firstMissing + k)),
      milestoneIds: missingParents.map(({ milestoneId }) => milestoneId),
    },
    stageDisagrees: world.deals.filter(({ stageDisagrees }) => stageDisagrees).map(({ id }) => id),
  };
}

function rejects({ irregular, spec }: SeedWorld, earlyEventIds: readonly string[]): PlantedReject[] {
  return [
    ...irregular.entities.map(({ id }) => ({
      source: 'entities' as const,
      recordKey: id,
      reasonCode: 'unknown_tier' as const,
    })),
    ...irregular.partnerships.map(({ id, reason }) => ({
      source: 'partnerships' as const,
      recordKey: id,
      reasonCode: reason,
    })),
    ...irregular.affinityScores.map((_, k) => ({
      source: 'affinity_scores' as const,
      recordKey: String(spec.sizes.affinityScores + 1 + k),
      reasonCode: 'score_out_of_range' as const,
    })),
    ...earlyEventIds.map((recordKey) => ({
      source: 'deal_events' as const,
      recordKey,
      reasonCode: 'event_before_deal' as const,
    })),
  ];
}

function performers({ entities, deals }: SeedWorld): PlantedPerformer[] {
  return entities.flatMap(({ id, performer }, index) => {
    if (performer === null) return [];
    const own = deals.filter(({ entity1, entity2 }) => entity1 === index || entity2 === index);
    const successes = own.filter(({ quality }) => quality > 0).length;
    const percentile = PERFORMER_PERCENTILES[performer];
    return [{ entityId: id, kind: performer, outcomes: own.length, successes, percentile }];
  });
}
