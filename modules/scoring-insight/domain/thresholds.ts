import {
  ALL,
  groupOf,
  isTelling,
  MIN_EXITS_P90,
  type PeerLevel,
  peersOf,
  type StageTime,
} from './stage-time.js';
import { survivalQuantile } from './stats/kaplan-meier.js';

export type ThresholdSource = 'statistical' | 'pipeline' | 'configured';

/** When an open deal counts as stalled, in business days in its stage: `warn` after `warnDays`, `critical` from `criticalDays` on. */
export interface Threshold {
  warnDays: number;
  criticalDays: number;
  source: ThresholdSource;
  /** The visits it was learnt from; null when configured. */
  level: PeerLevel | null;
}

/** Statistical thresholds stay between these, in business days. */
const FLOOR_DAYS = 3;
const CAP_DAYS = 90;
const WARN_SHARE = 0.75;
const CRITICAL_SHARE = 0.9;

/** Days between two reviews, and the change below which a threshold stays where it is. */
const REVIEW_DAYS = 7;
const LEAST_CHANGE = 0.2;

/** Where the thresholds of one group come from and how well they are known. */
export interface ThresholdFigures {
  median: number | null;
  p75: number | null;
  p75Low: number | null;
  p75High: number | null;
  p90: number | null;
  p90Low: number | null;
  p90High: number | null;
  warnings: string[];
}

/** A person's threshold: critical at twice the days. */
export function configuredThreshold(days: number): Threshold {
  return { warnDays: days, criticalDays: 2 * days, source: 'configured', level: null };
}

/**
 * What history says about deals of a type in a stage: warn after the 75th and critical from the 90th percentile of the
 * time to leave for any reason, each from the nearest peers that have it (type in the stage, stage, pipeline), between
 * 3 and 90 days. A 90th percentile that no group has is twice the warning.
 * @returns null without enough exits anywhere
 */
export function learntThreshold(
  times: ReadonlyMap<string, StageTime>,
  stage: string,
  partnershipType: string,
): Threshold | null {
  const peers = peersOf(times, stage, partnershipType).filter(isTelling);
  for (const peer of peers) {
    const p75 = survivalQuantile(peer.survival, WARN_SHARE);
    if (p75 === null) continue;
    const p90 = peers.map(p90Of).find((days) => days !== null && days >= p75) ?? 2 * p75;
    return {
      warnDays: clamp(p75),
      criticalDays: clamp(p90),
      source: peer.level === 'pipeline' ? 'pipeline' : 'statistical',
      level: peer.level,
    };
  }
  return null;
}

function p90Of(time: StageTime): number | null {
  return time.exits >= MIN_EXITS_P90 ? survivalQuantile(time.survival, CRITICAL_SHARE) : null;
}

/** Whole days: "after 4.5 days" is after 4. */
function clamp(days: number): number {
  return Math.min(CAP_DAYS, Math.max(FLOOR_DAYS, Math.floor(days)));
}

/** The percentiles of a group with their 95 % limits, and what to know before relying on them. */
export function figuresOf(time: StageTime | undefined): ThresholdFigures {
  if (time === undefined || !isTelling(time)) {
    const why = time?.isBroken ? 'risk_set_ran_empty' : 'too_few_exits';
    return {
      median: null,
      p75: null,
      p75Low: null,
      p75High: null,
      p90: null,
      p90Low: null,
      p90High: null,
      warnings: [why],
    };
  }
  const { survival, exits } = time;
  const p75 = survivalQuantile(survival, WARN_SHARE);
  const p90 = survivalQuantile(survival, CRITICAL_SHARE);
  const isEnough = exits >= MIN_EXITS_P90;
  const outside = [p75, isEnough ? p90 : null].some(
    (days) => days !== null && clamp(days) !== Math.floor(days),
  );
  return {
    median: survivalQuantile(survival, 0.5),
    p75,
    p75Low: survivalQuantile(survival, WARN_SHARE, 'low'),
    p75High: survivalQuantile(survival, WARN_SHARE, 'high'),
    p90: isEnough ? p90 : null,
    p90Low: isEnough ? survivalQuantile(survival, CRITICAL_SHARE, 'low') : null,
    p90High: isEnough ? survivalQuantile(survival, CRITICAL_SHARE, 'high') : null,
    warnings: [
      ...(p75 === null ? ['p75_not_reached'] : []),
      ...(isEnough ? (p90 === null ? ['p90_not_reached'] : []) : ['too_few_exits_for_p90']),
      ...(outside ? ['threshold_clamped'] : []),
    ],
  };
}

