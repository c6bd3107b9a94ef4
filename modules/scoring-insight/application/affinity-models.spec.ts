import { describe, expect, it } from '@jest/globals';
import type { ModelChange } from '../domain/affinity-model-decision.js';
import type { AffinityModel, ModelStatus } from '../domain/affinity-model-version.js';
import { activeModel, mergeModels, sameModels } from './affinity-models.js';

const weights = {
  semantic: 0.2,
  goal_alignment: 0.2,
  cultural_momentum: 0.2,
  historical: 0.2,
  authenticity: 0.2,
};

function model(
  version: number,
  status: ModelStatus,
  activatedAt: string | null = null,
  decidedAt: string | null = null,
): AffinityModel {
  return {
    version,
    status,
    weights,
    base: null,
    n: 100,
    createdAt: '2026-01-01T00:00:00Z',
    activatedAt,
    decidedAt,
  };
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
    expect(mergeModels([model(1, stored)], [model(1, inGraph)], [])).toEqual([model(1, merged)]);
  });

  it('knows versions that only one side knows, by number', () => {
    const merged = mergeModels([model(3, 'suggested')], [model(2, 'active', '2026-02-01T00:00:00Z')], []);
    expect(merged).toEqual([model(2, 'active', '2026-02-01T00:00:00Z'), model(3, 'suggested')]);
  });

  it('leaves one version active, the highest', () => {
    const stored = [model(1, 'active'), model(2, 'superseded'), model(3, 'suggested')];
    const merged = mergeModels(
      stored,
      [model(3, 'active', '2026-02-01T00:00:00Z'), model(4, 'rejected')],
      [],
    );
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
    expect(mergeModels([model(1, 'suggested')], [activated], [])).toEqual([activated]);
  });
});

describe('mergeModels, with decisions taken through this service', () => {
  const EARLIER = '2026-03-01T10:00:00.000000Z';
  const LATER = '2026-03-02T10:00:00.000000Z';
  const approved: ModelChange[] = [
    { version: 2, status: 'active', activatedAt: LATER, decidedAt: LATER },
    { version: 1, status: 'superseded', activatedAt: EARLIER, decidedAt: LATER },
  ];
  const stored = [model(1, 'active', EARLIER, EARLIER), model(2, 'suggested')];
  const after = [model(1, 'superseded', EARLIER, LATER), model(2, 'active', LATER, LATER)];

  it('lays them over what was stored, before a run and after it', () => {
    expect(mergeModels(stored, [], approved)).toEqual(after);
    expect(mergeModels(after, [], approved)).toEqual(after);
  });

  it('keeps them while the graph has not heard of them', () => {
    expect(mergeModels(stored, stored, approved)).toEqual(after);
    const revoked: ModelChange[] = [
      { version: 2, status: 'rejected', activatedAt: LATER, decidedAt: '2026-03-03T10:00:00.000000Z' },
    ];
    const [, second] = mergeModels(after, after, [...approved, ...revoked]);
    expect(second).toMatchObject({ status: 'rejected', decidedAt: '2026-03-03T10:00:00.000000Z' });
  });

  it('lets the graph have its way once it has heard: a person changed it since', () => {
    const taken = [model(1, 'active', EARLIER, LATER), model(2, 'superseded', LATER, LATER)];
    expect(mergeModels(after, taken, approved)).toEqual(taken);
    expect(mergeModels(stored, taken, approved)).toEqual(taken);
  });

  it('takes a later decision over what a person did in the graph before it', () => {
    const taken = [model(1, 'active', EARLIER, LATER), model(2, 'superseded', LATER, LATER)];
    const again: ModelChange = {
      version: 1,
      status: 'rejected',
      activatedAt: EARLIER,
      decidedAt: '2026-03-04T10:00:00.000000Z',
    };
    expect(mergeModels(taken, taken, [...approved, again])[0]).toMatchObject({ status: 'rejected' });
  });

  it('holds for versions that only the graph knows', () => {
    expect(mergeModels([], stored, approved)).toEqual(after);
  });
});

describe('sameModels', () => {
  it('sees a version, a status or an activation that differs', () => {
    expect(sameModels([model(1, 'active')], [model(1, 'active')])).toBe(true);
    expect(sameModels([model(1, 'active')], [model(1, 'superseded')])).toBe(false);
    expect(sameModels([model(1, 'active')], [model(1, 'active', '2026-02-01T00:00:00Z')])).toBe(false);
    expect(sameModels([model(1, 'active')], [model(2, 'active')])).toBe(false);
    expect(sameModels([model(1, 'active')], [model(1, 'active', null, '2026-02-01T00:00:00Z')])).toBe(false);
    expect(sameModels([], [model(1, 'active')])).toBe(false);
  });
});
