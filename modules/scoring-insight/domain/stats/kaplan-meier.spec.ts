import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { kaplanMeier, riskSets, type Stay, stepAfter, stepAt, survivalQuantile } from './kaplan-meier.js';

/** Twelve stays and what statsmodels 0.15 (SurvfuncRight) computes from them. */
const GOLDEN = {
  t: [3, 5, 5, 7, 8, 8, 10, 12, 12, 15, 20, 21],
  e: [1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0],
  times: [3, 5, 7, 8, 10, 12, 20],
  survival: [
    0.9166666666666666, 0.8333333333333333, 0.7407407407407406, 0.648148148148148, 0.5401234567901234,
    0.43209876543209874, 0.21604938271604934,
  ],
  se: [
    0.07978559231302818, 0.10758287072798378, 0.12948257384816683, 0.14261129694009775, 0.1544281178217909,
    0.15683818107127162, 0.17172134883708906,
  ],
};
const golden: Stay[] = GOLDEN.t.map((exit, index) => stay(exit, GOLDEN.e[index] === 1));

function stay(exit: number, ended = true, entry = -1): Stay {
  return { entry, exit, cause: ended ? 'gone' : null };
}

/** Times with many ties, late entries, weights and two causes. */
const stays = fc.array(
  fc
    .record({
      entry: fc.integer({ min: -1, max: 6 }),
      length: fc.integer({ min: 0, max: 9 }),
      cause: fc.constantFrom<'a' | 'b' | null>('a', 'b', null),
      n: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ entry, length, cause, n }): Stay => ({ entry, exit: entry + length, cause, n })),
  { maxLength: 25 },
);

/** Straight from the definition: every stay looked at for every time. */
function naive(rows: readonly Stay[]): { time: number; survival: number; variance: number }[] {
  const each = rows.flatMap((row) => Array.from({ length: row.n ?? 1 }, () => row));
  const seen = each.filter(({ entry, exit }) => exit > entry);
  const times = [...new Set(seen.filter(({ cause }) => cause !== null).map(({ exit }) => exit))];
  let survival = 1;
  let sum = 0;
  return times
    .sort((a, b) => a - b)
    .map((time) => {
      const n = seen.filter(({ entry, exit }) => entry < time && time <= exit).length;
      const d = seen.filter(({ exit, cause }) => exit === time && cause !== null).length;
      survival *= 1 - d / n;
      if (n > d) sum += d / (n * (n - d));
      return { time, survival, variance: survival ** 2 * sum };
    });
}

