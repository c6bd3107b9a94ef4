import { median } from 'simple-statistics';
import type { WorkingDays } from './business-days.js';
import {
  ALL,
  groupOf,
  LEAVING,
  learnStageTimes,
  type Leaving,
  peersOf,
  type StageStay,
  WINDOW_DAYS,
} from './stage-time.js';
import { survivalQuantile } from './stats/kaplan-meier.js';
import { wilsonInterval } from './stats/wilson.js';
import { learntThreshold, type ReviewedThreshold, thresholdInForce } from './thresholds.js';

/** One visit of a deal to an open stage. Days are those of the owner's zone, numbered from 1970-01-01. */
export interface PastVisit {
  owner: string | null;
  stage: string;
  partnershipType: string;
  enteredDay: number;
  /** The day it was left, or last seen when it was not. */
  lastDay: number;
  /** Null while it goes on, or was cut off by a deletion. */
  leaving: Leaving | null;
}

export interface BacktestOptions {
  /** First and last day of the replay. */
  fromDay: number;
  toDay: number;
  calendar: WorkingDays;
  /** Business days where nothing is known. */
  defaultDays: number;
  /** Business days of the stages with a threshold of their own. */
  byStage: ReadonlyMap<string, number>;
}

export type BacktestRule = 'statistical' | 'fixed' | 'fixed_matched';

/** What a rule would have done. */
export interface RuleResult {
  rule: BacktestRule;
  /** Business days of a fixed rule. */
  days: number | null;
  alerts: number;
  /** Alerted visits that ended lost, or took longer than the 90th percentile of their stage. */
  right: number;
  wrong: number;
  /** Alerted visits that were still going on at the end, or deleted, and not that long yet. */
  undecided: number;
  /** right / (right + wrong), with its 95 % Wilson interval; null without decided alerts. */
  precision: number | null;
  precisionLow: number | null;
  precisionHigh: number | null;
  /** Median business days from the alert to the end of the visit, of those that were right. */
  leadDays: number | null;
  alertsPerOwnerWeek: number;
}

export interface BacktestResult {
  fromDay: number;
  toDay: number;
  visits: number;
  owners: number;
  rules: RuleResult[];
}

/**
 * Replays history evening by evening. A visit is alerted once, on the first evening that finds it past the threshold;
 * those that were past it on the first evening are a backlog and no alerts. Every evening sees only what had happened
 * by then: statistical thresholds are learnt again each week from the 365 days before, visits not left yet being open.
 * Beside them the fixed rule of `defaultDays`, and the fixed rule whose days give as many alerts as the statistical one:
 * chosen with hindsight, which favours it. The 90th percentiles that judge are those of the whole history.
 */
export function backtestStalls(visits: readonly PastVisit[], options: BacktestOptions): BacktestResult {
  const { fromDay, toDay, defaultDays } = options;
  const known = visits.flatMap((visit) => asKnown(visit, toDay) ?? []);
  const replayed = known.filter(({ lastDay }) => lastDay > fromDay);
  const owners = new Set(replayed.map(({ owner }) => owner)).size;
  const judge = judgeOf(known, options);
  const summary = (rule: BacktestRule, days: number | null, alerts: readonly Alert[]): RuleResult =>
    summarise({ rule, days }, alerts, judge, owners * ((toDay - fromDay) / 7), options);

  const statistical = statisticalAlerts(known, replayed, options);
  const matched = matchedDays(replayed, statistical.length, options);
  return {
    fromDay,
    toDay,
    visits: replayed.length,
    owners,
    rules: [
      summary('statistical', null, statistical),
      summary('fixed', defaultDays, fixedAlerts(replayed, defaultDays, options)),
      summary('fixed_matched', matched, fixedAlerts(replayed, matched, options)),
    ],
  };
}

/** A visit as it looked on the evening of a day; null before it began. */
function asKnown(visit: PastVisit, evening: number): PastVisit | null {
  if (visit.enteredDay > evening) return null;
  return visit.lastDay <= evening ? visit : { ...visit, lastDay: evening, leaving: null };
}

interface Alert {
  visit: PastVisit;
  day: number;
}

function statisticalAlerts(
  known: readonly PastVisit[],
  replayed: readonly PastVisit[],
  { fromDay, toDay, calendar, defaultDays, byStage }: BacktestOptions,
): Alert[] {
  const waiting = replayed.toSorted((a, b) => b.enteredDay - a.enteredDay);
  const inForce = new Map<string, ReviewedThreshold>();
  let open: PastVisit[] = [];
  let times = learnStageTimes([]);
  const alerts: Alert[] = [];
  for (let day = fromDay; day <= toDay; day += 1) {
    const isReview = (day - fromDay) % 7 === 0;
    if (isReview) {
      const then = known.flatMap((visit) => asKnown(visit, day) ?? []);
      times = learnStageTimes(staysOf(then, day - WINDOW_DAYS, calendar));
    }
    const today = new Map<string, number>();
    const warnDaysOf = ({ stage, partnershipType }: PastVisit): number => {
      const group = groupOf(stage, partnershipType);
      const found = today.get(group);
      if (found !== undefined) return found;
      const learnt = learntThreshold(times, stage, partnershipType);
      const threshold = thresholdInForce(inForce.get(group), learnt, byStage.get(stage), {
        defaultDays,
        day,
      });
      inForce.set(group, threshold);
      today.set(group, threshold.warnDays);
      return threshold.warnDays;
    };
    for (let next = waiting.at(-1); next && next.enteredDay <= day; next = waiting.at(-1)) {
      waiting.pop();
      open.push(next);
    }
    open = open.filter((visit) => {
      if (isOver(visit, day)) return false;
      if (calendar.between(visit.enteredDay, day) <= warnDaysOf(visit)) return true;
      if (day > fromDay) alerts.push({ visit, day });
      return false;
    });
  }
  return alerts;
}

