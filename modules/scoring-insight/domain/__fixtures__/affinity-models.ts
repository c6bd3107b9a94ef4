import type { AffinityModel, ModelStatus } from '../affinity-model-version.js';
import type { Weights } from '../components.js';

/** Weights that a test tells apart by one number. */
export const weights = (semantic: number): Weights => ({
  semantic,
  goal_alignment: 1 - semantic,
  cultural_momentum: 0,
  historical: 0,
  authenticity: 0,
});

/** The weights that hold while no version is in force. */
export const DECLARED = weights(0.3);

/** A version suggested on the declared weights, with what the test says of it. */
export const affinityModel = (
  version: number,
  status: ModelStatus,
  said: Partial<AffinityModel>,
): AffinityModel => ({
  version,
  status,
  weights: DECLARED,
  base: DECLARED,
  n: 100,
  createdAt: '2026-01-01T00:00:00.000000Z',
  activatedAt: null,
  decidedAt: null,
  ...said,
});