/** A threshold with the day of its last review (days since 1970-01-01). */
export interface ReviewedThreshold extends Threshold {
  reviewedDay: number;
}

/**
 * The threshold in force on a day. A stage's own configured days win: somebody meant them. Else what history says, kept
 * so that severities do not flap: for a week it is left alone, and at its review it moves only if the warning or the
 * critical days change by more than a fifth (then both move). Else the configured default, until there is history.
 * @param before what was in force, undefined for a group seen for the first time
 */
export function thresholdInForce(
  before: ReviewedThreshold | undefined,
  learnt: Threshold | null,
  own: number | undefined,
  { defaultDays, day }: { defaultDays: number; day: number },
): ReviewedThreshold {
  if (own !== undefined) return { ...configuredThreshold(own), reviewedDay: day };
  const fresh = { ...(learnt ?? configuredThreshold(defaultDays)), reviewedDay: day };
  if (before === undefined || before.source === 'configured' || before.reviewedDay > day) return fresh;
  if (day - before.reviewedDay < REVIEW_DAYS) return before;
  const moves =
    before.source !== fresh.source ||
    isOtherBy(LEAST_CHANGE, before.warnDays, fresh.warnDays) ||
    isOtherBy(LEAST_CHANGE, before.criticalDays, fresh.criticalDays);
  return moves ? fresh : { ...before, level: fresh.level, reviewedDay: day };
}

function isOtherBy(share: number, before: number, now: number): boolean {
  return Math.abs(now - before) > share * before;
}

/** A group of deals (ALL for every type, or every stage) with its threshold in force. */
export interface ReviewedGroup extends ReviewedThreshold {
  stage: string;
  partnershipType: string;
}

/** The same with the figures of its own visits. */
export interface GroupThreshold extends ReviewedGroup {
  visits: number;
  exits: number;
  figures: ThresholdFigures;
}

/**
 * Thresholds of the pipeline and of every group that has visits or open deals, in the order of their names.
 * @param before those in force until now
 * @param deals the open deals, whose groups may have no visits yet
 */
export function reviewThresholds(
  times: ReadonlyMap<string, StageTime>,
  before: readonly ReviewedGroup[],
  deals: readonly { stage: string; partnershipType: string }[],
  options: { defaultDays: number; byStage: ReadonlyMap<string, number>; day: number },
): GroupThreshold[] {
  const inForce = new Map(before.map((group) => [groupOf(group.stage, group.partnershipType), group]));
  const groups = new Map<string, { stage: string; partnershipType: string }>(times);
  groups.set(groupOf(ALL, ALL), { stage: ALL, partnershipType: ALL });
  for (const { stage, partnershipType } of deals) {
    groups.set(groupOf(stage, partnershipType), { stage, partnershipType });
    groups.set(groupOf(stage, ALL), { stage, partnershipType: ALL });
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { stage, partnershipType }]) => {
      const learnt = learntThreshold(times, stage, partnershipType);
      const time = times.get(key);
      return {
        stage,
        partnershipType,
        ...thresholdInForce(inForce.get(key), learnt, options.byStage.get(stage), options),
        visits: time?.visits ?? 0,
        exits: time?.exits ?? 0,
        figures: figuresOf(time),
      };
    });
}
