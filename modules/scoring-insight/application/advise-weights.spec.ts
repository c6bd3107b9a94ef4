import { describe, expect, it } from '@jest/globals';
import { plantedDeals } from '../domain/__fixtures__/planted-deals.js';
import type { AffinityModel, ModelStatus } from '../domain/affinity-model-version.js';
import type { Weights } from '../domain/components.js';
import { adviseWeights } from './advise-weights.js';
import type { AffinityModelStore } from './ports.js';

const DECLARED: Weights = {
  semantic: 0.3,
  goal_alignment: 0.25,
  cultural_momentum: 0.2,
  historical: 0.15,
  authenticity: 0.1,
};

const AS_OF = '2026-06-17T12:00:00Z';
const rows = plantedDeals(500, { historical: 2.5, authenticity: 2, semantic: 0.3 }, 11);

/** Keeps versions with their evidence, as the store does. */
function memory() {
  const state = { models: [] as AffinityModel[], evidence: new Map<number, string>() };
  const store: AffinityModelStore = {
    stored: () => Promise.resolve(state.models),
    inGraph: () => Promise.resolve([]),
    decided: () => Promise.resolve([]),
    rankChurn: () => Promise.resolve({ top: 10, entities: 0, entitiesChanged: 0, share: null }),
    replace: (models, evidence) => {
      state.models = [...models];
      if (evidence) state.evidence.set(evidence.version, evidence.json);
      return Promise.resolve(models.length);
    },
  };
  const advise = async (leakSuspected = false) => {
    const { advice, written } = await adviseWeights(
      store,
      { rows, defaultWeights: DECLARED, leakSuspected },
      AS_OF,
    );
    const { suggestedVersion, reason } = advice;
    return { suggestedVersion, reason, written };
  };
  const statuses = () => state.models.map(({ status }) => status);
  const set = (version: number, status: ModelStatus) => {
    state.models = state.models.map((model) => (model.version === version ? { ...model, status } : model));
  };
  return { state, advise, statuses, set };
}

describe('adviseWeights', () => {
  it('keeps with a suggestion the weights that it was made on, and makes it once', async () => {
    const { state, advise } = memory();
    expect(await advise()).toEqual({ suggestedVersion: 1, reason: null, written: 1 });
    expect(state.models[0]).toMatchObject({ status: 'suggested', base: DECLARED });
    expect(JSON.parse(state.evidence.get(1)!)).toMatchObject({ n: 500, base: DECLARED });
    expect(await advise()).toEqual({ suggestedVersion: 1, reason: null, written: 0 });
  });

  it('takes an open suggestion back when a leak comes to light, and makes it anew when there is none', async () => {
    const { advise, statuses } = memory();
    await advise();
    expect(await advise(true)).toEqual({ suggestedVersion: null, reason: 'leakage_risk', written: 1 });
    expect(statuses()).toEqual(['superseded']);
    expect(await advise()).toMatchObject({ suggestedVersion: 2, reason: null });
    expect(statuses()).toEqual(['superseded', 'suggested']);
  });

  it('takes back what was suggested on top of a version that was revoked since', async () => {
    const { advise, set, statuses } = memory();
    await advise();
    set(1, 'active');
    expect(await advise()).toMatchObject({ suggestedVersion: 2 });
    set(1, 'rejected');
    expect(await advise()).toMatchObject({ suggestedVersion: null, reason: 'rejected_before' });
    expect(statuses()).toEqual(['rejected', 'superseded']);
  });
});
