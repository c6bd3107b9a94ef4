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
  thresholdDays: number;
  thresholdSource: 'configured';
  dealValue: string;
  currency: string;
  ownerUserId: string | null;
  ownerName: string | null;
  ownerSlackUserId: string | null;
  ownerTimeZone: string | null;
  partners: [string | null, string | null];
}
