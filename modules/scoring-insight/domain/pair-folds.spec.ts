import { describe, expect, it } from '@jest/globals';
import { foldByEntity, foldByPair, FOLDS, pairKey } from './pair-folds.js';

const pairs = Array.from({ length: 10_000 }, (_, i): [string, string] => [
  `entity-${i % 97}`,
  `other-${i % 89}`,
]);

describe('pairKey', () => {
  it('does not depend on the order of the pair', () => {
    expect(pairKey('b', 'a')).toBe('a|b');
    expect(pairKey('a', 'b')).toBe('a|b');
  });
});

describe('foldByPair', () => {
  it('never changes: a published fold decides what a model has seen', () => {
    const pinned: [string, string][] = [
      ['a', 'b'],
      ['c', 'a'],
      ['x', 'y'],
    ];
    expect(pinned.map(([a, b]) => foldByPair(a, b))).toEqual([
      { fold: 1, hiddenFrom: [1] },
      { fold: 0, hiddenFrom: [0] },
      { fold: 4, hiddenFrom: [4] },
    ]);
  });

  it('spreads pairs evenly', () => {
    const sizes = FOLDS.map(() => 0);
    for (let i = 0; i < 10_000; i += 1) sizes[foldByPair(`entity-${i % 97}`, `entity-${i}`).fold]! += 1;
    for (const size of sizes) expect(Math.abs(size - 2000)).toBeLessThan(200);
  });
});

describe('foldByEntity', () => {
  it('does not depend on the order of the pair', () => {
    for (const [a, b] of pairs.slice(0, 500)) expect(foldByEntity(b, a)).toEqual(foldByEntity(a, b));
  });

  it('hides a deal from the folds of both its entities, and tests it in one of them', () => {
    const groups = new Map<string, Set<number>>();
    for (const [a, b] of pairs) {
      const { fold, hiddenFrom } = foldByEntity(a, b);
      expect(hiddenFrom).toContain(fold);
      expect(new Set(hiddenFrom).size).toBe(hiddenFrom.length);
      for (const entity of [a, b]) {
        const known = groups.get(entity) ?? new Set(hiddenFrom);
        groups.set(entity, new Set(hiddenFrom.filter((group) => known.has(group))));
      }
    }
    // Every entity has a group in common with all of its deals.
    for (const [entity, common] of groups) expect([entity, common.size > 0]).toEqual([entity, true]);
  });

  it('tests in every fold', () => {
    const sizes = FOLDS.map((fold) => pairs.filter(([a, b]) => foldByEntity(a, b).fold === fold).length);
    expect(Math.min(...sizes)).toBeGreaterThan(1000);
  });
});
