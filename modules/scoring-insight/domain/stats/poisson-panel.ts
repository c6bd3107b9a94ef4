import tCdf from '@stdlib/stats-base-dists-t-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { cholesky, solveCholesky } from './cholesky.js';

/** One segment in one period. */
export interface PanelRow {
  segment: string;
  period: number;
  /** Events seen, a whole number. */
  count: number;
  /** What could bring about an event, above 0: the rate is count / exposure. */
  exposure: number;
  /** Covariates, as many in every row. */
  x: readonly number[];
}

export interface PanelCoefficient {
  /** Log of the rate per unit of the covariate. */
  value: number;
  standardError: number;
  /** 95% limits, t with segments - 1 degrees of freedom. */
  low: number;
  high: number;
  t: number;
  /** Two-sided. */
  p: number;
}

export type PanelFit =
  | {
      status: 'fitted';
      /** In the order of the covariates. */
      coefficients: PanelCoefficient[];
      /** Rows, segments, periods and events that took part. */
      rows: number;
      segments: number;
      periods: number;
      events: number;
    }
  | { status: 'failed'; reason: 'too_few_rows' | 'no_variation' | 'no_variance' | 'no_convergence' };

const MAX_STEPS = 50;
/** Newton's error after a step is of the order of the step squared. */
const STEP_TOLERANCE = 1e-8;
const CONFIDENCE = 0.95;

/**
 * Poisson regression of a rate with an effect of its own for every segment and every period:
 * log E(count) = log(exposure) + segment + period + b'x, by Newton's method with step-halving.
 *
 * Errors are clustered by segment (Liang and Zeger 1986), which also takes in over- and underdispersion, times
 * G/(G - 1) (N - 1)/(N - K) with all K coefficients counted, those of segments and periods too; the limits are those of t
 * with G - 1 degrees of freedom (Cameron and Miller 2015). Rows without exposure, and segments and periods without any
 * event, say nothing about b (their own effect would be minus infinity) and are left out.
 */
export function fitPoissonPanel(input: readonly PanelRow[]): PanelFit {
  const rows = informative(input);
  const segments = indexOf(rows.map((row) => row.segment));
  const periods = indexOf(rows.map((row) => row.period));
  const covariates = rows[0]?.x.length ?? 0;
  // The first period is the one that the others are held against.
  const size = segments.size + periods.size - 1 + covariates;
  if (segments.size < 2 || rows.length <= size) return { status: 'failed', reason: 'too_few_rows' };
  const design = rows.map((row): DesignRow => {
    const period = periods.get(row.period)!;
    const dummies = [segments.get(row.segment)!];
    if (period > 0) dummies.push(segments.size + period - 1);
    return { ...row, dummies, offset: Math.log(row.exposure) };
  });
  const first = size - covariates;

  let coefficients = startOf(design, size);
  let state = evaluate(design, coefficients, first);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const factor = cholesky(state.hessian);
    if (factor === null) return { status: 'failed', reason: 'no_variation' };
    const direction = solveCholesky(factor, state.gradient);
    let scale = 1;
    let next = coefficients;
    let nextState = state;
    for (; scale > 1e-6; scale /= 2) {
      next = coefficients.map((value, j) => value + scale * direction[j]!);
      nextState = evaluate(design, next, first);
      // Rounding may lower the likelihood by a few ulps next to the optimum; that is no reason to halve.
      if (nextState.logLikelihood >= state.logLikelihood - 1e-12 * Math.abs(state.logLikelihood)) break;
    }
    coefficients = next;
    state = nextState;
    if (direction.every((value) => Math.abs(value) < STEP_TOLERANCE)) {
      const errors = clusteredErrors(design, state, segments.size, first);
      if (errors === null) return { status: 'failed', reason: 'no_variation' };
      if (errors.some((error) => !(error > 0))) return { status: 'failed', reason: 'no_variance' };
      return {
        status: 'fitted',
        coefficients: errors.map((error, j) => judged(coefficients[first + j]!, error, segments.size - 1)),
        rows: rows.length,
        segments: segments.size,
        periods: periods.size,
        events: rows.reduce((sum, { count }) => sum + count, 0),
      };
    }
  }
  return { status: 'failed', reason: 'no_convergence' };
}

interface DesignRow extends PanelRow {
  /** Columns of the segment's and, but for the first, the period's effect. */
  dummies: number[];
  offset: number;
}

