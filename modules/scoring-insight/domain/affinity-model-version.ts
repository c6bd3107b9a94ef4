import { COMPONENTS, type Weights } from './components.js';

export type ModelStatus = 'suggested' | 'active' | 'superseded' | 'rejected';

/** An (:AffinityModel) of the graph. Instants in ISO 8601, UTC. */
export interface AffinityModel {
  version: number;
  status: ModelStatus;
  weights: Weights;
  /** Those in force when it was suggested; null where this service did not suggest it. */
  base: Weights | null;
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
  /** Version of the new suggestion; null when there is none. */
  created: number | null;
  /** Versions that this decision superseded. */
  superseded: number[];
}

/**
 * What becomes of the stored models when an analysis suggests weights, or none.
 *
 * An open suggestion stays only while the analysis suggests the same again on top of the same weights in force: else its
 * gate is shut, or the step it takes is not the one that was judged. A new version appears for weights that differ (at
 * four decimals) from the open suggestion and the active ones. Weights that a person rejected are not suggested to them
 * again. The active model stays active: only a person changes that.
 * @param inForce what the suggestion was compared with
 */
export function decideModelVersions(
  stored: readonly AffinityModel[],
  suggestion: { weights: Weights; n: number } | null,
  inForce: Weights,
  createdAt: string,
): VersionDecision {
  const ordered = [...stored].sort((a, b) => a.version - b.version);
  const offered = suggestion && !isSettled(ordered, suggestion.weights) ? suggestion : null;
  const kept = ordered.findLast(
    ({ status, weights, base }) =>
      offered !== null &&
      status === 'suggested' &&
      sameWeights(weights, offered.weights) &&
      isOnTopOf(base, inForce),
  );
  const takenBack = ordered.filter((model) => model.status === 'suggested' && model !== kept);
  const models = ordered.map((model) =>
    takenBack.includes(model) ? { ...model, status: 'superseded' as const } : model,
  );
  const superseded = takenBack.map(({ version }) => version);
  if (offered === null || kept !== undefined) return { models, created: null, superseded };

  const version = (models.at(-1)?.version ?? 0) + 1;
  const created: AffinityModel = {
    version,
    status: 'suggested',
    weights: offered.weights,
    base: inForce,
    n: offered.n,
    createdAt,
    activatedAt: null,
    decidedAt: null,
  };
  return { models: [...models, created], created: version, superseded };
}

/** Whether a suggestion made on top of `base` still is one on top of the weights in force. */
export function isOnTopOf(base: Weights | null, inForce: Weights): boolean {
  return base !== null && sameWeights(base, inForce);
}

/** In force already, or turned down. */
function isSettled(models: readonly AffinityModel[], weights: Weights): boolean {
  return models.some(
    (model) =>
      (model.status === 'active' || model.status === 'rejected') && sameWeights(model.weights, weights),
  );
}

function sameWeights(a: Weights, b: Weights): boolean {
  return COMPONENTS.every((component) => Math.round((a[component] - b[component]) * 1e4) === 0);
}
