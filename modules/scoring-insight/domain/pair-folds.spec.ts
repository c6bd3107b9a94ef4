import { describe, expect, it } from '@jest/globals';
import { foldOfPair, FOLDS, pairKey } from './pair-folds.js';

describe('foldOfPair', () => {
  it('does not depend on the order of the pair', () => {
    expect(pairKey('b', 'a')).toBe('a|b');
    expect(pairKey('a', 'b')).toBe('a|b');
  });

  it('never changes: a published fold decides what a model has seen', () => {
    expect(['a|b', 'a|c', 'x|y', ''].map(foldOfPair)).toEqual([1, 0, 4, 1]);
  });

  it('spreads pairs evenly', () => {
    const sizes = FOLDS.map(() => 0);
    for (let i = 0; i < 10_000; i += 1) sizes[foldOfPair(`entity-${i % 97}|entity-${i}`)]! += 1;
    for (const size of sizes) expect(Math.abs(size - 2000)).toBeLessThan(200);
  });
});
