import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AffinityModel, decideModelVersions, type ModelStatus } from './affinity-model-version.js';
import type { Weights } from './components.js';

const weights = (semantic: number): Weights => ({
  semantic,
  goal_alignment: 1 - semantic,
  cultural_momentum: 0,
  historical: 0,
  authenticity: 0,
});

const model = (version: number, status: ModelStatus, semantic: number): AffinityModel => ({
  version,
  status,
  weights: weights(semantic),
  n: 100,
  createdAt: '2024-01-01T00:00:00Z',
  activatedAt: status === 'active' ? '2024-01-02T00:00:00Z' : null,
  decidedAt: null,
});

const NOW = '2024-06-01T00:00:00Z';
const suggest = (semantic: number): { weights: Weights; n: number } => ({
  weights: weights(semantic),
  n: 500,
});

describe('decideModelVersions', () => {
  it('starts with version 1', () => {
    expect(decideModelVersions([], suggest(0.5), NOW)).toEqual({
      models: [
        {
          version: 1,
          status: 'suggested',
          weights: weights(0.5),
          n: 500,
          createdAt: NOW,
          activatedAt: null,
          decidedAt: null,
        },
      ],
      created: 1,
      superseded: [],
    });
  });

  it('replaces an open suggestion and leaves the active model alone', () => {
    const stored = [model(3, 'suggested', 0.4), model(2, 'active', 0.3), model(1, 'superseded', 0.2)];
    const decision = decideModelVersions(stored, suggest(0.5), NOW);
    expect(decision.models.map(({ version, status }) => [version, status])).toEqual([
      [1, 'superseded'],
      [2, 'active'],
      [3, 'superseded'],
      [4, 'suggested'],
    ]);
    expect(decision).toMatchObject({ created: 4, superseded: [3] });
    expect(decision.models[1]).toEqual(stored[1]);
  });

  it.each(['suggested', 'active', 'rejected'] as const)('does not repeat weights that are %s', (status) => {
    const stored = [model(1, status, 0.4)];
    expect(decideModelVersions(stored, suggest(0.40003), NOW)).toEqual({
      models: stored,
      created: null,
      superseded: [],
    });
    expect(decideModelVersions(stored, suggest(0.4001), NOW).created).toBe(2);
  });

  it('may come back to weights that were only superseded', () => {
    const stored = [model(1, 'superseded', 0.4), model(2, 'suggested', 0.5)];
    expect(decideModelVersions(stored, suggest(0.4), NOW)).toMatchObject({ created: 3, superseded: [2] });
  });

  it('changes nothing without a suggestion', () => {
    const stored = [model(1, 'suggested', 0.4)];
    expect(decideModelVersions(stored, null, NOW)).toEqual({ models: stored, created: null, superseded: [] });
  });

  it('keeps one open suggestion, ascending versions and no change on repetition, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 4 }), { nil: null })), (history) => {
        let models: AffinityModel[] = [];
        for (const step of history) {
          const suggestion = step === null ? null : suggest(step / 4);
          const decision = decideModelVersions(models, suggestion, NOW);
          expect(decision.models.filter(({ status }) => status === 'suggested').length).toBeLessThanOrEqual(
            1,
          );
          expect(decision.models.map(({ version }) => version)).toEqual(decision.models.map((_, i) => i + 1));
          expect(decideModelVersions(decision.models, suggestion, NOW)).toEqual({
            models: decision.models,
            created: null,
            superseded: [],
          });
          models = decision.models;
        }
      }),
    );
  });
});
