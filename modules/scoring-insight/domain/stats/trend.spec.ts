import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { monotoneTrend } from './trend.js';

const series = (values: number[]) => values.map((y, x) => ({ x, y }));

describe('monotoneTrend', () => {
  it('is what scipy.stats.theilslopes and the textbook variance with ties give', () => {
    const golden = monotoneTrend(series([3, 4, 4, 6, 5, 7, 9, 8, 10, 11]));
    expect(golden?.slope).toBeCloseTo(0.8888888888888888, 9);
    expect(golden?.z).toBeCloseTo(3.502303389522111, 9);
    expect(golden?.p).toBeCloseTo(0.00046125406717054834, 9);
  });

  it('takes gaps in time as gaps', () => {
    const x = [1, 2, 3, 5, 8, 9, 10, 12, 13];
    const y = [5, 4, 4, 4, 3, 3.5, 2, 2, 1];
    const falling = monotoneTrend(x.map((each, i) => ({ x: each, y: y[i]! })));
    expect(falling?.slope).toBeCloseTo(-0.2792207792207792, 9);
    expect(falling?.z).toBeCloseTo(-3.1031872312779347, 9);
    expect(falling?.p).toBeCloseTo(0.0019144847836661861, 9);
  });

  it('says nothing below eight points, and finds none in a constant', () => {
    expect(monotoneTrend([])).toBeNull();
    expect(monotoneTrend(series([1, 2, 3, 4, 5, 6, 7]))).toBeNull();
    expect(monotoneTrend(series(Array<number>(8).fill(2)))).toEqual({ z: 0, p: 1, slope: 0 });
  });

  it('turns round with the series', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 8, maxLength: 24 }), (values) => {
        const there = monotoneTrend(series(values));
        const back = monotoneTrend(series([...values].reverse()));
        expect(back!.z).toBeCloseTo(-there!.z, 9);
        expect(back!.slope).toBeCloseTo(-there!.slope, 9);
      }),
    );
  });
});
