import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { affinityModel, DECLARED, weights } from './__fixtures__/affinity-models.js';
import { type AffinityModel, decideModelVersions, type ModelStatus } from './affinity-model-version.js';
import type { Weights } from './components.js';

const model = (
  version: number,
  status: ModelStatus,
  semantic: number,
  base: Weights | null = DECLARED,
): AffinityModel =>
  affinityModel(version, status, {
    weights: weights(semantic),
    base,
    activatedAt: status === 'active' ? '2024-01-02T00:00:00Z' : null,
  });

const NOW = '2024-06-01T00:00:00Z';
const suggest = (semantic: number): { weights: Weights; n: number } => ({
  weights: weights(semantic),
  n: 500,
});

describe('decideModelVersions', () => {
  it('starts with version 1', () => {
    expect(decideModelVersions([], suggest(0.4), DECLARED, NOW)).toEqual({
      models: [
        {
          version: 1,
          status: 'suggested',
          weights: weights(0.4),
          base: DECLARED,
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
    const decision = decideModelVersions(stored, suggest(0.35), DECLARED, NOW);
    expect(decision.models.map(({ version, status }) => [version, status])).toEqual([
      [1, 'superseded'],
      [2, 'active'],
      [3, 'superseded'],
      [4, 'suggested'],
    ]);
    expect(decision).toMatchObject({ created: 4, superseded: [3] });
    expect(decision.models[1]).toEqual(stored[1]);
  });

  it.each([
    ['suggested', DECLARED],
    ['active', weights(0.4)],
    ['rejected', DECLARED],
  ] as const)('does not repeat weights that are %s', (status, inForce) => {
    const stored = [model(1, status, 0.4)];
    expect(decideModelVersions(stored, suggest(0.40003), inForce, NOW)).toEqual({
      models: stored,
      created: null,
      superseded: [],
    });
    expect(decideModelVersions(stored, suggest(0.4001), inForce, NOW).created).toBe(2);
  });

  it('may come back to weights that were only superseded', () => {
    const stored = [model(1, 'superseded', 0.4), model(2, 'suggested', 0.35)];
    expect(decideModelVersions(stored, suggest(0.4), DECLARED, NOW)).toMatchObject({
      created: 3,
      superseded: [2],
    });
  });

  const afterwards = (stored: AffinityModel[], suggestion: number | null, inForce = DECLARED) =>
    decideModelVersions(stored, suggestion === null ? null : suggest(suggestion), inForce, NOW).models.map(
      ({ version, status, base }) => [version, status, base?.semantic ?? null],
    );

  it('takes the open suggestion back when the gate is shut', () => {
    expect(afterwards([model(1, 'suggested', 0.4)], null)).toEqual([[1, 'superseded', 0.3]]);
  });

  it('takes the open suggestion back when the only one on offer was turned down', () => {
    // Version 2 was suggested while version 1 was in force, which a person then revoked.
    const stored = [model(1, 'rejected', 0.4), model(2, 'suggested', 0.5, weights(0.4))];
    expect(afterwards(stored, 0.4)).toEqual([
      [1, 'rejected', 0.3],
      [2, 'superseded', 0.4],
    ]);
  });

  it.each([
    ['other weights came into force since', weights(0.4)],
    ['nobody knows what it was suggested on', null],
  ])('makes the same suggestion anew where %s', (_, base) => {
    expect(afterwards([model(1, 'suggested', 0.35, base)], 0.35)).toEqual([
      [1, 'superseded', base?.semantic ?? null],
      [2, 'suggested', 0.3],
    ]);
  });

  it('keeps one open suggestion, ascending versions and no change on repetition, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 4 }), { nil: null })), (history) => {
        let models: AffinityModel[] = [];
        for (const step of history) {
          const suggestion = step === null ? null : suggest(step / 4);
          const decision = decideModelVersions(models, suggestion, DECLARED, NOW);
          expect(decision.models.filter(({ status }) => status === 'suggested').length).toBeLessThanOrEqual(
            1,
          );
          expect(decision.models.map(({ version }) => version)).toEqual(decision.models.map((_, i) => i + 1));
          expect(decideModelVersions(decision.models, suggestion, DECLARED, NOW)).toEqual({
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
