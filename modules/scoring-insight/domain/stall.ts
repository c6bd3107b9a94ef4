import { Decimal } from 'decimal.js';
import type { WorkingDays } from './business-days.js';
import {
  chanceToAdvance,
  isTelling,
  peersOf,
  percentileOf,
  type PeerLevel,
  type StageTime,
} from './stage-time.js';
import type { Threshold, ThresholdSource } from './thresholds.js';

export type Severity = 'ok' | 'warn' | 'critical';

/** Calendar days that the chance to advance looks ahead. */
export const CHANCE_DAYS = 30;

export interface OpenDeal {
  stage: string;
  partnershipType: string;
  /** The day of entry and today in the owner's zone, numbered from 1970-01-01. */
  enteredDay: number;
  today: number;
  /** Decimal string. */
  dealValue: string;
}

export interface DealHealth {
  /** Business days in the owner's zone. */
  daysInStage: number;
  /** Share of peers' visits that were over sooner, 0..100; null without enough history. */
  stagePercentile: number | null;
  thresholdDays: number;
  criticalDays: number;
  thresholdSource: ThresholdSource;
  /** Chance to advance within the next 30 calendar days, 0..1; null where too few visits lasted as long. */
  chance30d: number | null;
  /** The same when the deal entered its stage. */
  chanceAtEntry: number | null;
  /** Decimal string in the deal's currency: its value times the chance lost since entry; null without both chances. */
  expectedLoss: string | null;
  /** The peers of percentile and chances; null without. */
  peerLevel: PeerLevel | null;
  severity: Severity;
}

/**
 * How an open deal stands: `warn` once the threshold is passed (31 days for 30), `critical` from the critical days on
 * (60). The percentile comes from the nearest peers with enough history, whatever the threshold's source.
 * @throws AppError of `WorkingDays.between`
 */
export function assessDeal(
  deal: OpenDeal,
  threshold: Threshold,
  times: ReadonlyMap<string, StageTime>,
  calendar: WorkingDays,
): DealHealth {
  const daysInStage = calendar.between(deal.enteredDay, deal.today);
  const peers = peersOf(times, deal.stage, deal.partnershipType).filter(isTelling);
  const [nearest] = peers;
  const { chance30d, chanceAtEntry } = chancesOf(deal, daysInStage, peers, calendar);
  return {
    daysInStage,
    stagePercentile: nearest ? percentileOf(nearest, daysInStage) : null,
    thresholdDays: threshold.warnDays,
    criticalDays: threshold.criticalDays,
    thresholdSource: threshold.source,
    chance30d,
    chanceAtEntry,
    expectedLoss: expectedLoss(deal.dealValue, chanceAtEntry, chance30d),
    peerLevel: nearest?.level ?? null,
    severity: severityOf(daysInStage, threshold),
  };
}

/**
 * The chances of today and of the day of entry, both from the nearest peers of whom enough lasted as long as the deal;
 * the pipeline speaks only for a stage without history of its own, since other stages have another pace. The 30 calendar
 * days are as many business days as this calendar has from each of the two days on.
 */
function chancesOf(
  deal: OpenDeal,
  daysInStage: number,
  peers: readonly StageTime[],
  calendar: WorkingDays,
): Pick<DealHealth, 'chance30d' | 'chanceAtEntry'> {
  const ofStage = peers.filter(({ level }) => level !== 'pipeline');
  const ahead = (day: number): number => calendar.between(day, day + CHANCE_DAYS);
  const chances = (ofStage.length > 0 ? ofStage : peers).map((time) => ({
    chance30d: chanceToAdvance(time, daysInStage, ahead(deal.today)),
    // A clock that runs ahead, or a run for an earlier day, may put the entry behind today.
    chanceAtEntry: chanceToAdvance(time, BEFORE_FIRST_DAY, ahead(Math.min(deal.enteredDay, deal.today)) + 1),
  }));
  return (
    chances.find(({ chance30d }) => chance30d !== null) ??
    chances[0] ?? { chance30d: null, chanceAtEntry: null }
  );
}

/** On the day of entry nothing has passed yet: who leaves on that very day does so after 0 days, later than this. */
const BEFORE_FIRST_DAY = -1;

export function severityOf(days: number, { warnDays, criticalDays }: Threshold): Severity {
  if (days <= warnDays) return 'ok';
  return days >= criticalDays ? 'critical' : 'warn';
}

/** To the cent, half up. A deal whose chance has not fallen loses nothing. */
function expectedLoss(value: string, atEntry: number | null, now: number | null): string | null {
  if (atEntry === null || now === null) return null;
  return new Decimal(value).times(Math.max(0, atEntry - now)).toFixed(2, Decimal.ROUND_HALF_UP);
}
