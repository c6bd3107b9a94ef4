import { describe, expect, it } from '@jest/globals';
import { bootstrapRatio } from './cluster-bootstrap.js';

const OPTIONS = { replicates: 400, seed: 1 };

describe('bootstrapRatio', () => {
  it('has no interval for one cluster, none, or a denominator of zero', () => {
    const one = { numerator: 1, denominator: 2 };
    expect(bootstrapRatio([], OPTIONS)).toBeNull();
    expect(bootstrapRatio([one], OPTIONS)).toBeNull();
    expect(bootstrapRatio([one, { numerator: 1, denominator: 0 }], OPTIONS)).toBeNull();
  });

  it('does not vary where the clusters do not', () => {
    const clusters = Array.from({ length: 5 }, () => ({ numerator: 1, denominator: 4 }));
    expect(bootstrapRatio(clusters, OPTIONS)).toEqual({ low: 0.25, high: 0.25 });
  });

  it('is as wide as the normal interval of a mean of many clusters, and the same every time', () => {
    const clusters = Array.from({ length: 400 }, (_, i) => ({ numerator: i % 2, denominator: 1 }));
    const found = bootstrapRatio(clusters, { replicates: 2_000, seed: 3 });
    expect(found?.low).toBeCloseTo(0.5 - 1.96 * 0.025, 2);
    expect(found?.high).toBeCloseTo(0.5 + 1.96 * 0.025, 2);
    expect(bootstrapRatio(clusters, { replicates: 2_000, seed: 3 })).toEqual(found);
  });
});
