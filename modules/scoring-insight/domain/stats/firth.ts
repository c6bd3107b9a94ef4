import { cholesky, invertCholesky, solveCholesky } from './cholesky.js';
import { atLogOdds, fitIntercept } from './logistic.js';

export interface FirthFit {
  /** Intercept first, then one per column, in log odds per unit: the maximum of the penalised likelihood. */
  coefficients: number[];
  /** Square roots of the diagonal of (X'WX)^-1: Wald approximations, good only where the likelihood is near quadratic. */
  standardErrors: number[];
  /** Log-likelihood plus half the log determinant of X'WX. */
  penalisedLogLikelihood: number;
  /** Intercept refitted by plain maximum likelihood with the slopes fixed, for predictions (FLIC). */
  interceptForPredictions: number;
}

const MAX_STEPS = 200;
/** The largest change of a coefficient in one step, in log odds. */
const MAX_CHANGE = 5;
const STEP_TOLERANCE = 1e-9;

/**
 * Logistic regression with Firth's penalty (Jeffreys' prior): finite estimates where classes are separated.
 *
 * Solves X'(y - p + h(1/2 - p)) = 0, h the leverages of the weighted design, by scoring with bounded steps, halved while
 * the penalised likelihood falls (Firth 1993; Heinze and Schemper 2002). The penalty pulls predictions towards 1/2, so
 * the intercept for them is fitted again (FLIC, Puhr et al. 2017).
 * @returns null for linearly dependent columns, a single class, or where 200 steps do not suffice
 */
export function fitFirth(x: readonly (readonly number[])[], y: readonly boolean[]): FirthFit | null {
  const size = (x[0]?.length ?? 0) + 1;
  let coefficients = new Array<number>(size).fill(0);
  let state = evaluate(x, y, coefficients);
  for (let step = 0; state !== null && step < MAX_STEPS; step += 1) {
    const direction = solveCholesky(state.factor, state.score);
    const longest = Math.max(...direction.map(Math.abs));
    if (longest < STEP_TOLERANCE) {
      const offsets = x.map((row) => row.reduce((sum, value, j) => sum + coefficients[j + 1]! * value, 0));
      const interceptForPredictions = fitIntercept(offsets, y);
      if (interceptForPredictions === null) return null;
      return {
        coefficients,
        standardErrors: invertCholesky(state.factor).map((row, j) => Math.sqrt(row[j]!)),
        penalisedLogLikelihood: state.penalisedLogLikelihood,
        interceptForPredictions,
      };
    }
    const climb = longest > MAX_CHANGE ? MAX_CHANGE / longest : 1;
    const moved = (by: number): number[] => coefficients.map((value, j) => value + by * direction[j]!);
    const before = state;
    let by = climb;
    let next = evaluate(x, y, moved(by));
    // The information leaves out the penalty's own curvature, so that full steps may swing around the optimum.
    const [slope, slopeThere] = [
      dot(before.score, direction),
      next === null ? 0 : dot(next.score, direction),
    ];
    if (slopeThere < 0) {
      by = (climb * slope) / (slope - slopeThere);
      next = evaluate(x, y, moved(by));
    }
    while (by > 1e-9 && !isNoLower(next, before)) {
      by /= 2;
      next = evaluate(x, y, moved(by));
    }
    coefficients = moved(by);
    state = next;
  }
  return null;
}

/** Rounding may lower the likelihood by a few ulps next to the optimum. */
function isNoLower(next: Evaluation | null, before: Evaluation): boolean {
  const floor = before.penalisedLogLikelihood - 1e-12 * (1 + Math.abs(before.penalisedLogLikelihood));
  return next !== null && next.penalisedLogLikelihood >= floor;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

interface Evaluation {
  /** Cholesky factor of X'WX. */
  factor: number[][];
  score: number[];
  penalisedLogLikelihood: number;
}

/** Null where X'WX is singular. */
function evaluate(
  x: readonly (readonly number[])[],
  y: readonly boolean[],
  coefficients: readonly number[],
): Evaluation | null {
  const size = coefficients.length;
  const rows = x.map((row) => [1, ...row]);
  const information = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  let logLikelihood = 0;
  const fitted = rows.map((row, at) => {
    const logOdds = row.reduce((sum, value, j) => sum + coefficients[j]! * value, 0);
    const { probability, weight, loss } = atLogOdds(logOdds, y[at] === true);
    logLikelihood -= loss;
    for (let i = 0; i < size; i += 1)
      for (let j = 0; j < size; j += 1) information[i]![j]! += weight * row[i]! * row[j]!;
    return { probability, weight };
  });
  const factor = cholesky(information);
  if (factor === null) return null;
  const inverse = invertCholesky(factor);
  const score = new Array<number>(size).fill(0);
  rows.forEach((row, at) => {
    const { probability, weight } = fitted[at]!;
    let spread = 0;
    for (let i = 0; i < size; i += 1)
      for (let j = 0; j < size; j += 1) spread += row[i]! * inverse[i]![j]! * row[j]!;
    const residual = (y[at] === true ? 1 : 0) - probability + weight * spread * (0.5 - probability);
    for (let j = 0; j < size; j += 1) score[j]! += residual * row[j]!;
  });
  const logDeterminant = factor.reduce((sum, row, i) => sum + 2 * Math.log(row[i]!), 0);
  return { factor, score, penalisedLogLikelihood: logLikelihood + logDeterminant / 2 };
}
