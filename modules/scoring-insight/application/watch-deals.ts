import { AppError } from '../../../src/kernel/errors.js';
import { assessDeal, type DealHealth, type StallDefaults } from '../domain/stall.js';
import type { DealStore, HolidayCalendar, OpenDealRow, StallSignal, StallSignalStore } from './ports.js';

/** Business days in a stage, while nothing is known from past deals and the stage has no threshold of its own. */
const DEFAULT_STALL_DAYS = 30;

export interface WatchDealsParts {
  deals: DealStore;
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

/** How long every open deal has stood in its stage, and a signal for each that stands too long. */
export async function watchDeals(parts: WatchDealsParts, asOf: string): Promise<WatchOutcome> {
  const open = await parts.deals.openDeals();
  const defaults = { stallDays: DEFAULT_STALL_DAYS, holidays: holidaysOf(open, asOf, parts.holidays) };
  const assessed = open.map((deal) => assess(deal, parts.stallDays.get(deal.stage) ?? null, asOf, defaults));
  const rowsOut = await parts.deals.replaceHealth(
    assessed.map(({ deal }) => deal),
    asOf,
  );

  const raised = assessed.flatMap(({ deal }) => stallSignalOf(deal) ?? []);
  const stalled = new Set(raised.map(({ evidence }) => evidence.partnershipId));
  const gone = (await parts.signals.active()).filter((id) => !stalled.has(id));
  const outcomes = await parts.deals.outcomes(gone);
  const written = await parts.signals.update(
    raised,
    gone.map((id) => ({ partnershipId: id, outcome: outcomes.get(id) ?? null })),
    asOf,
  );
  return {
    open: open.length,
    warn: raised.filter(({ severity }) => severity === 'warn').length,
    critical: raised.filter(({ severity }) => severity === 'critical').length,
    signalsRaised: written.raised,
    signalsCleared: written.cleared,
    unknownTimeZones: assessed.filter(({ zoneIsUnknown }) => zoneIsUnknown).length,
    rowsIn: open.length,
    rowsOut,
  };
}

function assess(
  deal: OpenDealRow,
  stallDays: number | null,
  asOf: string,
  defaults: StallDefaults,
): { deal: AssessedDeal; zoneIsUnknown: boolean } {
  const health = (ownerZone: string) =>
    assessDeal({ stage: deal.stage, enteredAt: deal.enteredStageAt, ownerZone, stallDays }, asOf, defaults);
  if (deal.owner === null) return { deal: { ...deal, ...health('UTC') }, zoneIsUnknown: false };
  try {
    return { deal: { ...deal, ...health(deal.owner.timeZone) }, zoneIsUnknown: false };
  } catch (error) {
    // One owner's misspelt zone must not hide everybody's stalled deals.
    if (!(error instanceof AppError) || error.code !== 'unknown_time_zone') throw error;
    return { deal: { ...deal, ...health('UTC') }, zoneIsUnknown: true };
  }
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

/** Holidays from the year of the oldest stage visit on; a year more at each end for zones far from UTC. */
function holidaysOf(
  deals: readonly OpenDealRow[],
  asOf: string,
  calendar: HolidayCalendar,
): ReadonlySet<string> {
  const thisYear = Number(asOf.slice(0, 4));
  const firstYear = deals.reduce(
    (year, deal) => Math.min(year, Number(deal.enteredStageAt.slice(0, 4))),
    thisYear,
  );
  return calendar.between(firstYear - 1, thisYear + 1);
}