describe('kaplanMeier', () => {
  it('is the golden curve with Greenwood’s standard errors', () => {
    const { steps, lastSeen } = kaplanMeier(golden);
    expect(steps.map(({ time }) => time)).toEqual(GOLDEN.times);
    steps.forEach(({ survival, variance }, index) => {
      expect(Math.abs(survival - (GOLDEN.survival[index] ?? NaN))).toBeLessThan(1e-9);
      expect(Math.abs(Math.sqrt(variance) - (GOLDEN.se[index] ?? NaN))).toBeLessThan(1e-9);
    });
    expect(lastSeen).toBe(21);
  });

  it('has the golden quantiles: the 90th percentile is not reached', () => {
    const curve = kaplanMeier(golden);
    expect([0.5, 0.75, 0.9].map((q) => survivalQuantile(curve, q))).toEqual([12, 20, null]);
  });

  it('has limits on the log(-log) scale', () => {
    // By hand: S = 11/12 at the first step, theta = 1.959964 * sqrt(1/132) / ln(11/12).
    const theta = (1.959963984540054 * Math.sqrt(1 / 132)) / Math.log(11 / 12);
    const { interval } = kaplanMeier(golden).steps[0]!;
    expect(interval?.low).toBeCloseTo((11 / 12) ** Math.exp(-theta), 12);
    expect(interval?.high).toBeCloseTo((11 / 12) ** Math.exp(theta), 12);
    expect(interval?.low).toBeLessThan(11 / 12);
    const curve = kaplanMeier(golden);
    expect(survivalQuantile(curve, 0.5, 'low')).toBe(5);
    expect(survivalQuantile(curve, 0.25, 'high')).toBe(12);
    expect(survivalQuantile(curve, 0.5, 'high')).toBeNull();
  });

  it('answers for no, one and two stays', () => {
    expect(kaplanMeier([])).toEqual({ steps: [], lastSeen: null });
    expect(survivalQuantile(kaplanMeier([]), 0.5)).toBeNull();
    const one = kaplanMeier([stay(4)]);
    expect(one.steps).toEqual([{ time: 4, atRisk: 1, events: 1, survival: 0, variance: 0, interval: null }]);
    expect(survivalQuantile(one, 0.5)).toBe(4);
    expect(survivalQuantile(one, 0.5, 'low')).toBe(4);
    expect(survivalQuantile(one, 0.5, 'high')).toBeNull();
    expect(kaplanMeier([stay(4, false)])).toEqual({ steps: [], lastSeen: 4 });
    expect(survivalQuantile(kaplanMeier([stay(4), stay(9)]), 0.5)).toBe(6.5);
    expect(survivalQuantile(kaplanMeier([stay(4), stay(9, false)]), 0.5)).toBe(6.5);
    expect(survivalQuantile(kaplanMeier([stay(4), stay(4)]), 0.99)).toBe(4);
  });

  it('finds the middle of a step that rounding misses: thirds', () => {
    const curve = kaplanMeier([stay(1), stay(2), stay(5)]);
    expect(survivalQuantile(curve, 2 / 3)).toBe(3.5);
    expect(survivalQuantile(curve, 1 / 3)).toBe(1.5);
  });

  it('counts at the time of an event who is censored there, and not who enters there', () => {
    expect(riskSets([stay(5), stay(5, false), stay(9, true, 5)])).toEqual([
      { time: 5, atRisk: 2, events: 1, byCause: new Map([['gone', 1]]) },
      { time: 9, atRisk: 1, events: 1, byCause: new Map([['gone', 1]]) },
    ]);
  });

  it('leaves out who was never seen', () => {
    expect(kaplanMeier([stay(5, true, 5), stay(4, true, 6)])).toEqual({ steps: [], lastSeen: null });
  });

  it('is one minus the empirical distribution when nothing is censored or late', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 30 }), (times) => {
        for (const { time, survival } of kaplanMeier(times.map((time) => stay(time))).steps)
          expect(survival).toBeCloseTo(times.filter((each) => each > time).length / times.length, 12);
      }),
    );
  });

  it('equals the definition on ties, late entries and weights', () => {
    fc.assert(
      fc.property(stays, (rows) => {
        const expected = naive(rows);
        const { steps } = kaplanMeier(rows);
        expect(steps.length).toBe(expected.length);
        steps.forEach(({ time, survival, variance, interval }, index) => {
          expect(time).toBe(expected[index]?.time);
          expect(survival).toBeCloseTo(expected[index]?.survival ?? NaN, 12);
          expect(variance).toBeCloseTo(expected[index]?.variance ?? NaN, 12);
          expect(interval === null || (interval.low <= survival && survival <= interval.high)).toBe(true);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('has quantiles that grow with the share and lie in their interval', () => {
    fc.assert(
      fc.property(stays, (rows) => {
        const curve = kaplanMeier(rows);
        const found = [0.1, 0.5, 0.75, 0.9].map((q) => survivalQuantile(curve, q) ?? Infinity);
        expect(found).toEqual(found.toSorted((a, b) => a - b));
        for (const q of [0.5, 0.9]) {
          const middle = survivalQuantile(curve, q) ?? Infinity;
          expect(survivalQuantile(curve, q, 'low') ?? Infinity).toBeLessThanOrEqual(middle);
          expect(survivalQuantile(curve, q, 'high') ?? Infinity).toBeGreaterThanOrEqual(middle);
        }
      }),
    );
  });
});

describe('stepAt and stepAfter', () => {
  it('are the last step up to a time, and the next', () => {
    const steps = [{ time: 2 }, { time: 5 }];
    expect([1, 2, 4, 5, 9].map((time) => stepAt(steps, time)?.time)).toEqual([undefined, 2, 2, 5, 5]);
    expect([1, 2, 4, 5].map((time) => stepAfter(steps, time)?.time)).toEqual([2, 5, 5, undefined]);
  });
});
