import { businessDaysBetween } from './business-days.js';

export type Severity = 'ok' | 'warn' | 'critical';

export interface OpenDeal {
  stage: string;
  /** When the current visit to the stage began, ISO 8601 with an offset. */
  enteredAt: string;
  /** IANA zone of the deal's owner. */
  ownerZone: string;
  /** The stage's own threshold in business days; null for the default. */
  stallDays: number | null;
}

export interface StallDefaults {
  /** Business days. */
  stallDays: number;
  /** Dates as yyyy-mm-dd. */
  holidays: ReadonlySet<string>;
}

export interface DealHealth {
  stage: string;
  enteredStageAt: string;
  /** Business days in the owner's zone. */
  daysInStage: number;
  thresholdDays: number;
  thresholdSource: 'configured';
  severity: Severity;
}

/**
 * How long an open deal has been in its stage, against the configured threshold: `warn` once it is passed (31 days for
 * a threshold of 30), `critical` from twice the threshold on (60 days).
 * @param asOf ISO 8601 instant with an offset
 * @throws AppError of `businessDaysBetween`
 */
export function assessDeal(deal: OpenDeal, asOf: string, defaults: StallDefaults): DealHealth {
  const daysInStage = businessDaysBetween(deal.enteredAt, asOf, deal.ownerZone, defaults.holidays);
  const thresholdDays = deal.stallDays ?? defaults.stallDays;
  return {
    stage: deal.stage,
    enteredStageAt: deal.enteredAt,
    daysInStage,
    thresholdDays,
    thresholdSource: 'configured',
    severity: severityOf(daysInStage, thresholdDays),
  };
}

function severityOf(days: number, threshold: number): Severity {
  if (days <= threshold) return 'ok';
  return days >= 2 * threshold ? 'critical' : 'warn';
}
