import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contingency, cramersVOf } from './contingency.js';
import { chiSquareTail } from './chi-square.js';
import { noncentralChiSquareCdf, noncentralityLimits } from './contingency-distributions.js';

const expectClose = (found: number | null, expected: number, relative = 1e-9): void => {
  expect(found).not.toBeNull();
  expect(Math.abs((found ?? 0) - expected)).toBeLessThanOrEqual(
    relative * Math.max(1e-300, Math.abs(expected)),
  );
};

describe('chiSquareTail', () => {
  // scipy.stats.chi2.sf
  it.each([
    [114.2, 1, 1.1780643879300445e-26],
    [3.84, 1, 0.05004352124870519],
    [0, 1, 1],
    [0, 5, 1],
    [20, 7, 0.005569683072945574],
    [55.5, 54, 0.4179729296863222],
    [700, 2, 9.929590396265143e-153],
    [1200, 9, 1.2126417776311672e-252],
    [3000, 6, 0],
    [0.001, 3, 0.9999915920809419],
    [250, 254, 0.5591397184363581],
  ])('of %d with %d degrees of freedom is that of scipy', (x, df, expected) => {
    expectClose(chiSquareTail(x, df), expected);
  });
});

describe('noncentralChiSquareCdf', () => {
  // scipy.stats.ncx2.cdf, chi2.cdf without noncentrality
  it.each([
    [3, 1, 2, 0.6238689492782098],
    [10, 4, 0, 0.9595723180054873],
    [10, 4, 5, 0.6382288595823113],
    [0.5, 3, 20, 8.773194803890659e-6],
    [120, 1, 114, 0.6092531051419766],
    [500, 54, 420, 0.7354029935954334],
    [2000, 54, 2300, 6.973340041328088e-5],
    [250000, 20, 249000, 0.8369458754906588],
    [5, 20, 30, 1.689438995954648e-9],
    [5.1, 1, 5e-11, 0.976074156515856],
    [3, 7, 2e-12, 0.11499776835677009],
    [40, 19, 1e-4, 0.9967274746535014],
    [5.1, 1, 1e-300, 0.9760741565193733],
  ])('at %d with %d degrees of freedom and noncentrality %d is that of scipy', (x, df, ncp, expected) => {
    expectClose(noncentralChiSquareCdf(x, df, ncp), expected, 1e-8);
    expect(Math.abs(noncentralChiSquareCdf(x, df, ncp) - expected)).toBeLessThan(1e-9);
  });

  it('is 0 at 0 and 1 far out', () => {
    expect(noncentralChiSquareCdf(0, 3, 5)).toBe(0);
    expect(noncentralChiSquareCdf(1e4, 3, 5)).toBeCloseTo(1, 12);
  });
});

describe('noncentralityLimits', () => {
  // scipy: brentq over ncx2.cdf
  it.each([
    [114.2, 1, 76.15138375161524, 159.93153388977316],
    [10, 4, 0, 22.39325106393924],
    [5, 4, 0, 13.430686298201506],
    [77.229, 19, 30.833984211415903, 95.56059383660427],
    [60000, 54, 58990.87160742561, 60910.812147250406],
    [3.9, 1, 0, 15.482696062195718],
  ])('of %d with %d degrees of freedom are those of scipy', (chiSquare, df, low, high) => {
    const limits = noncentralityLimits(chiSquare, df, 0.95);
    expectClose(limits?.low ?? null, low, 1e-6);
    expectClose(limits?.high ?? null, high, 1e-6);
  });

  it('do not exist where every noncentrality would bring a larger value', () => {
    expect(noncentralityLimits(3, 20, 0.95)).toBeNull();
    expect(noncentralityLimits(0, 1, 0.95)).toBeNull();
  });
});

