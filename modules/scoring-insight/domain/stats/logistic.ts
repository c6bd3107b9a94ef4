import { cholesky, invertCholesky, solveCholesky } from './cholesky.js';
import { rootOfFalling } from './root.js';

export interface LogisticInput {
  /** One row per observation, one column per predictor; the intercept is added here. */
  x: readonly (readonly number[])[];
  y: readonly boolean[];
  /** Ridge strength per column, 0 (the default) for none: adds ridge/2 coefficient^2 to the loss. */
  ridge?: readonly number[];
  /** Where the search starts (intercept first): the solution of a neighbouring problem saves steps. */
  start?: readonly number[];
}

export type LogisticFit =
  | {
      status: 'fitted';
      /** Intercept first, then one per column, in log odds per unit. */
      coefficients: number[];
      /** Unpenalised log-likelihood at the solution. */
      logLikelihood: number;
    }
  | {
      status: 'failed';
      /** `separation`: a combination of columns tells the classes apart, so the estimates run to infinity. */
      reason: 'separation' | 'collinear' | 'no_convergence';
    };

const MAX_STEPS = 50;
/** Newton's error after a step is of the order of the step squared: this leaves about 1e-14. */
const STEP_TOLERANCE = 1e-7;
/** Log odds beyond this are probabilities within 1e-13 of 0 or 1: no finite sample supports them. */
const MAX_LOG_ODDS = 30;

/** Logistic regression by Newton's method (IRLS) with step-halving; the intercept is never penalised. */
export function fitLogistic(input: LogisticInput): LogisticFit {
  const columns = input.x[0]?.length ?? 0;
  // Index 0 is the intercept from here on.
  const ridge = [0, ...(input.ridge ?? new Array<number>(columns).fill(0))];
  const penalty = (coefficients: readonly number[]): number =>
    coefficients.reduce((sum, value, j) => sum + (ridge[j]! / 2) * value ** 2, 0);

  let coefficients = [...(input.start ?? ridge.map(() => 0))];
  let state = evaluate(input, coefficients);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const gradient = state.gradient.map((value, j) => value - ridge[j]! * coefficients[j]!);
    const hessian = state.hessian.map((row, i) =>
      row.map((value, j) => (i === j ? value + ridge[j]! : value)),
    );
    const factor = cholesky(hessian);
    if (factor === null) {
      // Weights p(1-p) that vanish make the matrix singular as well.
      return {
        status: 'failed',
        reason: state.largestLogOdds > MAX_LOG_ODDS / 2 ? 'separation' : 'collinear',
      };
    }
    const direction = solveCholesky(factor, gradient);
    const loss = penalty(coefficients) - state.logLikelihood;

    let scale = 1;
    let next = coefficients;
    let nextState = state;
    for (; scale > 1e-6; scale /= 2) {
      next = coefficients.map((value, j) => value + scale * direction[j]!);
      nextState = evaluate(input, next);
      // Rounding may lift the loss by a few ulps next to the optimum; that is no reason to halve.
      if (penalty(next) - nextState.logLikelihood <= loss + 1e-12 * (1 + Math.abs(loss))) break;
    }
    coefficients = next;
    state = nextState;
    if (state.largestLogOdds > MAX_LOG_ODDS) return { status: 'failed', reason: 'separation' };
    if (direction.every((value) => Math.abs(value) < STEP_TOLERANCE)) {
      return { status: 'fitted', coefficients, logLikelihood: state.logLikelihood };
    }
  }
  return { status: 'failed', reason: 'no_convergence' };
}

/**
 * Covariance of unpenalised coefficients (intercept first): the inverse of the information X'WX at the solution. Its
 * diagonal holds the squares of Wald's standard errors. Null where the information is singular.
 */
export function logisticCovariance(
  x: LogisticInput['x'],
  coefficients: readonly number[],
): number[][] | null {
  const factor = cholesky(evaluate({ x, y: [] }, coefficients).hessian);
  return factor === null ? null : invertCholesky(factor);
}

