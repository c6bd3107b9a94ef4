import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mean } from 'simple-statistics';
import { dyadicStandardError } from './dyadic-mean.js';

type Pair = [string, string];

/** The definition: the sum of d_i d_j over all i, j whose pairs share a member, with the factor of clusters. */
function doubleSum(values: readonly number[], members: readonly Pair[]): number {
  const centre = mean([...values]);
  let sum = 0;
  let independent = 0;
  values.forEach((a, i) =>
    values.forEach((b, j) => {
      const product = (a - centre) * (b - centre);
      if (i === j) independent += product;
      if (members[i]!.some((member) => members[j]!.includes(member))) sum += product;
    }),
  );
  const n = values.length;
  const entities = new Set(members.flat()).size;
  const clustered = entities > 1 ? (sum * entities) / (entities - 1) : 0;
  return Math.sqrt(Math.max(clustered, (independent * n) / (n - 1))) / n;
}

describe('dyadicStandardError', () => {
  it('is the double sum over pairs that share an entity, whatever the pairs', () => {
    const entity = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const row = fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), entity, entity);
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 30 }), (rows) => {
        const values = rows.map(([value]) => value);
        const members = rows.map(([, a, b]): Pair => [a, b]);
        expect(dyadicStandardError(values, members)).toBeCloseTo(doubleSum(values, members), 9);
      }),
    );
  });

  it('is about the error of independent values where no pair shares an entity', () => {
    const values = [1, 4, 2, 8, 5, 7];
    const apart = values.map((_, i): Pair => [`a${i}`, `b${i}`]);
    // n / (n - 1) with 12 clusters of entities is less than with 6 values.
    expect(dyadicStandardError(values, apart)).toBeCloseTo(
      Math.sqrt(values.reduce((sum, value) => sum + (value - 4.5) ** 2, 0) / 30),
      12,
    );
  });

  it('is wider where each entity has its own level', () => {
    const values = [1, 1, 1, -1, -1, -1, 2, 2, 2, -2, -2, -2];
    const shared = values.map((value, i): Pair => [`level ${value}`, `other ${i}`]);
    const apart = values.map((_, i): Pair => [`a${i}`, `b${i}`]);
    expect(dyadicStandardError(values, shared)!).toBeGreaterThan(1.6 * dyadicStandardError(values, apart)!);
  });

  it('is zero for equal values and null below two', () => {
    expect(
      dyadicStandardError(
        [3, 3, 3],
        [
          ['a', 'b'],
          ['a', 'c'],
          ['b', 'c'],
        ],
      ),
    ).toBe(0);
    expect(dyadicStandardError([3], [['a', 'b']])).toBeNull();
    expect(dyadicStandardError([], [])).toBeNull();
  });
});
