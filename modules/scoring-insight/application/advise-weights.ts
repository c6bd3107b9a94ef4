import { decideModelVersions } from '../domain/affinity-model-version.js';
import { suggestWeights } from '../domain/affinity-weights.js';
import type { Weights } from '../domain/components.js';
import { activeModel, readModels, sameModels } from './affinity-models.js';
import type { WeightAdvice } from './insight-report.js';
import type { AffinityModelStore, DatedOutcomeRow } from './ports.js';

export interface WeightQuestion {
  /** Matured deals. */
  rows: readonly DatedOutcomeRow[];
  /** Hold while no model is active. */
  defaultWeights: Weights;
  /** What the analysis of the components flagged: scores that may know the outcome. */
  leakSuspected: boolean;
}

/**
 * Which weights would have done better than those in force, as a version for a person to approve. Takes over what people
 * decided since, here or in the graph. Returns what to report, and the rows written.
 */
export async function adviseWeights(
  store: AffinityModelStore,
  { rows, defaultWeights, leakSuspected }: WeightQuestion,
  asOf: string,
): Promise<{ advice: WeightAdvice; written: number }> {
  const { known, stored } = await readModels(store);
  const active = activeModel(known);
  const current = active?.weights ?? defaultWeights;
  const suggestion = suggestWeights({ rows, current, leakSuspected });
  const suggested = suggestion.status === 'suggested' ? suggestion : null;
  const evidence = {
    ...suggestion.evidence,
    rankChurn: suggested && (await store.rankChurn(current, suggested.weights, asOf)),
  };
  const decision = decideModelVersions(known, suggested, current, dayOf(asOf));
  const carried =
    decision.created === null
      ? null
      : { version: decision.created, json: JSON.stringify({ ...evidence, base: current }) };
  const written = sameModels(stored, decision.models)
    ? 0
    : await store.replace(decision.models, carried, asOf);
  const open = decision.models.find(({ status }) => status === 'suggested');
  return {
    advice: {
      current,
      currentVersion: active?.version ?? null,
      suggested: open?.weights ?? null,
      suggestedVersion: open?.version ?? null,
      reason: suggestion.status === 'none' ? suggestion.reason : open ? null : 'rejected_before',
      evidence,
    },
    written,
  };
}

/** Midnight before an instant, UTC: a second run of the day creates the same version. */
function dayOf(asOf: string): string {
  return `${new Date(asOf).toISOString().slice(0, 10)}T00:00:00.000Z`;
}
