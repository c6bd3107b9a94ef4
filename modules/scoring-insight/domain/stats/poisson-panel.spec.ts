import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fitPoissonPanel, type PanelRow } from './poisson-panel.js';

/** Segment, period, exposure, a second covariate, count. */
const DATA: readonly (readonly [number, number, number, number, number])[] = [
  [0, 0, 24, 5, 7],
  [0, 1, 25, 8, 6],
  [0, 2, 27, 1, 7],
  [0, 3, 28, 9, 8],
  [0, 4, 31, 4, 20],
  [0, 5, 28, 5, 18],
  [0, 6, 27, 9, 15],
  [0, 7, 31, 4, 12],
  [1, 0, 12, 8, 3],
  [1, 1, 14, 3, 9],
  [1, 2, 14, 2, 3],
  [1, 3, 11, 6, 3],
  [1, 4, 15, 8, 9],
  [1, 5, 17, 5, 6],
  [1, 6, 18, 3, 3],
  [1, 7, 23, 1, 14],
  [2, 0, 29, 7, 8],
  [2, 1, 33, 8, 23],
  [2, 2, 37, 0, 10],
  [2, 3, 40, 9, 13],
  [2, 4, 40, 3, 20],
  [2, 5, 45, 1, 31],
  [2, 6, 44, 2, 20],
  [2, 7, 49, 8, 24],
  [3, 0, 40, 4, 19],
  [3, 1, 43, 9, 13],
  [3, 2, 41, 5, 21],
  [3, 3, 45, 8, 17],
  [3, 4, 43, 6, 30],
  [3, 5, 45, 3, 13],
  [3, 6, 46, 2, 10],
  [3, 7, 51, 4, 17],
  [4, 0, 19, 1, 4],
  [4, 1, 24, 6, 14],
  [4, 2, 24, 9, 6],
  [4, 3, 29, 2, 5],
  [4, 4, 28, 1, 17],
  [4, 5, 31, 6, 15],
  [4, 6, 35, 2, 14],
  [4, 7, 33, 2, 3],
  [5, 0, 37, 3, 7],
  [5, 1, 35, 7, 13],
  [5, 2, 35, 7, 15],
  [5, 3, 37, 5, 12],
  [5, 4, 41, 0, 16],
  [5, 5, 46, 8, 22],
  [5, 6, 43, 7, 11],
  [5, 7, 44, 6, 9],
];

const panel = (covariates: 1 | 2): PanelRow[] =>
  DATA.map(([segment, period, exposure, other, count]) => ({
    segment: `s${segment}`,
    period,
    count,
    exposure,
    x: covariates === 1 ? [Math.log(exposure - 1)] : [Math.log(exposure - 1), other],
  }));

const fitted = (rows: readonly PanelRow[]) => {
  const fit = fitPoissonPanel(rows);
  if (fit.status === 'failed') throw new Error(fit.reason);
  return fit;
};

describe('fitPoissonPanel', () => {
  // statsmodels 0.15.0: GLM Poisson with dummies and offset, cov_type='cluster', use_t=True (tol 1e-14).
  const expected = [
    [
      {
        value: 0.5761137044278146,
        standardError: 0.7512167099213242,
        low: -1.3549503247224157,
        high: 2.507177733578045,
        t: 0.766907467338089,
        p: 0.4777653792738915,
      },
    ],
    [
      {
        value: 0.7824395765094032,
        standardError: 0.6986944636830266,
        low: -1.0136117204938415,
        high: 2.578490873512648,
        t: 1.1198594195020972,
        p: 0.31366375611862995,
      },
      {
        value: 0.030449867714036974,
        standardError: 0.01719953810011614,
        low: -0.013762952507456308,
        high: 0.07466268793553026,
        t: 1.7703886893236602,
        p: 0.13687905315915086,
      },
    ],
  ];

  it.each([1, 2] as const)('is that of statsmodels with %i covariate(s)', (covariates) => {
    const fit = fitted(panel(covariates));
    expect(fit).toMatchObject({ rows: 48, segments: 6, periods: 8 });
    expect(fit.coefficients).toHaveLength(covariates);
    fit.coefficients.forEach((coefficient, j) => {
      for (const [name, value] of Object.entries(expected[covariates - 1]![j]!))
        expect(coefficient[name as keyof typeof coefficient]).toBeCloseTo(value, 9);
    });
  });

  it('leaves out what says nothing: no exposure, segments and periods without an event', () => {
    const idle = (segment: string, period: number, exposure: number): PanelRow => ({
      segment,
      period,
      count: 0,
      exposure,
      x: [period],
    });
    const rows = panel(1);
    const more = [idle('s0', 3, 0), ...[0, 1, 2].map((period) => idle('idle', period, 9)), idle('s1', 99, 9)];
    expect(fitPoissonPanel([...rows, ...more])).toEqual(fitPoissonPanel(rows));
  });

  it('does not hang on the order of rows, the unit of exposure or the origin of a covariate', () => {
    const rows = panel(2);
    const known = fitted(rows).coefficients;
    fc.assert(
      fc.property(
        fc.shuffledSubarray(rows, { minLength: rows.length }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.integer({ min: -5, max: 5 }),
        (shuffled, unit, origin) => {
          const changed = shuffled.map((row) => ({
            ...row,
            exposure: row.exposure * unit,
            x: [row.x[0]! + origin, row.x[1]!],
          }));
          fitted(changed).coefficients.forEach(({ value, standardError }, j) => {
            expect(value).toBeCloseTo(known[j]!.value, 7);
            expect(standardError).toBeCloseTo(known[j]!.standardError, 7);
          });
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each<[string, PanelRow[], string]>([
    ['nothing', [], 'too_few_rows'],
    ['no event', panel(1).map((row) => ({ ...row, count: 0 })), 'too_few_rows'],
    ['one segment', panel(1).filter(({ segment }) => segment === 's0'), 'too_few_rows'],
    ['one row a segment', panel(1).filter(({ period }) => period === 0), 'too_few_rows'],
    ['a constant covariate', panel(1).map((row) => ({ ...row, x: [0.1] })), 'no_variation'],
    [
      'a covariate of segment and period alone',
      panel(1).map((row) => ({ ...row, x: [Number(row.segment.slice(1)) + row.period ** 2] })),
      'no_variation',
    ],
    [
      'the same covariate twice',
      panel(1).map((row) => ({ ...row, x: [row.x[0]!, 2 * row.x[0]!] })),
      'no_variation',
    ],
    ['counts that fit exactly', panel(1).map((row) => ({ ...row, count: 2, exposure: 4 })), 'no_variance'],
  ])('says why it has no answer: %s', (_, rows, reason) => {
    expect(fitPoissonPanel(rows)).toEqual({ status: 'failed', reason });
  });
});