/**
 * The intercept that, added to fixed log odds, makes the probabilities sum to the successes: maximum likelihood with an
 * offset. Null without both classes, where it would run to infinity.
 */
export function fitIntercept(offsets: readonly number[], y: readonly boolean[]): number | null {
  const successes = y.filter(Boolean).length;
  if (successes === 0 || successes === y.length) return null;
  const excess = (intercept: number): number =>
    successes - offsets.reduce((sum, offset) => sum + 1 / (1 + Math.exp(-intercept - offset)), 0);
  // The sum lies between those that all offsets would give at the least and at the greatest of them.
  const ofRate = Math.log(successes / (y.length - successes));
  const [least, greatest] = offsets.reduce(
    ([low, high], offset) => [Math.min(low, offset), Math.max(high, offset)],
    [Infinity, -Infinity],
  );
  return rootOfFalling(excess, ofRate - greatest, ofRate - least);
}

/** Probability of success of one row under fitted coefficients (intercept first). */
export function predictLogistic(coefficients: readonly number[], row: readonly number[]): number {
  return 1 / (1 + Math.exp(-linear(coefficients, row)));
}

/** Negative log-likelihood of one outcome; probabilities are kept 1e-15 away from 0 and 1. */
export function logLoss(probability: number, success: boolean): number {
  const kept = Math.min(Math.max(probability, 1e-15), 1 - 1e-15);
  return -Math.log(success ? kept : 1 - kept);
}

/** Probability of success at some log odds, its variance p(1 - p), and the negative log-likelihood of an outcome there. */
export function atLogOdds(
  logOdds: number,
  success: boolean,
): { probability: number; weight: number; loss: number } {
  // One exponential of a number that is never positive serves all three without overflow.
  const distance = logOdds < 0 ? -logOdds : logOdds;
  const e = Math.exp(-distance);
  const isOnTheWrongSide = success === logOdds < 0;
  return {
    probability: (logOdds < 0 ? e : 1) / (1 + e),
    weight: e / (1 + e) ** 2,
    loss: Math.log1p(e) + (isOnTheWrongSide ? distance : 0),
  };
}

interface Evaluation {
  logLikelihood: number;
  gradient: number[];
  hessian: number[][];
  largestLogOdds: number;
}

/** Log-likelihood with its gradient and negative Hessian, in one pass over the rows. */
function evaluate(input: LogisticInput, coefficients: readonly number[]): Evaluation {
  const size = coefficients.length;
  const gradient = new Array<number>(size).fill(0);
  const hessian = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  let logLikelihood = 0;
  let largestLogOdds = 0;
  for (let at = 0; at < input.x.length; at += 1) {
    const row = input.x[at]!;
    const success = input.y[at] === true;
    const logOdds = linear(coefficients, row);
    const { probability, weight, loss } = atLogOdds(logOdds, success);
    const residual = (success ? 1 : 0) - probability;
    logLikelihood -= loss;
    if (Math.abs(logOdds) > largestLogOdds) largestLogOdds = Math.abs(logOdds);
    gradient[0]! += residual;
    hessian[0]![0]! += weight;
    for (let i = 1; i < size; i += 1) {
      const value = row[i - 1]!;
      const weighted = weight * value;
      const target = hessian[i]!;
      gradient[i]! += residual * value;
      target[0]! += weighted;
      for (let j = 1; j <= i; j += 1) target[j]! += weighted * row[j - 1]!;
    }
  }
  for (let i = 0; i < size; i += 1) for (let j = i + 1; j < size; j += 1) hessian[i]![j] = hessian[j]![i]!;
  return { logLikelihood, gradient, hessian, largestLogOdds };
}

function linear(coefficients: readonly number[], row: readonly number[]): number {
  let sum = coefficients[0]!;
  for (let j = 0; j < row.length; j += 1) sum += coefficients[j + 1]! * row[j]!;
  return sum;
}
