import { aalenJohansen, chanceWithin, type IncidenceCurve } from './stats/aalen-johansen.js';
import {
  kaplanMeier,
  riskSets,
  type Stay,
  stepAfter,
  stepAt,
  type SurvivalCurve,
} from './stats/kaplan-meier.js';

/** How a visit to a stage ends, as competing causes: to a later stage or won; lost; back, or to the same stage again. */
export type Leaving = 'advanced' | 'lost' | 'other';
export const LEAVING: readonly Leaving[] = ['advanced', 'lost', 'other'];

/** Some equal visits to a stage. Days are business days since entry. */
export interface StageStay {
  stage: string;
  partnershipType: string;
  /** Days that had passed when the window began; -1 for a visit that was seen from its beginning. */
  seenFrom: number;
  days: number;
  /** Null while the visit goes on, or was cut off by a deletion. */
  leaving: Leaving | null;
  visits: number;
}

/** In the name of a group: every stage, every type. */
export const ALL = '*';

/** Which visits a figure is learnt from, from the nearest peers to the farthest. */
export type PeerLevel = 'type' | 'stage' | 'pipeline';

/** What is known about leaving a stage, from visits of one group. */
export interface StageTime {
  /** ALL for the whole pipeline. */
  stage: string;
  /** ALL for every type. */
  partnershipType: string;
  level: PeerLevel;
  visits: number;
  exits: number;
  /** Leaving for any reason. */
  survival: SurvivalCurve;
  /** Advanced, lost, other. */
  incidence: IncidenceCurve<Leaving>;
  /** The curve was ended by a risk set that ran empty although longer stays were seen: its quantiles mean nothing. */
  isBroken: boolean;
}

/** Days of history that thresholds are learnt from. */
export const WINDOW_DAYS = 365;
/** Fewest completed exits for figures of a group, and for its 90th percentile. */
export const MIN_EXITS = 20;
export const MIN_EXITS_P90 = 30;

/** The curves of every type in a stage, of every stage and of the pipeline, by `groupOf`. */
export function learnStageTimes(stays: readonly StageStay[]): Map<string, StageTime> {
  const groups = new Map<string, { stage: string; partnershipType: string; stays: Stay<Leaving>[] }>();
  for (const { stage, partnershipType, seenFrom, days, leaving, visits } of stays) {
    const stay = { entry: seenFrom, exit: days, cause: leaving, n: visits };
    for (const [s, t] of [
      [stage, partnershipType],
      [stage, ALL],
      [ALL, ALL],
    ] as const) {
      const group = groups.get(groupOf(s, t)) ?? { stage: s, partnershipType: t, stays: [] };
      group.stays.push(stay);
      groups.set(groupOf(s, t), group);
    }
  }
  return new Map([...groups].map(([key, group]) => [key, learn(group)]));
}

/** The key of a group of visits. */
export function groupOf(stage: string, partnershipType: string): string {
  return `${stage}\0${partnershipType}`;
}

function learn(group: { stage: string; partnershipType: string; stays: Stay<Leaving>[] }): StageTime {
  const { stage, partnershipType, stays } = group;
  const seen = stays.filter(({ entry, exit }) => entry < exit);
  const count = (rows: readonly Stay[]) => rows.reduce((sum, { n = 1 }) => sum + n, 0);
  const risks = riskSets(seen);
  const empty = risks.find(({ atRisk, events }) => atRisk === events);
  const survival = kaplanMeier(seen);
  return {
    stage,
    partnershipType,
    level: stage === ALL ? 'pipeline' : partnershipType === ALL ? 'stage' : 'type',
    visits: count(seen),
    exits: count(seen.filter(({ cause }) => cause !== null)),
    survival,
    incidence: aalenJohansen(seen, LEAVING),
    isBroken: empty !== undefined && (survival.lastSeen ?? 0) > empty.time,
  };
}

/** The groups whose visits a deal is compared with, nearest first. */
export function peersOf(
  times: ReadonlyMap<string, StageTime>,
  stage: string,
  partnershipType: string,
): StageTime[] {
  const keys = [groupOf(stage, partnershipType), groupOf(stage, ALL), groupOf(ALL, ALL)];
  return keys.flatMap((key) => times.get(key) ?? []);
}

export function isTelling({ exits, isBroken }: StageTime): boolean {
  return exits >= MIN_EXITS && !isBroken;
}

/**
 * Share of visits, in percent, that were over sooner: 100 (1 - (S(d-) + S(d)) / 2), Hazen's mid-rank carried over to
 * a survival curve, so that visits as long as this one count half.
 */
export function percentileOf({ survival: { steps } }: StageTime, days: number): number {
  const before = stepAt(steps, days - 0.5)?.survival ?? 1;
  const now = stepAt(steps, days)?.survival ?? 1;
  return 100 * (1 - (before + now) / 2);
}

/** Fewest visits that must have lasted as long as a deal's before something is said about what comes next. */
export const MIN_AT_RISK = 10;

/**
 * P(advanced within `within` business days | still here on day `days`).
 * @returns null where fewer than MIN_AT_RISK visits lasted longer, or where `days + within` lies beyond what was seen
 */
export function chanceToAdvance({ incidence, survival }: StageTime, days: number, within: number) {
  if ((stepAfter(survival.steps, days)?.atRisk ?? 0) < MIN_AT_RISK) return null;
  return chanceWithin(incidence, 'advanced', days, within);
}
