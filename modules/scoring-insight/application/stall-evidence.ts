import type { ThresholdSource } from '../domain/thresholds.js';

/** What a `deal_stalled` signal tells alert rules about the deal. Money is a decimal string, instants ISO 8601 UTC. */
export interface StallEvidence {
  partnershipId: string;
  tenantId: string;
  stage: string;
  /** How often the deal has entered this stage, 1 for the first time: other stages' events do not count. */
  stageVisit: number;
  enteredStageAt: string;
  /** Business days in the owner's zone. */
  daysInStage: number;
  /** Share of peers' visits that were over sooner, 0..100; null without enough history. */
  stagePercentile: number | null;
  /** Chance to advance within 30 calendar days, 0..1; null where too few visits lasted as long. */
  chance30d: number | null;
  thresholdDays: number;
  thresholdSource: ThresholdSource;
  dealValue: string;
  currency: string;
  ownerUserId: string | null;
  ownerName: string | null;
  ownerSlackUserId: string | null;
  ownerTimeZone: string | null;
  partners: [string | null, string | null];
}
