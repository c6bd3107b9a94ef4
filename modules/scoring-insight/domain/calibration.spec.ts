import { describe, expect, it } from '@jest/globals';
import { mean } from 'simple-statistics';
import { golden, goldenLabels } from './__fixtures__/golden.js';
import { goldenStandardised } from './__fixtures__/golden-design.js';
import { assessCalibration } from './calibration.js';
import { predictLogistic } from './stats/logistic.js';

const fitted = goldenStandardised.map((row) => predictLogistic(golden.logit_std.beta, row));
const equalWeights = golden.X.map((row) => mean(row));

describe('assessCalibration', () => {
  it('agrees with scikit-learn and the reference on the probabilities of a fitted model', () => {
    const result = assessCalibration(fitted, goldenLabels);
    expect(result.brier).toBeCloseTo(golden.brier, 9);
    expect(result.spiegelhalterZ).toBeCloseTo(golden.spiegelhalter_z, 9);
    expect(result.spiegelhalterP).toBeCloseTo(0.9616, 3);
    // Maximum likelihood is calibrated on its own sample.
    expect(result.slope).toBeCloseTo(1, 6);
    expect(result.inTheLarge).toBeCloseTo(0, 6);
    expect(result.reasons).toEqual([]);
  });

  it('agrees with statsmodels on an index that is no probability', () => {
    const { slope_model, intercept_in_the_large } = golden.calibration_equal_weight_score;
    const result = assessCalibration(equalWeights, goldenLabels);
    expect(result.slope).toBeCloseTo(slope_model[1], 6);
    expect(result.inTheLarge).toBeCloseTo(intercept_in_the_large, 6);
    const rate = mean(golden.is_successful);
    expect(result.brierSkill).toBeCloseTo(1 - result.brier! / (rate * (1 - rate)), 12);
  });

  it('shows the success rate by bands of eight to ten deals at least, each deal once', () => {
    const { bands } = assessCalibration(fitted, goldenLabels);
    expect(bands).toHaveLength(8);
    expect(bands.map(({ n }) => n)).toEqual(Array(8).fill(10));
    expect(bands.reduce((sum, band) => sum + band.successes, 0)).toBe(17);
    expect(bands[7]!.rate).toBeGreaterThan(bands[0]!.rate);
    for (const [i, band] of bands.entries()) {
      expect(band.from).toBeLessThanOrEqual(band.meanScore);
      expect(band.meanScore).toBeLessThanOrEqual(band.to);
      expect(band.low).toBeLessThanOrEqual(band.rate);
      expect(band.high).toBeGreaterThanOrEqual(band.rate);
      if (i > 0) expect(band.from).toBeGreaterThan(bands[i - 1]!.to);
    }
  });

  it('keeps equal scores in one band, and leaves no band below ten', () => {
    const scores = [...Array<number>(25).fill(0.4), ...Array.from({ length: 14 }, (_, i) => 0.5 + i / 100)];
    const { bands } = assessCalibration(
      scores,
      scores.map((_, i) => i % 2 === 0),
    );
    expect(bands.map(({ n, from, to }) => [n, from, to])).toEqual([
      [25, 0.4, 0.4],
      [14, 0.5, 0.63],
    ]);
    expect(bands[0]).toMatchObject({ successes: 13, rate: 0.52 });
  });

  it('has at most ten bands however many deals', () => {
    const scores = Array.from({ length: 1234 }, (_, i) => (i + 0.5) / 1234);
    const { bands } = assessCalibration(
      scores,
      scores.map((score) => score > 0.5),
    );
    expect(bands).toHaveLength(10);
    expect(bands.reduce((sum, { n }) => sum + n, 0)).toBe(1234);
  });

  it.each([
    ['nothing', [], [], ['no_deals']],
    ['one deal', [0.3], [true], ['too_few_deals_for_bands', 'single_class']],
    ['two deals that are separated', [0.3, 0.6], [false, true], ['too_few_deals_for_bands', 'separation']],
    [
      'scores so close that the search for a slope does not end',
      [0.4999999999504346, 0.5000000000000039, 0.4997258197069168, 0.5000000000000021],
      [false, true, true, true],
      ['too_few_deals_for_bands', 'no_convergence'],
    ],
    [
      'scores that all stand for never',
      [0, 1e-7],
      [false, true],
      ['too_few_deals_for_bands', 'constant_score'],
    ],
    ['two deals of one score', [0.3, 0.3], [false, true], ['too_few_deals_for_bands', 'constant_score']],
    [
      'scores of one half',
      [0.5, 0.5],
      [false, true],
      ['too_few_deals_for_bands', 'no_spread', 'constant_score'],
    ],
    [
      'certain scores, one of them wrong',
      [0, 0, 1, 1],
      [false, true, false, true],
      ['too_few_deals_for_bands', 'no_spread'],
    ],
  ] as const)('says why for %s, in finite numbers', (_, scores, labels, reasons) => {
    const result = assessCalibration(scores, labels);
    expect(result.reasons).toEqual(reasons);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });
});