/** Whether the evening of a day finds a visit left. One that was not left is seen up to its last day. */
function isOver({ lastDay, leaving }: PastVisit, day: number): boolean {
  return leaving === null ? day > lastDay : day >= lastDay;
}

/** What was seen of the visits from `windowDay` on, equal ones counted together: what stage-durations.sql does. */
export function staysOf(visits: readonly PastVisit[], windowDay: number, calendar: WorkingDays): StageStay[] {
  const groups = new Map<string, Map<number, StageStay>>();
  for (const { stage, partnershipType, enteredDay, lastDay, leaving } of visits) {
    if (lastDay < windowDay) continue;
    const seenFrom = enteredDay < windowDay ? calendar.between(enteredDay, windowDay - 1) : -1;
    const days = calendar.between(enteredDay, lastDay);
    const group = groupOf(stage, partnershipType);
    const stays = groups.get(group) ?? new Map<number, StageStay>();
    groups.set(group, stays);
    const key =
      ((seenFrom + 1) * MOST_DAYS + days) * LEAVING_CODES +
      (leaving === null ? 0 : LEAVING.indexOf(leaving) + 1);
    const stay = stays.get(key);
    if (stay) stay.visits += 1;
    else stays.set(key, { stage, partnershipType, seenFrom, days, leaving, visits: 1 });
  }
  return [...groups.values()].flatMap((stays) => [...stays.values()]);
}

/** More business days than a visit can last: keys of equal stays are numbers, because they are made by the million. */
const MOST_DAYS = 2 ** 20;
const LEAVING_CODES = LEAVING.length + 1;

function fixedAlerts(
  replayed: readonly PastVisit[],
  days: number,
  { fromDay, toDay, calendar }: BacktestOptions,
): Alert[] {
  const alerts: Alert[] = [];
  for (const visit of replayed) {
    const start = Math.max(fromDay, visit.enteredDay);
    if (calendar.between(visit.enteredDay, start) > days) continue;
    for (let day = start; day <= toDay && !isOver(visit, day); day += 1) {
      if (calendar.between(visit.enteredDay, day) <= days) continue;
      alerts.push({ visit, day });
      break;
    }
  }
  return alerts;
}

/** The days whose fixed rule gives the number of alerts nearest to `wanted`; the fewer days of two as near. */
function matchedDays(replayed: readonly PastVisit[], wanted: number, options: BacktestOptions): number {
  const { fromDay, toDay, calendar } = options;
  // How long each visit was seen to last, and how long it had lasted on the first evening, tell which rules alert it.
  const reach = replayed.map((visit) => {
    const last = Math.min(toDay, visit.leaving === null ? visit.lastDay : visit.lastDay - 1);
    const before = visit.enteredDay > fromDay ? 0 : calendar.between(visit.enteredDay, fromDay);
    return { before, longest: calendar.between(visit.enteredDay, last) };
  });
  const limit = reach.reduce((most, { longest }) => Math.max(most, longest), 0);
  let best = { days: 0, distance: Infinity };
  for (let days = 0; days <= limit; days += 1) {
    const count = reach.filter(({ before, longest }) => before <= days && longest > days).length;
    const distance = Math.abs(count - wanted);
    if (distance < best.distance) best = { days, distance };
  }
  return best.days;
}

type Verdict = 'right' | 'wrong' | 'undecided';

function judgeOf(known: readonly PastVisit[], { calendar }: BacktestOptions): (visit: PastVisit) => Verdict {
  const times = learnStageTimes(staysOf(known, -Infinity, calendar));
  const p90 = new Map<string, number>();
  for (const stage of new Set(known.map((visit) => visit.stage))) {
    const [time] = peersOf(times, stage, ALL);
    p90.set(stage, (time && survivalQuantile(time.survival, 0.9)) ?? Infinity);
  }
  return ({ stage, enteredDay, lastDay, leaving }) => {
    if (leaving === 'lost' || calendar.between(enteredDay, lastDay) > (p90.get(stage) ?? Infinity))
      return 'right';
    return leaving === null ? 'undecided' : 'wrong';
  };
}

function summarise(
  rule: { rule: BacktestRule; days: number | null },
  alerts: readonly Alert[],
  judge: (visit: PastVisit) => Verdict,
  ownerWeeks: number,
  { calendar }: BacktestOptions,
): RuleResult {
  const judged = alerts.map((alert) => ({ ...alert, verdict: judge(alert.visit) }));
  const count = (verdict: Verdict) => judged.filter((alert) => alert.verdict === verdict).length;
  const [right, wrong, undecided] = [count('right'), count('wrong'), count('undecided')];
  const lead = judged.flatMap(({ visit, day, verdict }) =>
    verdict === 'right' ? [calendar.between(day, visit.lastDay)] : [],
  );
  const interval = wilsonInterval(right, right + wrong);
  return {
    ...rule,
    alerts: alerts.length,
    right,
    wrong,
    undecided,
    precision: right + wrong === 0 ? null : right / (right + wrong),
    precisionLow: interval?.low ?? null,
    precisionHigh: interval?.high ?? null,
    leadDays: lead.length === 0 ? null : median(lead),
    alertsPerOwnerWeek: ownerWeeks > 0 ? alerts.length / ownerWeeks : 0,
  };
}
