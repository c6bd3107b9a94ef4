import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { midRanks } from './ranks.js';

describe('midRanks', () => {
  it('gives tied values the mean of the ranks they span', () => {
    expect(midRanks([10, 2, 2, 4, 1])).toEqual([5, 2.5, 2.5, 4, 1]);
  });

  it('has no ranks for no values', () => {
    expect(midRanks([])).toEqual([]);
  });

  it('equals 1 + values below + half of the other equal ones', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 })), (values) => {
        const naive = values.map(
          (value) =>
            values.filter((other) => other < value).length +
            (values.filter((other) => other === value).length + 1) / 2,
        );
        expect(midRanks(values)).toEqual(naive);
      }),
    );
  });
});
