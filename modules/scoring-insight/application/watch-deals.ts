import { dateOf, dayOf, WorkingDays } from '../domain/business-days.js';
import { groupOf, learnStageTimes, WINDOW_DAYS } from '../domain/stage-time.js';
import { assessDeal, CHANCE_DAYS, type DealHealth } from '../domain/stall.js';
import { reviewThresholds } from '../domain/thresholds.js';
import type {
  ActiveStall,
  ClearedStall,
  DealStore,
  HolidayCalendar,
  OpenDealRow,
  StageTimeStore,
  StallSignal,
  StallSignalStore,
} from './ports.js';

/** Business days in a stage, while nothing is known from past deals and the stage has no threshold of its own. */
export const DEFAULT_STALL_DAYS = 30;

export interface WatchDealsParts {
  deals: DealStore;
  stageTimes: StageTimeStore;
  signals: StallSignalStore;
  holidays: HolidayCalendar;
  /** Business days by stage name, for the stages that have a threshold of their own. */
  stallDays: ReadonlyMap<string, number>;
}

type AssessedDeal = OpenDealRow & DealHealth;

export interface WatchOutcome {
  open: number;
  warn: number;
  critical: number;
  signalsRaised: number;
  signalsCleared: number;
  /** Deals counted in UTC because their owner's zone is unknown here. */
  unknownTimeZones: number;
  rowsIn: number;
  rowsOut: number;
}

/**
 * How long every open deal has stood in its stage beside its peers, and a signal for each that stands too long. What
 * history teaches is that of the beginning of the day (UTC), so that a second run of a day changes nothing.
 */
export async function watchDeals(parts: WatchDealsParts, asOf: string): Promise<WatchOutcome> {
  const { deals, stageTimes, signals } = parts;
  const day = dayOf(asOf);
  const visits = await stageTimes.replaceVisits(`${dateOf(day)}T00:00:00.000000Z`);
  const open = await deals.openDeals(asOf);
  const calendar = await calendarFor(parts, open, day);

  const window = { fromDay: day - WINDOW_DAYS, toDay: day };
  const times = learnStageTimes(await stageTimes.stays(window.fromDay, calendar));
  const groups = reviewThresholds(times, await stageTimes.inForce(asOf), open, {
    defaultDays: DEFAULT_STALL_DAYS,
    byStage: parts.stallDays,
    day,
  });
  const thresholds = new Map(groups.map((group) => [groupOf(group.stage, group.partnershipType), group]));
  const assessed = open.flatMap((deal): AssessedDeal[] => {
    // Every open deal's group has been reviewed.
    const threshold = thresholds.get(groupOf(deal.stage, deal.partnershipType));
    return threshold ? [{ ...deal, ...assessDeal(deal, threshold, times, calendar) }] : [];
  });
  // Thresholds first: a run that is killed in between finds those that its deals were judged by.
  const kept = await stageTimes.save(groups, window, asOf);
  const rowsOut = await deals.replaceHealth(assessed, asOf);

  const raised = assessed.flatMap((deal) => stallSignalOf(deal) ?? []);
  const written = await signals.update(raised, await clearedStalls(parts, assessed, raised), asOf);
  return {
    open: open.length,
    warn: raised.filter(({ severity }) => severity === 'warn').length,
    critical: raised.filter(({ severity }) => severity === 'critical').length,
    signalsRaised: written.raised,
    signalsCleared: written.cleared,
    unknownTimeZones: open.filter(({ zoneIsUnknown }) => zoneIsUnknown).length,
    rowsIn: open.length + visits,
    rowsOut: rowsOut + visits + kept,
  };
}

/** Active signals whose deal is no longer stalled, with what became of it. */
async function clearedStalls(
  { deals, signals }: WatchDealsParts,
  assessed: readonly AssessedDeal[],
  raised: readonly StallSignal[],
): Promise<ClearedStall[]> {
  const stalled = new Set(raised.map(({ evidence }) => evidence.partnershipId));
  const gone = (await signals.active()).filter(({ partnershipId }) => !stalled.has(partnershipId));
  const outcomes = await deals.outcomes(gone.map(({ partnershipId }) => partnershipId));
  const visitOf = ({ partnershipId, stage, stageVisit }: ActiveStall) =>
    JSON.stringify([partnershipId, stage, stageVisit]);
  const going = new Set(assessed.map(visitOf));
  return gone.map((stall) => ({
    partnershipId: stall.partnershipId,
    outcome: going.has(visitOf(stall)) ? null : (outcomes.get(stall.partnershipId) ?? null),
  }));
}

function stallSignalOf(deal: AssessedDeal): StallSignal | null {
  if (deal.severity === 'ok') return null;
  return {
    severity: deal.severity,
    evidence: {
      partnershipId: deal.partnershipId,
      tenantId: deal.tenantId,
      stage: deal.stage,
      stageVisit: deal.stageVisit,
      enteredStageAt: deal.enteredStageAt,
      daysInStage: deal.daysInStage,
      stagePercentile: deal.stagePercentile,
      chance30d: deal.chance30d,
      thresholdDays: deal.thresholdDays,
      thresholdSource: deal.thresholdSource,
      dealValue: deal.dealValue,
      currency: deal.currency,
      ownerUserId: deal.owner?.userId ?? null,
      ownerName: deal.owner?.name ?? null,
      ownerSlackUserId: deal.owner?.slackUserId ?? null,
      ownerTimeZone: deal.owner?.timeZone ?? null,
      partners: deal.partners,
    },
  };
}

/** Working days from the oldest visit to as far ahead as chances look; a day more at each end for zones far from UTC. */
async function calendarFor(
  { stageTimes, holidays }: Pick<WatchDealsParts, 'stageTimes' | 'holidays'>,
  open: readonly OpenDealRow[],
  day: number,
): Promise<WorkingDays> {
  const covered = await stageTimes.visitDays();
  const first = open.reduce(
    (least, { enteredDay }) => Math.min(least, enteredDay),
    Math.min(day - WINDOW_DAYS, covered?.first ?? day),
  );
  return workingDays(holidays, first - 1, day + CHANCE_DAYS + 1);
}

/** The calendar from a day to another, both included. */
export function workingDays(holidays: HolidayCalendar, firstDay: number, lastDay: number): WorkingDays {
  const yearOf = (day: number) => Number(dateOf(day).slice(0, 4));
  return new WorkingDays(firstDay, lastDay, holidays.between(yearOf(firstDay), yearOf(lastDay)));
}
