import { kaplanMeier, type Stay, survivalQuantile } from './stats/kaplan-meier.js';
import { monotoneTrend, type MonotoneTrend } from './stats/trend.js';
import { wilsonInterval } from './stats/wilson.js';

/** Ages in days at which cohorts are compared. */
export const COHORT_AGES = [90, 180] as const;

/** Fewer members and a cohort's rate is no point of a trend. */
export const MIN_COHORT_MEMBERS = 10;

/** Entities of a cohort with the same history. */
export interface JoinedEntities {
  /** Quarter of joining (UTC), e.g. `2026-Q1`. */
  cohort: string;
  /** Days that even the last to join could have been seen: from the end of the quarter to asOf. */
  observedDays: number;
  /** Whole days from joining to the first partnership begun, or to the last look where there is none. */
  days: number;
  matched: boolean;
  entities: number;
}

/** Share of a cohort's entities that had begun a partnership by some age. */
export interface RateAtAge {
  age: number;
  matched: number;
  rate: number;
  low: number;
  high: number;
}

export interface JoiningCohort {
  cohort: string;
  entities: number;
  /** One per age that even the last member has reached; others are null. */
  rates: (RateAtAge | null)[];
  /** Median days to the first partnership (Kaplan-Meier); null where half have none yet. */
  medianDays: number | null;
  /** Share without any partnership so far: older cohorts had longer to find one. */
  unmatchedShare: number;
}

export interface CohortTrend {
  age: number;
  /** Matured cohorts with enough members. */
  cohorts: number;
  trend: MonotoneTrend | null;
  verdict: 'newer_match_more' | 'newer_match_less' | 'no_trend' | 'too_little_data';
  reason: 'too_few_cohorts' | null;
}

export interface Cohorts {
  cohorts: JoiningCohort[];
  trends: CohortTrend[];
}

/** Do entities that join later find partners sooner? Compared at the same age, among cohorts all of which reached it. */
export function assessCohorts(rows: readonly JoinedEntities[]): Cohorts {
  const names = [...new Set(rows.map(({ cohort }) => cohort))].sort();
  const cohorts = names.map((cohort) =>
    cohortOf(
      cohort,
      rows.filter((row) => row.cohort === cohort),
    ),
  );
  return { cohorts, trends: COHORT_AGES.map((age, at) => trendAt(age, at, cohorts)) };
}

function cohortOf(cohort: string, rows: readonly JoinedEntities[]): JoiningCohort {
  const entities = sum(rows);
  const observed = Math.min(...rows.map(({ observedDays }) => observedDays));
  // Who begins a partnership on the day of joining was at risk before it.
  const stays = rows.map(({ days, matched, entities: n }): Stay<'matched'> => ({
    entry: -1,
    exit: days,
    cause: matched ? 'matched' : null,
    n,
  }));
  return {
    cohort,
    entities,
    rates: COHORT_AGES.map((age) => (observed >= age ? rateAt(age, rows, entities) : null)),
    medianDays: survivalQuantile(kaplanMeier(stays), 0.5),
    unmatchedShare: sum(rows.filter(({ matched }) => !matched)) / entities,
  };
}

function rateAt(age: number, rows: readonly JoinedEntities[], entities: number): RateAtAge {
  const matched = sum(rows.filter((row) => row.matched && row.days <= age));
  const { low, high } = wilsonInterval(matched, entities)!;
  return { age, matched, rate: matched / entities, low, high };
}

function trendAt(age: number, at: number, cohorts: readonly JoiningCohort[]): CohortTrend {
  const points = cohorts.flatMap(({ entities, rates }, x) => {
    const rate = rates[at];
    return rate && entities >= MIN_COHORT_MEMBERS ? [{ x, y: rate.rate }] : [];
  });
  const trend = monotoneTrend(points);
  const base = { age, cohorts: points.length, trend };
  if (trend === null) return { ...base, verdict: 'too_little_data', reason: 'too_few_cohorts' };
  if (trend.p >= 0.05) return { ...base, verdict: 'no_trend', reason: null };
  return { ...base, verdict: trend.z > 0 ? 'newer_match_more' : 'newer_match_less', reason: null };
}

function sum(rows: readonly { entities: number }[]): number {
  return rows.reduce((total, { entities }) => total + entities, 0);
}
