/** Days are numbered from 1970-01-01 (UTC); a deal is seen as it looked at the beginning of a day. */

/** What is known of an open deal on a day. */
export interface DealState {
  stage: string;
  /** Days since it entered the stage. */
  stageDays: number;
  /** Days since anybody worked on it, at most `stageDays`: entering the stage is work. */
  quietDays: number;
  /** In the order of COMPONENTS, 0..1, as known before the deal began; null when there was none, or too old a score. */
  scores: readonly number[] | null;
}

/** A deal of the past with the days on which it was looked at. */
export interface PastDeal extends Pick<DealState, 'scores'> {
  tenantId: string;
  /** That of today, for want of a history; reporting currency; null without an exchange rate. */
  value: number | null;
  /** Null while its outcome is not known: open, or won without a success score. */
  success: boolean | null;
  /** The day it was closed; null while it is open. */
  closedDay: number | null;
  snapshots: readonly (Pick<DealState, 'stage' | 'stageDays' | 'quietDays'> & { day: number })[];
}

/** One look at a past deal whose outcome is known. */
export interface Snapshot extends DealState, Pick<PastDeal, 'tenantId' | 'value'> {
  /** Index of the deal among the past deals. */
  deal: number;
  day: number;
  closedDay: number;
  success: boolean;
}

/** Days between two looks at the deals that are open. */
export const SNAPSHOT_DAYS = 14;
/** How far back past deals are looked at. */
export const HISTORY_DAYS = 730;
/**
 * Deals are learnt from as they looked so many days ago or earlier: by then nearly all have closed, and the quick ones do not
 * speak for the others. The maturity of the predictiveness report.
 */
export const MATURITY_DAYS = 180;
/** Closed deals to learn from: more would cost seconds and move the third digit. */
export const MAX_PAST_DEALS = 4_000;

/** Every look at deals with a known outcome, in the order of deals and days. */
export function snapshotsOf(deals: readonly PastDeal[]): Snapshot[] {
  const looks: Snapshot[] = [];
  deals.forEach(({ tenantId, success, closedDay, value, scores, snapshots }, deal) => {
    if (success === null || closedDay === null) return;
    for (const { day, stage, stageDays, quietDays } of snapshots)
      looks.push({ deal, tenantId, day, stage, stageDays, quietDays, value, scores, closedDay, success });
  });
  return looks;
}

/** What may be learnt from at the beginning of a day: looks that are mature by then, at deals closed before it. */
export function knownBy(snapshots: readonly Snapshot[], day: number): Snapshot[] {
  return snapshots.filter(
    (each) =>
      each.closedDay < day &&
      each.day <= day - MATURITY_DAYS &&
      each.day > day - MATURITY_DAYS - HISTORY_DAYS,
  );
}

/** Distinct deals by outcome. */
export function countDeals(snapshots: readonly Snapshot[]): { n: number; successful: number } {
  const outcomes = new Map(snapshots.map(({ deal, success }) => [deal, success]));
  return { n: outcomes.size, successful: [...outcomes.values()].filter(Boolean).length };
}
