import { describe, expect, it } from '@jest/globals';
import { golden, goldenLabels } from '../__fixtures__/golden.js';
import { farthest, goldenStandardised } from '../__fixtures__/golden-design.js';
import { type FirthFit, fitFirth } from './firth.js';
import { predictLogistic } from './logistic.js';

function fitted(x: number[][], y: boolean[]): FirthFit {
  const fit = fitFirth(x, y);
  if (fit === null) throw new Error('no fit');
  return fit;
}

const separated = golden.firth_separated.x.map((value) => [value]);
const halves = golden.firth_separated.y.map((label) => label === 1);

describe('fitFirth', () => {
  it('agrees with the reference on 80 deals and six components', () => {
    const fit = fitted(goldenStandardised, goldenLabels);
    expect(farthest(fit.coefficients, golden.firth.beta)).toBeLessThan(1e-6);
    expect(farthest(fit.standardErrors, golden.firth.se)).toBeLessThan(1e-6);
  });

  it('is finite where a column separates the classes, and agrees with the reference', () => {
    const fit = fitted(separated, halves);
    expect(farthest(fit.coefficients, golden.firth_separated.beta)).toBeLessThan(1e-6);
    expect(farthest(fit.standardErrors, golden.firth_separated.se)).toBeLessThan(1e-6);
  });

  it('maximises the penalised likelihood: any step away lowers it', () => {
    const { coefficients, penalisedLogLikelihood } = fitted(separated, halves);
    const at = (intercept: number, slope: number): number => {
      const p = separated.map(([x]) => predictLogistic([intercept, slope], [x!]));
      const w = p.map((each) => each * (1 - each));
      const sum = (power: number) =>
        w.reduce((total, each, i) => total + each * separated[i]![0]! ** power, 0);
      const fit = p.reduce((total, each, i) => total + Math.log(halves[i] ? each : 1 - each), 0);
      return fit + Math.log(sum(0) * sum(2) - sum(1) ** 2) / 2;
    };
    const [intercept, slope] = [coefficients[0]!, coefficients[1]!];
    expect(at(intercept, slope)).toBeCloseTo(penalisedLogLikelihood, 9);
    for (const step of [-0.01, 0.01]) {
      expect(at(intercept + step, slope)).toBeLessThan(penalisedLogLikelihood);
      expect(at(intercept, slope + step)).toBeLessThan(penalisedLogLikelihood);
    }
  });

  it('has an intercept for predictions that makes them sum to the successes', () => {
    const { coefficients, interceptForPredictions } = fitted(goldenStandardised, goldenLabels);
    const sumWith = (intercept: number) =>
      goldenStandardised.reduce(
        (sum, row) => sum + predictLogistic([intercept, ...coefficients.slice(1)], row),
        0,
      );
    expect(sumWith(interceptForPredictions)).toBeCloseTo(golden.is_successful.filter(Boolean).length, 9);
    expect(sumWith(coefficients[0]!)).toBeGreaterThan(golden.is_successful.filter(Boolean).length + 0.5);
  });

  it('gives none for a repeated column, a constant one, a single class and no rows', () => {
    expect(
      fitFirth(
        separated.map(([x]) => [x!, 2 * x!]),
        halves,
      ),
    ).toBeNull();
    expect(
      fitFirth(
        separated.map(() => [0.7]),
        halves,
      ),
    ).toBeNull();
    expect(
      fitFirth(
        separated,
        halves.map(() => true),
      ),
    ).toBeNull();
    expect(fitFirth([], [])).toBeNull();
  });
});
