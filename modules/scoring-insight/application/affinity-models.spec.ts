import { describe, expect, it } from '@jest/globals';
import type { AffinityModel, ModelStatus } from '../domain/affinity-model-version.js';
import { activeModel, mergeModels, sameModels } from './affinity-models.js';

const weights = {
  semantic: 0.2,
  goal_alignment: 0.2,
  cultural_momentum: 0.2,
  historical: 0.2,
  authenticity: 0.2,
};

function model(version: number, status: ModelStatus, activatedAt: string | null = null): AffinityModel {
  return { version, status, weights, n: 100, createdAt: '2026-01-01T00:00:00Z', activatedAt };
}

describe('mergeModels', () => {
  it.each([
    ['a person activated it', 'suggested', 'active', 'active'],
    ['a person rejected it', 'suggested', 'rejected', 'rejected'],
    ['another took its place in the graph', 'active', 'superseded', 'superseded'],
    ['a person activated what this service had superseded', 'superseded', 'active', 'active'],
    ['the graph has not heard yet that it is superseded', 'superseded', 'suggested', 'superseded'],
    ['nothing happened', 'suggested', 'suggested', 'suggested'],
  ] as const)('%s: %s here, %s in the graph, hence %s', (_, stored, inGraph, merged) => {
    expect(mergeModels([model(1, stored)], [model(1, inGraph)])).toEqual([model(1, merged)]);
  });

  it('knows versions that only one side knows, by number', () => {
    const merged = mergeModels([model(3, 'suggested')], [model(2, 'active', '2026-02-01T00:00:00Z')]);
    expect(merged).toEqual([model(2, 'active', '2026-02-01T00:00:00Z'), model(3, 'suggested')]);
  });

  it('leaves one version active, the highest', () => {
    const stored = [model(1, 'active'), model(2, 'superseded'), model(3, 'suggested')];
    const merged = mergeModels(stored, [model(3, 'active', '2026-02-01T00:00:00Z'), model(4, 'rejected')]);
    expect(merged.map(({ version, status }) => [version, status])).toEqual([
      [1, 'superseded'],
      [2, 'superseded'],
      [3, 'active'],
      [4, 'rejected'],
    ]);
    expect(activeModel(merged)?.version).toBe(3);
    expect(activeModel([model(1, 'suggested')])).toBeNull();
  });

  it('takes the instant of an activation from the graph', () => {
    const activated = model(1, 'active', '2026-02-01T00:00:00Z');
    expect(mergeModels([model(1, 'suggested')], [activated])).toEqual([activated]);
  });
});

describe('sameModels', () => {
  it('sees a version, a status or an activation that differs', () => {
    expect(sameModels([model(1, 'active')], [model(1, 'active')])).toBe(true);
    expect(sameModels([model(1, 'active')], [model(1, 'superseded')])).toBe(false);
    expect(sameModels([model(1, 'active')], [model(1, 'active', '2026-02-01T00:00:00Z')])).toBe(false);
    expect(sameModels([model(1, 'active')], [model(2, 'active')])).toBe(false);
    expect(sameModels([], [model(1, 'active')])).toBe(false);
  });
});