interface Evaluation {
  logLikelihood: number;
  gradient: number[];
  hessian: number[][];
  /** Expected counts. */
  means: number[];
}

/** Without what says nothing; dropping a segment may empty a period, and the other way round. */
function informative(input: readonly PanelRow[]): PanelRow[] {
  let rows = input.filter(({ exposure }) => exposure > 0);
  for (;;) {
    const seen = new Set<string | number>();
    for (const { segment, period, count } of rows) if (count > 0) seen.add(segment).add(period);
    const kept = rows.filter(({ segment, period }) => seen.has(segment) && seen.has(period));
    if (kept.length === rows.length) return kept;
    rows = kept;
  }
}

function indexOf<T>(values: readonly T[]): Map<T, number> {
  const index = new Map<T, number>();
  for (const value of values) if (!index.has(value)) index.set(value, index.size);
  return index;
}

/** Every segment at its own rate, periods and covariates without effect. */
function startOf(rows: readonly DesignRow[], size: number): number[] {
  const counts = new Array<number>(size).fill(0);
  const exposures = new Array<number>(size).fill(0);
  for (const { dummies, count, exposure } of rows) {
    counts[dummies[0]!]! += count;
    exposures[dummies[0]!]! += exposure;
  }
  return counts.map((count, j) => (count > 0 ? Math.log(count / exposures[j]!) : 0));
}

function evaluate(rows: readonly DesignRow[], coefficients: readonly number[], first: number): Evaluation {
  const size = coefficients.length;
  const gradient = new Array<number>(size).fill(0);
  const hessian = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  let logLikelihood = 0;
  const means: number[] = [];
  for (const { dummies, x, offset, count } of rows) {
    let linear = offset;
    for (const column of dummies) linear += coefficients[column]!;
    for (let j = 0; j < x.length; j += 1) linear += x[j]! * coefficients[first + j]!;
    const expected = Math.exp(linear);
    const residual = count - expected;
    logLikelihood += count * linear - expected;
    means.push(expected);
    for (const column of dummies) {
      gradient[column]! += residual;
      // A period's column is behind every segment's.
      for (const other of dummies) if (other <= column) hessian[column]![other]! += expected;
    }
    for (let j = 0; j < x.length; j += 1) {
      const row = hessian[first + j]!;
      gradient[first + j]! += residual * x[j]!;
      for (const column of dummies) row[column]! += expected * x[j]!;
      for (let k = 0; k <= j; k += 1) row[first + k]! += expected * x[j]! * x[k]!;
    }
  }
  for (let i = 0; i < size; i += 1) for (let j = i + 1; j < size; j += 1) hessian[i]![j] = hessian[j]![i]!;
  return { logLikelihood, gradient, hessian, means };
}

/** Of each covariate, from the sums of each segment's scores; null where the information is singular. */
function clusteredErrors(
  rows: readonly DesignRow[],
  { hessian, means }: Evaluation,
  segments: number,
  first: number,
): number[] | null {
  const factor = cholesky(hessian);
  if (factor === null) return null;
  const size = hessian.length;
  const scores = Array.from({ length: segments }, () => new Array<number>(size).fill(0));
  rows.forEach(({ dummies, x, count }, i) => {
    const score = scores[dummies[0]!]!;
    const residual = count - means[i]!;
    for (const column of dummies) score[column]! += residual;
    x.forEach((value, j) => (score[first + j]! += residual * value));
  });
  const correction = (segments / (segments - 1)) * ((rows.length - 1) / (rows.length - size));
  return Array.from({ length: size - first }, (_, j) => {
    const unit = hessian.map((__, i) => (i === first + j ? 1 : 0));
    const bread = solveCholesky(factor, unit);
    const variance = scores.reduce((sum, score) => {
      const influence = score.reduce((total, value, i) => total + value * bread[i]!, 0);
      return sum + influence ** 2;
    }, 0);
    return Math.sqrt(correction * variance);
  });
}

function judged(value: number, standardError: number, df: number): PanelCoefficient {
  const half = tQuantile(1 - (1 - CONFIDENCE) / 2, df) * standardError;
  const t = value / standardError;
  return {
    value,
    standardError,
    low: value - half,
    high: value + half,
    t,
    p: 2 * tCdf(-Math.abs(t), df),
  };
}
