import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { golden, goldenColumn, goldenLabels } from '../__fixtures__/golden.js';
import { rocAuc } from './auc.js';

/** Every pair compared, as the definitions say: O(n^2). */
function naive(scores: number[], labels: boolean[]): { auc: number; variance: number } {
  const positives = scores.filter((_, i) => labels[i]);
  const negatives = scores.filter((_, i) => !labels[i]);
  const psi = (x: number, y: number): number => (x > y ? 1 : x === y ? 0.5 : 0);
  const average = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const spread = (values: number[]): number =>
    values.reduce((sum, value) => sum + (value - average(values)) ** 2, 0) / (values.length - 1);
  const v10 = positives.map((x) => average(negatives.map((y) => psi(x, y))));
  const v01 = negatives.map((y) => average(positives.map((x) => psi(x, y))));
  return { auc: average(v10), variance: spread(v10) / positives.length + spread(v01) / negatives.length };
}

const sample = fc
  .array(fc.record({ score: fc.integer({ min: 0, max: 12 }), label: fc.boolean() }), {
    minLength: 4,
    maxLength: 60,
  })
  .filter((rows) => {
    const positives = rows.filter((row) => row.label).length;
    return positives >= 2 && rows.length - positives >= 2;
  })
  .map((rows) => ({ scores: rows.map((row) => row.score), labels: rows.map((row) => row.label) }));

describe('rocAuc', () => {
  it.each(golden.names)('agrees with scikit-learn and DeLong for %s', (name) => {
    const expected = golden.univariate[name]!;
    const result = rocAuc(goldenColumn(name), goldenLabels)!;
    expect(result.auc).toBeCloseTo(expected.auc.auc, 12);
    expect(Math.sqrt(result.variance!)).toBeCloseTo(expected.auc.se_delong, 12);
    expect(result.low).toBeCloseTo(expected.auc.ci_logit[0], 9);
    expect(result.high).toBeCloseTo(expected.auc.ci_logit[1], 9);
    expect(result.interval).toBe('delong_logit');
    expect(2 * result.auc - 1).toBeCloseTo(expected.cliffs_delta, 12);
  });

  it('equals the pairwise definitions of area and variance, ties included', () => {
    fc.assert(
      fc.property(sample, ({ scores, labels }) => {
        const result = rocAuc(scores, labels)!;
        const expected = naive(scores, labels);
        expect(result.auc).toBeCloseTo(expected.auc, 12);
        expect(result.variance).toBeCloseTo(expected.variance, 12);
      }),
    );
  });

  it('mirrors when the scores change sign and ignores monotone maps', () => {
    fc.assert(
      fc.property(sample, ({ scores, labels }) => {
        const result = rocAuc(scores, labels)!;
        const mirrored = rocAuc(
          scores.map((score) => -score),
          labels,
        )!;
        expect(mirrored.auc).toBeCloseTo(1 - result.auc, 12);
        expect(mirrored.low).toBeCloseTo(1 - result.high, 9);
        expect(mirrored.high).toBeCloseTo(1 - result.low, 9);
        const mapped = rocAuc(
          scores.map((score) => Math.exp(score)),
          labels,
        )!;
        expect(mapped).toEqual(result);
      }),
    );
  });

  it('always has limits in [0, 1] around the area', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ score: fc.integer({ min: 0, max: 3 }), label: fc.boolean() }), {
          maxLength: 12,
        }),
        (rows) => {
          const result = rocAuc(
            rows.map((row) => row.score),
            rows.map((row) => row.label),
          );
          if (result === null) return;
          expect(result.low).toBeGreaterThanOrEqual(0);
          expect(result.low).toBeLessThanOrEqual(result.auc);
          expect(result.high).toBeGreaterThanOrEqual(result.auc);
          expect(result.high).toBeLessThanOrEqual(1);
          expect(result.high).toBeGreaterThan(result.low);
        },
      ),
    );
  });

  it('has nearly half the variance on twice the rows', () => {
    const scores = goldenColumn('historical');
    const once = rocAuc(scores, goldenLabels)!;
    const twice = rocAuc([...scores, ...scores], [...goldenLabels, ...goldenLabels])!;
    expect(twice.auc).toBe(once.auc);
    expect(twice.variance! / once.variance!).toBeGreaterThan(0.47);
    expect(twice.variance! / once.variance!).toBeLessThan(0.5);
  });

  // Expected limits: Newcombe's equation solved by scipy's brentq.
  it.each([
    { name: '10 of 10 apart', up: 10, down: 10, low: 0.800213612881106 },
    { name: '5 against 30', up: 5, down: 30, low: 0.7767191284076309 },
  ])('takes Newcombe method 5 at an area of 1: $name', ({ up, down, low }) => {
    const scores = [...Array<number>(up).fill(1), ...Array<number>(down).fill(0)];
    const labels = scores.map((score) => score === 1);
    expect(rocAuc(scores, labels)).toMatchObject({ auc: 1, high: 1, variance: 0, interval: 'newcombe_5' });
    expect(rocAuc(scores, labels)!.low).toBeCloseTo(low, 9);
    const inverse = rocAuc(
      scores,
      labels.map((label) => !label),
    )!;
    expect(inverse).toMatchObject({ auc: 0, low: 0 });
    expect(inverse.high).toBeCloseTo(1 - low, 9);
  });

  it('takes Newcombe method 5 where every score is tied', () => {
    const labels = [...Array<boolean>(12).fill(true), ...Array<boolean>(8).fill(false)];
    const result = rocAuc(
      labels.map(() => 7),
      labels,
    )!;
    expect(result).toMatchObject({ auc: 0.5, variance: 0, interval: 'newcombe_5' });
    expect(result.low).toBeCloseTo(0.2699499813848575, 9);
    expect(result.high).toBeCloseTo(0.7300500186151425, 9);
  });

  it('takes Newcombe method 5 with a single row in a class', () => {
    const result = rocAuc([3, 1, 2, 4, 0], [true, false, false, false, false])!;
    expect(result).toMatchObject({ auc: 0.75, variance: null, interval: 'newcombe_5' });
    expect(result.low).toBeCloseTo(0.20349751124676843, 9);
    expect(result.high).toBeCloseTo(0.9706774583791787, 9);
  });

  it('is undefined without both classes', () => {
    expect(rocAuc([], [])).toBeNull();
    expect(rocAuc([1, 2], [true, true])).toBeNull();
    expect(rocAuc([1, 2], [false, false])).toBeNull();
  });
});
