import { type ModelChange, withChanges } from '../domain/affinity-model-decision.js';
import type { AffinityModel } from '../domain/affinity-model-version.js';
import type { AffinityModelStore } from './ports.js';

export type KnownModels = Pick<AffinityModelStore, 'stored' | 'inGraph' | 'decided'>;

/** Every version as it is known now (`mergeModels`), and as this service stored it last. */
export async function readModels(
  store: KnownModels,
): Promise<{ known: AffinityModel[]; stored: AffinityModel[] }> {
  const stored = await store.stored();
  return { known: mergeModels(stored, await store.inGraph(), await store.decided()), stored };
}

/**
 * One list of versions from the three places that know some, by who spoke last.
 *
 * Decisions taken through this service lie over what it stored. The graph carries the instant of the decision that it
 * last heard of: where that is older, it has not heard yet and says nothing. Where it has heard, people may have changed
 * it since, so its status counts, unless it is `suggested`: a suggestion that this service has superseded stays so even
 * if the graph, which is written later, still shows it as open. A version that only the graph knows keeps its number
 * taken. At most one version is active, the highest: whoever activates it in the graph need not take back the one before.
 */
export function mergeModels(
  stored: readonly AffinityModel[],
  inGraph: readonly AffinityModel[],
  decided: readonly ModelChange[],
): AffinityModel[] {
  const versions = new Set(stored.map(({ version }) => version));
  const known = withChanges([...stored, ...inGraph.filter(({ version }) => !versions.has(version))], decided);
  const ofGraph = new Map(inGraph.map((model) => [model.version, model]));
  const models = known
    .map((model): AffinityModel => {
      const there = ofGraph.get(model.version);
      const hasSpoken =
        there !== undefined &&
        there.status !== 'suggested' &&
        (model.decidedAt === null || (there.decidedAt !== null && there.decidedAt >= model.decidedAt));
      return hasSpoken ? { ...model, status: there.status, activatedAt: there.activatedAt } : model;
    })
    .sort((a, b) => a.version - b.version);
  const active = models.findLast((model) => model.status === 'active');
  return models.map((model) =>
    model.status === 'active' && model !== active ? { ...model, status: 'superseded' } : model,
  );
}

/** The version in force; null while the declared weights are. */
export function activeModel(merged: readonly AffinityModel[]): AffinityModel | null {
  return merged.find((model) => model.status === 'active') ?? null;
}

/** True when the two lists hold the same versions with the same status, by the same decisions. */
export function sameModels(a: readonly AffinityModel[], b: readonly AffinityModel[]): boolean {
  return (
    a.length === b.length &&
    a.every((model, i) => {
      const other = b[i];
      return (
        model.version === other?.version &&
        model.status === other.status &&
        model.activatedAt === other.activatedAt &&
        model.decidedAt === other.decidedAt
      );
    })
  );
}
