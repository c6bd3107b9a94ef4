import { mean } from 'simple-statistics';
import { fitPoissonPanel, type PanelFit, type PanelRow } from './stats/poisson-panel.js';

/** One segment (industry and tier) in one calendar month (UTC). */
export interface SegmentMonth {
  segment: string;
  /** Months since January 1970. */
  month: number;
  /** Entities that had joined before the month began and were not deleted by then. */
  active: number;
  /** Partnerships that those entities began in the month, one for each of its two sides. */
  begun: number;
}

/** The density of so many months later is the placebo. */
export const PLACEBO_MONTHS = 6;
export const MIN_SEGMENTS = 10;
export const MIN_MONTHS = 12;
export const MIN_BEGUN = 200;
/**
 * Standard deviation of log peers within segments and months. Below it twice the peers is some fourteen deviations and more away
 * from anything seen, and the ratio would be extrapolation.
 */
export const MIN_SPREAD = 0.05;
const MAX_SWEEPS = 200;

export type DensityReason =
  | 'too_few_segments'
  | 'too_few_months'
  | 'too_few_partnerships'
  | 'too_little_variation'
  | 'no_variation'
  | 'no_convergence'
  | 'placebo_predicts'
  | 'placebo_too_wide'
  | 'placebo_undefined'
  /** Beside the reason of the verdict. */
  | 'doubling_out_of_range'
  | 'interval_above_zero'
  | 'interval_contains_zero'
  | 'interval_below_zero';

/** Percent change of the match rate per 1% more peers (1 is proportional), with 95% limits. */
export interface Elasticity {
  elasticity: number;
  standardError: number;
  low: number;
  high: number;
  p: number;
}

export interface Density {
  /** Whether entities with more peers begin more partnerships; `withheld` where the placebo is not clean. */
  verdict: 'more_with_density' | 'fewer_with_density' | 'no_association' | 'withheld' | 'too_little_data';
  reasons: DensityReason[];
  segments: number;
  months: number;
  /** Sides of partnerships that were begun. */
  begun: number;
  estimate: Elasticity | null;
  /** The match rate with twice the peers over that with the peers there are, with 95% limits; see `doublingOf`. */
  doubling: Doubling | null;
  /** The same regression with the peers of `monthsAhead` months later beside today's: must not predict. */
  placebo: (Elasticity & { monthsAhead: number; rows: number }) | null;
}

export interface Doubling {
  ratio: number;
  low: number;
  high: number;
}

/**
 * Do entities match more where the market is denser? Per segment and month the partnerships begun per active entity on
 * the log of its active peers, with an effect of its own for every segment (some are livelier) and every month (the whole
 * market moves), see `fitPoissonPanel`. What the future market has to do with today's matches cannot be an effect of
 * density: where it predicts, something else drives both, and no verdict is given. Nor is an association called one
 * while the placebo's interval leaves room for as much.
 */
export function assessDensity(market: readonly SegmentMonth[]): Density {
  // An entity alone has no peers, and the log of none is no number.
  const rows = market.filter(({ active }) => active >= 2);
  const segments = new Set(rows.map(({ segment }) => segment)).size;
  const months = new Set(rows.map(({ month }) => month)).size;
  const begun = rows.reduce((sum, row) => sum + row.begun, 0);
  const nothing: Density = {
    verdict: 'too_little_data',
    reasons: [],
    segments,
    months,
    begun,
    estimate: null,
    doubling: null,
    placebo: null,
  };
  const short: DensityReason[] = [];
  if (segments < MIN_SEGMENTS) short.push('too_few_segments');
  if (months < MIN_MONTHS) short.push('too_few_months');
  if (begun < MIN_BEGUN) short.push('too_few_partnerships');
  if (short.length > 0) return { ...nothing, reasons: short };

  if (spreadWithin(rows) < MIN_SPREAD) return { ...nothing, reasons: ['too_little_variation'] };
  const fit = fitPoissonPanel(rows.map((row) => panelRow(row, [logPeers(row)])));
  if (fit.status === 'failed') return { ...nothing, reasons: [reasonOf(fit)] };
  const estimate = elasticityOf(fit, 0);
  const doubling = doublingOf(estimate);
  const judged = judge(estimate, placeboOf(rows));
  if (doubling === null) judged.reasons.push('doubling_out_of_range');
  return { ...nothing, estimate, doubling, ...judged };
}

