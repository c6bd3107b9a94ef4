import { COMPONENTS, type Weights } from './components.js';

export type ModelStatus = 'suggested' | 'active' | 'superseded' | 'rejected';

/** An (:AffinityModel) of the graph. Instants in ISO 8601, UTC. */
export interface AffinityModel {
  version: number;
  status: ModelStatus;
  weights: Weights;
  /** Deals behind the weights. */
  n: number;
  createdAt: string;
  /** When it last came into force; null for a version that never was, or whose activation in the graph says no instant. */
  activatedAt: string | null;
  /** When a person's decision through this service last changed it, with microseconds; null when none did. */
  decidedAt: string | null;
}

export interface VersionDecision {
  /** Every model as it should be stored, by version. */
  models: AffinityModel[];
  /** Version of the new suggestion, null when nothing changes. */
  created: number | null;
  /** Versions that this decision superseded. */
  superseded: number[];
}

/**
 * What becomes of the stored models when an analysis suggests weights, or none.
 *
 * A new version appears only for weights that differ (at four decimals) from the suggested and the active ones, and takes
 * the place of an open suggestion. Weights that a person rejected are not suggested to them again. The active model
 * stays active: only a person changes that.
 */
export function decideModelVersions(
  stored: readonly AffinityModel[],
  suggestion: { weights: Weights; n: number } | null,
  createdAt: string,
): VersionDecision {
  const models = [...stored].sort((a, b) => a.version - b.version);
  const unchanged: VersionDecision = { models, created: null, superseded: [] };
  if (suggestion === null) return unchanged;
  const isKnown = models.some(
    (model) => model.status !== 'superseded' && sameWeights(model.weights, suggestion.weights),
  );
  if (isKnown) return unchanged;

  const version = (models.at(-1)?.version ?? 0) + 1;
  const superseded = models.filter((model) => model.status === 'suggested').map((model) => model.version);
  return {
    models: [
      ...models.map((model) =>
        model.status === 'suggested' ? { ...model, status: 'superseded' as const } : model,
      ),
      {
        version,
        status: 'suggested',
        weights: suggestion.weights,
        n: suggestion.n,
        createdAt,
        activatedAt: null,
        decidedAt: null,
      },
    ],
    created: version,
    superseded,
  };
}

function sameWeights(a: Weights, b: Weights): boolean {
  return COMPONENTS.every((component) => Math.round((a[component] - b[component]) * 1e4) === 0);
}
