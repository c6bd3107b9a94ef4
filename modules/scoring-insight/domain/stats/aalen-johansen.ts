import { lastSeenOf, riskSets, type Stay, stepAt } from './kaplan-meier.js';

/** One step of the cumulative incidences: it holds from `time` to the next. */
export interface IncidenceStep<Cause extends string> {
  time: number;
  /** S(t): the share that none of the causes has ended by then. With the incidences it sums to 1. */
  survival: number;
  /** F_k(t): the share that cause k has ended by then. */
  incidence: Record<Cause, number>;
}

export interface IncidenceCurve<Cause extends string> {
  steps: IncidenceStep<Cause>[];
  /** The last time at which anything was seen; null without stays. */
  lastSeen: number | null;
}

/**
 * Cumulative incidence of competing causes: F_k(t) = sum over event times u <= t of S(u-) d_k(u) / n(u) (Aalen and
 * Johansen 1978), with censoring and late entry as in `kaplanMeier`. Treating the other causes as censored instead
 * would overstate each.
 */
export function aalenJohansen<Cause extends string>(
  stays: readonly Stay<Cause>[],
  causes: readonly Cause[],
): IncidenceCurve<Cause> {
  let survival = 1;
  let incidence = Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<Cause, number>;
  const steps = riskSets(stays).map(({ time, atRisk, events, byCause }): IncidenceStep<Cause> => {
    const next = { ...incidence };
    for (const cause of causes) next[cause] += (survival * (byCause.get(cause) ?? 0)) / atRisk;
    incidence = next;
    survival *= (atRisk - events) / atRisk;
    return { time, survival, incidence };
  });
  return { steps, lastSeen: lastSeenOf(stays) };
}

/**
 * P(the cause ends it within `within` | it still goes on after `time`) = (F_k(t + h) - F_k(t)) / S(t).
 * @returns 0..1; null where nobody was seen to go on (S(t) = 0, or after the last look), and where t + h lies beyond the
 * last look while some were still going on: what happens there was never seen
 */
export function chanceWithin<Cause extends string>(
  { steps, lastSeen }: IncidenceCurve<Cause>,
  cause: Cause,
  time: number,
  within: number,
): number | null {
  const now = stepAt(steps, time);
  const then = stepAt(steps, time + within);
  const survival = now?.survival ?? 1;
  if (lastSeen === null || survival === 0) return null;
  if (time + within > lastSeen && (then?.survival ?? 1) > 0) return null;
  const gained = (then?.incidence[cause] ?? 0) - (now?.incidence[cause] ?? 0);
  return Math.min(1, Math.max(0, gained / survival));
}
