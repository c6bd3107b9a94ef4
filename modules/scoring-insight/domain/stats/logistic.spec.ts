import { describe, expect, it } from '@jest/globals';
import { mean } from 'simple-statistics';
import { golden, goldenLabels } from '../__fixtures__/golden.js';
import { farthest, goldenStandardised as standardised } from '../__fixtures__/golden-design.js';
import {
  fitIntercept,
  fitLogistic,
  type LogisticInput,
  logisticCovariance,
  logLoss,
  predictLogistic,
} from './logistic.js';

function fitted(input: LogisticInput): {
  coefficients: number[];
  logLikelihood: number;
} {
  const fit = fitLogistic(input);
  if (fit.status === 'failed') throw new Error(fit.reason);
  return fit;
}

function expectClose(actual: readonly number[], expected: readonly number[], digits: number): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits));
}

const logitOfMean = golden.X.map((row) => Math.log(mean(row) / (1 - mean(row))));

describe('fitLogistic', () => {
  it('agrees with statsmodels Logit: coefficients, likelihood, log loss', () => {
    const fit = fitted({ x: standardised, y: goldenLabels });
    expectClose(fit.coefficients, golden.logit_std.beta, 9);
    expect(fit.logLikelihood).toBeCloseTo(golden.logit_std.llf, 9);
    const losses = standardised.map((row, i) =>
      logLoss(predictLogistic(fit.coefficients, row), goldenLabels[i]!),
    );
    expect(mean(losses)).toBeCloseTo(golden.logloss, 9);
  });

  it('agrees with scipy and scikit-learn on a ridge with a free intercept', () => {
    const fit = fitted({ x: standardised, y: goldenLabels, ridge: Array<number>(6).fill(1) });
    expectClose(fit.coefficients, golden.ridge_lambda1_unpenalised_intercept, 6);
  });

  it('agrees with statsmodels on the calibration of a score', () => {
    const slope = fitted({ x: logitOfMean.map((value) => [value]), y: goldenLabels });
    expectClose(slope.coefficients, golden.calibration_equal_weight_score.slope_model, 9);
  });

  it('agrees with scipy on a ridge centred on a score: the score unpenalised beside its own columns', () => {
    const weights = [0.3, 0.25, 0.2, 0.15, 0.1];
    const x = golden.X.map((row) => {
      const components = row.slice(0, 5);
      return [components.reduce((sum, value, j) => sum + value * weights[j]!, 0), ...components];
    });
    const fit = fitted({ x, y: goldenLabels, ridge: [0, 2, 2, 2, 2, 2] });
    expectClose(
      fit.coefficients,
      [
        -6.469240195749159, 9.775664959741654, 0.3844488668465647, 0.18315184937407317, -0.3291358938733292,
        -0.2113490403033414, -0.635930875773207,
      ],
      9,
    );
  });

  it('has the same coefficients on twice the rows', () => {
    const once = fitted({ x: standardised, y: goldenLabels });
    const twice = fitted({ x: [...standardised, ...standardised], y: [...goldenLabels, ...goldenLabels] });
    expectClose(twice.coefficients, once.coefficients, 9);
  });

  it('finds the same optimum from any start', () => {
    const start = [3, -2, 1, 4, -5, 2, 1];
    expectClose(fitted({ x: standardised, y: goldenLabels, start }).coefficients, golden.logit_std.beta, 9);
  });

  it('refuses separated classes, in one column or in a combination', () => {
    const x = [[1], [2], [3], [4], [5], [6]];
    const y = [false, false, false, true, true, true];
    expect(fitLogistic({ x, y })).toEqual({ status: 'failed', reason: 'separation' });
    expect(fitLogistic({ x: x.map(() => []), y: x.map(() => true) })).toEqual({
      status: 'failed',
      reason: 'separation',
    });
    // With a ridge the estimate is finite.
    expect(fitLogistic({ x, y, ridge: [1] }).status).toBe('fitted');
  });

  it('refuses constant and repeated columns, which a ridge resolves', () => {
    const y = goldenLabels;
    const repeated = golden.X.map((row) => [row[0]!, row[0]!]);
    expect(fitLogistic({ x: repeated, y })).toEqual({ status: 'failed', reason: 'collinear' });
    expect(fitLogistic({ x: golden.X.map(() => [0.7]), y })).toEqual({
      status: 'failed',
      reason: 'collinear',
    });
    const [, first, second] = fitted({ x: repeated, y, ridge: [1, 1] }).coefficients;
    expect(first).toBeCloseTo(second!, 9);
  });
});

describe('logisticCovariance', () => {
  it('agrees with the standard errors of statsmodels', () => {
    const covariance = logisticCovariance(standardised, golden.logit_std.beta)!;
    expect(
      farthest(
        covariance.map((row, j) => Math.sqrt(row[j]!)),
        golden.logit_std.se,
      ),
    ).toBeLessThan(1e-6);
  });

  it('halves on twice the rows', () => {
    const once = logisticCovariance(standardised, golden.logit_std.beta)!;
    const twice = logisticCovariance([...standardised, ...standardised], golden.logit_std.beta)!;
    expect(
      farthest(
        twice.flat(),
        once.flat().map((value) => value / 2),
      ),
    ).toBeLessThan(1e-12);
  });

  it('is none for a column that says nothing', () => {
    expect(
      logisticCovariance(
        golden.X.map(() => [1]),
        [0, 0],
      ),
    ).toBeNull();
  });
});

describe('fitIntercept', () => {
  it('agrees with statsmodels on calibration in the large', () => {
    const { intercept_in_the_large } = golden.calibration_equal_weight_score;
    expect(fitIntercept(logitOfMean, goldenLabels)).toBeCloseTo(intercept_in_the_large, 9);
  });

  it('is the log odds of the rate without offsets, and infinite, hence none, for a single class', () => {
    expect(fitIntercept([0, 0, 0, 0], [true, false, false, false])).toBeCloseTo(Math.log(1 / 3), 12);
    expect(fitIntercept([0, 1], [true, true])).toBeNull();
    expect(fitIntercept([0, 1], [false, false])).toBeNull();
    expect(fitIntercept([], [])).toBeNull();
  });
});

describe('logLoss', () => {
  it('stays finite for a wrong certainty', () => {
    expect(logLoss(0, true)).toBeCloseTo(-Math.log(1e-15), 6);
    expect(logLoss(0.25, false)).toBeCloseTo(-Math.log(0.75), 12);
  });
});
