import { criticalZ } from './normal.js';

/** How long something was seen. One entry may stand for many equal ones (`n`, 1 unless told). */
export interface Stay<Cause extends string = string> {
  /** It was seen only after this time (left truncation); below every time when it was seen from its beginning. */
  entry: number;
  /** Time of the event, or of the last look when there was none. */
  exit: number;
  /** What ended it; null when it was still going on (censored). */
  cause: Cause | null;
  n?: number;
}

/** What happened at one event time. */
export interface RiskSet<Cause extends string = string> {
  time: number;
  /** Stays with entry < time <= exit: one that is censored at the time of an event still counts. */
  atRisk: number;
  /** All events. */
  events: number;
  byCause: ReadonlyMap<Cause, number>;
}

/** The risk sets at the event times, ascending. Stays with entry >= exit were never seen and count nowhere. */
export function riskSets<Cause extends string>(stays: readonly Stay<Cause>[]): RiskSet<Cause>[] {
  const seen = stays.filter(({ entry, exit }) => entry < exit);
  const entries = cumulated(seen.map(({ entry, n = 1 }) => [entry, n]));
  const exits = cumulated(seen.map(({ exit, n = 1 }) => [exit, n]));
  const events = new Map<number, Map<Cause, number>>();
  for (const { exit, cause, n = 1 } of seen) {
    if (cause === null) continue;
    const atTime = events.get(exit) ?? new Map<Cause, number>();
    events.set(exit, atTime.set(cause, (atTime.get(cause) ?? 0) + n));
  }
  return [...events]
    .sort(([a], [b]) => a - b)
    .map(([time, byCause]) => ({
      time,
      atRisk: entries.below(time) - exits.below(time),
      events: [...byCause.values()].reduce((sum, n) => sum + n, 0),
      byCause,
    }));
}

/** The last time at which anything was seen, events or not; null when nothing was. */
export function lastSeenOf(stays: readonly Stay[]): number | null {
  let last: number | null = null;
  for (const { entry, exit } of stays) if (entry < exit && (last === null || exit > last)) last = exit;
  return last;
}

/** Running totals by value: `below(x)` is the weight of all values < x. */
function cumulated(weights: [value: number, weight: number][]): { below(value: number): number } {
  const sorted = weights.sort(([a], [b]) => a - b);
  const values = sorted.map(([value]) => value);
  let sum = 0;
  const totals = sorted.map(([, weight]) => (sum += weight));
  return { below: (value) => totals[lowerBound(values, value) - 1] ?? 0 };
}

/** Number of the sorted values that are < value. */
function lowerBound(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One step of a survival curve: it holds from `time` to the next. */
export interface SurvivalStep {
  time: number;
  atRisk: number;
  events: number;
  /** S(t) = P(T > t). */
  survival: number;
  /** Greenwood's variance of S(t); 0 once S(t) is 0. */
  variance: number;
  /** log(-log) interval of S(t); null at S(t) = 0, where it has no upper limit. */
  interval: { low: number; high: number } | null;
}

export interface SurvivalCurve {
  /** One step an event time, ascending. Before the first one S(t) is 1. */
  steps: SurvivalStep[];
  /** The last time at which anything was seen, events or not; null without stays. */
  lastSeen: number | null;
}

/**
 * Product-limit estimate of S(t) = P(T > t) with right censoring and left truncation (Kaplan and Meier 1958; late entry:
 * Tsai, Jewell and Wang 1987), variance after Greenwood, limits on the log(-log) scale.
 * @param confidence coverage of the limits, in (0, 1)
 */
export function kaplanMeier(stays: readonly Stay[], confidence = 0.95): SurvivalCurve {
  const z = criticalZ(confidence);
  let survival = 1;
  let hazard = 0;
  const steps = riskSets(stays).map(({ time, atRisk, events }): SurvivalStep => {
    survival *= (atRisk - events) / atRisk;
    if (survival === 0) return { time, atRisk, events, survival, variance: 0, interval: null };
    hazard += events / (atRisk * (atRisk - events));
    const reach = (z * Math.sqrt(hazard)) / Math.log(survival);
    const interval = { low: survival ** Math.exp(-reach), high: survival ** Math.exp(reach) };
    return { time, atRisk, events, survival, variance: survival ** 2 * hazard, interval };
  });
  return { steps, lastSeen: lastSeenOf(stays) };
}

/** Absolute difference up to which S(t) counts as equal to 1 - q: the square root of the machine precision. */
const TOLERANCE = Math.sqrt(Number.EPSILON);

/**
 * The time by which a share `q` has left: the first t with S(t) <= 1 - q, and the middle of the step where S(t) is
 * exactly 1 - q (up to the next event, or to the last look), which makes it the usual median when nothing is censored.
 * With `of` a limit of the interval, a limit of the quantile's interval: 'low' of S gives the low limit of the time.
 * @returns null when the curve does not get there ("not reached")
 */
export function survivalQuantile(
  { steps, lastSeen }: SurvivalCurve,
  q: number,
  of: 'survival' | 'low' | 'high' = 'survival',
): number | null {
  const height = (step: SurvivalStep): number => {
    if (of === 'survival') return step.survival;
    // Where S is 0 the lower limit is too; the upper one is unknown, and reaches nothing.
    return step.interval?.[of] ?? (of === 'low' ? 0 : 1);
  };
  const wanted = 1 - q;
  const index = steps.findIndex((step) => height(step) <= wanted + TOLERANCE);
  const step = steps[index];
  if (step === undefined) return null;
  if (height(step) < wanted - TOLERANCE) return step.time;
  const after = steps.slice(index + 1).find((next) => height(next) < wanted - TOLERANCE);
  return (step.time + (after?.time ?? lastSeen ?? step.time)) / 2;
}

/** The step that holds at a time: the last one with `step.time <= time`; undefined before the first. */
export function stepAt<Step extends { time: number }>(
  steps: readonly Step[],
  time: number,
): Step | undefined {
  return steps[stepsUpTo(steps, time) - 1];
}

/** The first step after a time; undefined when none follows. */
export function stepAfter<Step extends { time: number }>(
  steps: readonly Step[],
  time: number,
): Step | undefined {
  return steps[stepsUpTo(steps, time)];
}

function stepsUpTo(steps: readonly { time: number }[], time: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle]?.time ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
