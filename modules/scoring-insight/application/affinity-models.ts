import type { AffinityModel } from '../domain/affinity-model-version.js';

/**
 * One list of versions from the two places that know some. People decide in the graph, so a status other than
 * `suggested` counts there; a suggestion that this service has superseded since stays so even if the graph, which is
 * written later, still shows it as open. A version that only the graph knows keeps its number taken. At most one
 * version is active, the highest: whoever activates it in the graph need not take back the one before.
 */
export function mergeModels(
  stored: readonly AffinityModel[],
  inGraph: readonly AffinityModel[],
): AffinityModel[] {
  const merged = new Map(stored.map((model) => [model.version, model]));
  for (const model of inGraph) {
    const known = merged.get(model.version);
    if (known === undefined) merged.set(model.version, model);
    else if (model.status !== 'suggested') {
      merged.set(model.version, { ...known, status: model.status, activatedAt: model.activatedAt });
    }
  }
  const models = [...merged.values()].sort((a, b) => a.version - b.version);
  const active = models.findLast((model) => model.status === 'active');
  return models.map((model) =>
    model.status === 'active' && model !== active ? { ...model, status: 'superseded' } : model,
  );
}

/** The version in force; null while the declared weights are. */
export function activeModel(merged: readonly AffinityModel[]): AffinityModel | null {
  return merged.find((model) => model.status === 'active') ?? null;
}

/** True when the two lists hold the same versions with the same status. */
export function sameModels(a: readonly AffinityModel[], b: readonly AffinityModel[]): boolean {
  return (
    a.length === b.length &&
    a.every((model, i) => {
      const other = b[i];
      return (
        model.version === other?.version &&
        model.status === other.status &&
        model.activatedAt === other.activatedAt
      );
    })
  );
}