type Judged = Pick<Density, 'verdict' | 'reasons' | 'placebo'>;

function judge(estimate: Elasticity, placebo: Density['placebo']): Judged {
  if (placebo === null) return { placebo, verdict: 'withheld', reasons: ['placebo_undefined'] };
  if (placebo.p < 0.05) return { placebo, verdict: 'withheld', reasons: ['placebo_predicts'] };
  const sided = sideOf(estimate);
  const leavesRoom = placebo.low <= estimate.elasticity && estimate.elasticity <= placebo.high;
  if (sided.verdict !== 'no_association' && leavesRoom)
    return { placebo, verdict: 'withheld', reasons: ['placebo_too_wide'] };
  return { placebo, ...sided };
}

/** Two to the power of the elasticity and of its limits; null where one of them is larger than a number can be. */
export function doublingOf({ elasticity, low, high }: Elasticity): Doubling | null {
  const doubling = { ratio: 2 ** elasticity, low: 2 ** low, high: 2 ** high };
  return Object.values(doubling).every(Number.isFinite) ? doubling : null;
}

/**
 * Standard deviation of log peers once the means of segments and months are taken out, in turn until they stay: what the
 * elasticity is estimated from. Segments and months in which nothing began take no part in the estimate, nor here.
 */
function spreadWithin(all: readonly SegmentMonth[]): number {
  const seen = new Set(all.flatMap(({ segment, month, begun }) => (begun > 0 ? [segment, month] : [])));
  const rows = all.filter(({ segment, month }) => seen.has(segment) && seen.has(month));
  const segments = rows.map(({ segment }) => segment);
  const months = rows.map(({ month }) => month);
  let left = rows.map(logPeers);
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep += 1) {
    const before = left;
    left = centred(centred(left, segments), months);
    if (left.every((value, i) => Math.abs(value - before[i]!) < 1e-9)) break;
  }
  return Math.sqrt(mean(left.map((value) => value ** 2)));
}

/** Values less the mean of their group. */
function centred(values: readonly number[], groups: readonly (string | number)[]): number[] {
  const sums = new Map<string | number, { sum: number; n: number }>();
  values.forEach((value, i) => {
    const { sum, n } = sums.get(groups[i]!) ?? { sum: 0, n: 0 };
    sums.set(groups[i]!, { sum: sum + value, n: n + 1 });
  });
  return values.map((value, i) => value - sums.get(groups[i]!)!.sum / sums.get(groups[i]!)!.n);
}

function placeboOf(rows: readonly SegmentMonth[]): Density['placebo'] {
  const peers = new Map(rows.map((row) => [`${row.segment}|${row.month}`, logPeers(row)]));
  const paired = rows.flatMap((row) => {
    const later = peers.get(`${row.segment}|${row.month + PLACEBO_MONTHS}`);
    return later === undefined ? [] : [panelRow(row, [logPeers(row), later])];
  });
  const fit = fitPoissonPanel(paired);
  if (fit.status === 'failed') return null;
  return { ...elasticityOf(fit, 1), monthsAhead: PLACEBO_MONTHS, rows: fit.rows };
}

function panelRow({ segment, month, active, begun }: SegmentMonth, x: number[]): PanelRow {
  return { segment, period: month, count: begun, exposure: active, x };
}

function logPeers({ active }: SegmentMonth): number {
  return Math.log(active - 1);
}

function elasticityOf(fit: PanelFit & { status: 'fitted' }, at: number): Elasticity {
  const { value, standardError, low, high, p } = fit.coefficients[at]!;
  return { elasticity: value, standardError, low, high, p };
}

function reasonOf({ reason }: PanelFit & { status: 'failed' }): DensityReason {
  return reason === 'no_convergence' ? 'no_convergence' : 'no_variation';
}

function sideOf({ low, high }: Elasticity): Pick<Density, 'verdict' | 'reasons'> {
  if (low > 0) return { verdict: 'more_with_density', reasons: ['interval_above_zero'] };
  if (high < 0) return { verdict: 'fewer_with_density', reasons: ['interval_below_zero'] };
  return { verdict: 'no_association', reasons: ['interval_contains_zero'] };
}
