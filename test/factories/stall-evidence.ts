import type { StallEvidence } from '../../modules/alerting/domain/signal.js';

export const stallIds = {
  tenant: '10000000-0000-4000-8000-000000000001',
  deal: (n: number) => `20000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  owner: (n: number) => `30000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  slack: (n: number) => `U${String(n).padStart(9, '0')}`,
};

/** Evidence of a deal that stands 34 business days in negotiation, limit 30; `deal` and `owner` number the ids. */
export function stallEvidenceOf(
  deal: number,
  owner = 1,
  overrides: Partial<StallEvidence> = {},
): StallEvidence {
  return {
    partnershipId: stallIds.deal(deal),
    tenantId: stallIds.tenant,
    stage: 'negotiation',
    stageVisit: 3,
    enteredStageAt: '2026-01-12T09:30:00.123456Z',
    daysInStage: 34,
    thresholdDays: 30,
    thresholdSource: 'configured',
    dealValue: '1250000.00',
    currency: 'USD',
    ownerUserId: stallIds.owner(owner),
    ownerName: `Owner ${owner}`,
    ownerSlackUserId: stallIds.slack(owner),
    ownerTimeZone: 'America/New_York',
    partners: ['Northwind Sneakers', 'Moonlit Pictures'],
    ...overrides,
  };
}
