import { DateTime } from 'luxon';
import { assessNetworkEffects, type NetworkEffectsReport } from '../domain/network-effects.js';
import type { NetworkStore, OutcomeStore } from './ports.js';

/** Outcomes behind the learning curve: its last step moves the third digit by then. */
const MAX_CURVE_OUTCOMES = 8_000;

/** The same number stands in predictiveness-deals.sql, which says when a deal is matured. */
const MATURITY_DAYS = 180;

/** Of the splits; another one moves the figures within their intervals. */
const SEED = 1;

export interface LookAtNetworkParts {
  network: NetworkStore;
  outcomes: Pick<OutcomeStore, 'counts' | 'sample'>;
}

/**
 * The report on network effects as of the beginning of asOf's day (UTC), once a day: a later run of the day keeps it,
 * unless there was no partnership to look at then.
 * @returns the report of the day, and whether this run made it
 */
export async function lookAtNetwork(
  { network, outcomes }: LookAtNetworkParts,
  asOf: string,
): Promise<{ report: NetworkEffectsReport; rowsIn: number; rowsOut: number }> {
  const day = DateTime.fromISO(asOf, { zone: 'utc' }).startOf('day');
  const dayStart = instantOf(day);
  const known = await network.reportOf(dayStart);
  if (known !== null && known.n.partnerships > 0) return { report: known, rowsIn: 0, rowsOut: 0 };

  const matured = instantOf(day.minus({ days: MATURITY_DAYS }));
  const learnt = await outcomes.sample(matured, MAX_CURVE_OUTCOMES);
  const all = learnt.length < MAX_CURVE_OUTCOMES ? learnt.length : (await outcomes.counts()).n;
  const { market, joined, concentration } = await network.history(dayStart);
  const report = assessNetworkEffects({
    asOf: dayStart,
    seed: SEED,
    outcomes: learnt,
    sampledFrom: all > MAX_CURVE_OUTCOMES ? all : null,
    market,
    joined,
    concentration,
  });
  const rowsIn = learnt.length + market.length + joined.length;
  return { report, rowsIn, rowsOut: await network.save(report) };
}

function instantOf(instant: DateTime): string {
  const iso = instant.toISO();
  if (iso === null) throw new RangeError('asOf is not an ISO 8601 instant');
  return iso;
}