describe('contingency', () => {
  // scipy.stats.chi2_contingency, contingency.association(method='cramer'), Bergsma's formula, and brentq over ncx2.cdf
  it.each([
    {
      table: [
        [12, 5],
        [7, 9],
      ],
      expected: [
        1.455996378814684, 0.22756821457580642, 1, 0.27139234260883977, 0.20921679726980258, 0,
        0.6125777108213162, 0,
      ],
    },
    {
      table: [
        [179, 62],
        [48, 159],
      ],
      expected: [
        114.22826299978064, 1.1613923555528708e-26, 1, 0.5094269053507144, 0.5077947354560248,
        0.4168273110339961, 0.6020264996674327, 0,
      ],
    },
    {
      table: [
        [199, 87],
        [27, 131],
        [1, 3],
      ],
      expected: [
        113.2557934554708,
        2.5516254746128363e-25,
        2,
        0.5027952967079902,
        0.49888438397730045,
        0.4077308821764291,
        0.5933512789356153,
        1 / 3,
      ],
    },
    {
      table: [
        [30, 10],
        [20, 20],
        [10, 30],
        [3, 1],
      ],
      expected: [
        20.97319802237835, 0.00010663408493083078, 3, 0.4112647489499406, 0.382014283149091,
        0.20784168694373967, 0.5705975368435364, 0.25,
      ],
    },
    {
      table: [
        [8, 2, 5],
        [1, 9, 4],
        [6, 6, 6],
      ],
      expected: [
        10.191671335200745,
        0.03731985430333923,
        4,
        0.3292750149659992,
        0.26056815685411866,
        0,
        0.4915317110376866,
        4 / 9,
      ],
    },
  ])('of $table has the figures of scipy', ({ table, expected }) => {
    const found = contingency(table);
    const [chiSquare, p, df, v, corrected, low, high, small] = expected;
    expectClose(found.chiSquare, chiSquare!);
    expectClose(found.p, p!);
    expect(found.df).toBe(df);
    expectClose(found.cramersV, v!);
    expectClose(found.cramersVCorrected, corrected!);
    expectClose(found.low, low!);
    expectClose(found.high, high!);
    expect(found.smallExpectedShare).toBeCloseTo(small!, 12);
    expect(found.reason).toBeNull();
  });

  it('has no corrected chi-square below 0, and no V above 1', () => {
    // scipy: statistic 0, p 1, V 0.05006
    expect(
      contingency([
        [10, 10],
        [11, 9],
      ]),
    ).toMatchObject({ chiSquare: 0, p: 1, cramersVCorrected: 0, low: 0 });
    const perfect = contingency([
      [3, 0],
      [0, 3],
    ]);
    expect(perfect).toMatchObject({ cramersV: 1, cramersVCorrected: 1, high: 1, smallExpectedShare: 1 });
    expectClose(perfect.chiSquare, 2.6666666666666665);
    expectClose(perfect.low, 0.1866843253974685);
  });

  const NOTHING = {
    chiSquare: null,
    df: null,
    p: null,
    cramersV: null,
    cramersVCorrected: null,
    low: null,
    high: null,
  };
  it.each([
    [[], 0, 'no_rows'],
    [[[]], 0, 'no_rows'],
    [
      [
        [0, 0],
        [0, 0],
      ],
      0,
      'no_rows',
    ],
    [[[3, 4]], 7, 'single_row'],
    [
      [
        [3, 4],
        [0, 0],
      ],
      7,
      'single_row',
    ],
    [
      [
        [3, 0],
        [4, 0],
      ],
      7,
      'single_column',
    ],
    [[[1, 0]], 1, 'single_row'],
  ])('of %j is undefined, with a reason', (table, n, reason) => {
    expect(contingency(table)).toMatchObject({ ...NOTHING, n, smallExpectedShare: null, reason });
  });

  it('leaves out rows and columns without a count', () => {
    expect(
      contingency([
        [12, 0, 5],
        [0, 0, 0],
        [7, 0, 9],
      ]),
    ).toEqual(
      contingency([
        [12, 5],
        [7, 9],
      ]),
    );
  });

  it('says that the limits do not exist where rows are more alike than chance makes them', () => {
    expect(
      contingency([
        [10, 10],
        [10, 10],
      ]),
    ).toMatchObject({ cramersV: 0, p: 1, low: null, high: null, reason: 'no_plausible_association' });
  });

  it('with a design effect of 2 has the figures of half the rows, and the same V', () => {
    const [all, half] = [
      [
        [60, 20],
        [40, 40],
        [20, 60],
      ],
      [
        [30, 10],
        [20, 20],
        [10, 30],
      ],
    ];
    const { n, smallExpectedShare, ...figures } = contingency(all, { designEffect: 2 });
    expect([n, smallExpectedShare]).toEqual([240, 0]);
    expect(contingency(half)).toMatchObject(figures);
  });

  it('expects the counts of the smaller sample', () => {
    const table = [
      [10, 1],
      [1, 10],
    ];
    // 5.5 in each cell, 5.5 / 30 with the design effect.
    expect(contingency(table).smallExpectedShare).toBe(0);
    expect(contingency(table, { designEffect: 30 }).smallExpectedShare).toBe(1);
    expect(contingency(table, { designEffect: 1.1 }).smallExpectedShare).toBe(0);
    expect(contingency(table, { designEffect: 1.2 }).smallExpectedShare).toBe(1);
  });

  it('has one answer for every table, a finite number or null with a reason', () => {
    const aTable = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }))
      .chain(([rows, columns]) =>
        fc.array(fc.array(fc.nat(12), { minLength: columns, maxLength: columns }), {
          minLength: rows,
          maxLength: rows,
        }),
      );
    fc.assert(
      fc.property(aTable, (table) => {
        const found = contingency(table);
        for (const value of [
          found.chiSquare,
          found.p,
          found.cramersV,
          found.cramersVCorrected,
          found.low,
          found.high,
        ])
          if (value !== null) expect(Number.isFinite(value)).toBe(true);
        for (const share of [found.p, found.cramersV, found.cramersVCorrected, found.low, found.high])
          if (share !== null) expect(share >= 0 && share <= 1).toBe(true);
        expect(found.cramersV === null).toBe(
          found.reason !== null && found.reason !== 'no_plausible_association',
        );
        const transposed = table[0]!.map((_, j) => table.map((row) => row[j]!));
        const other = contingency(transposed);
        expect([other.df, other.n]).toEqual([found.df, found.n]);
        if (found.chiSquare !== null) expect(other.chiSquare).toBeCloseTo(found.chiSquare, 9);
      }),
    );
  });
});

it('cramersVOf is at most 1', () => {
  expect(cramersVOf(20, 5, 2, 3)).toBe(1);
  expect(cramersVOf(5, 20, 2, 3)).toBe(0.5);
});
