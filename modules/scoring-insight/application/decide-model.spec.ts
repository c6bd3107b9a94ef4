import { describe, expect, it } from '@jest/globals';
import { affinityModel, DECLARED, weights } from '../domain/__fixtures__/affinity-models.js';
import type { AffinityModel, ModelStatus } from '../domain/affinity-model-version.js';
import { DecideModel } from './decide-model.js';
import type { ModelDecisionStore, RecordedDecision } from './ports.js';

const model = (
  version: number,
  status: ModelStatus,
  semantic: number,
  base: number,
  activatedAt: string | null = null,
): AffinityModel =>
  affinityModel(version, status, { weights: weights(semantic), base: weights(base), activatedAt });

/** Holds versions; `lost` breaks the session of the lock while a decision is weighed. */
function storeOf(models: AffinityModel[], lost = false) {
  const appended: Omit<RecordedDecision, 'at'>[] = [];
  const store: ModelDecisionStore = {
    stored: () => Promise.resolve(models),
    inGraph: () => Promise.resolve([]),
    decided: () => Promise.resolve([]),
    decisions: () => Promise.resolve([]),
    evidence: () => Promise.resolve(null),
    append: (decision) => Promise.resolve(void appended.push(decision)),
    exclusively: (work) =>
      work(() => (lost ? Promise.reject(new Error('connection lost')) : Promise.resolve())),
  };
  return { store, appended };
}

const approve = (store: ModelDecisionStore, version: number) =>
  new DecideModel(store, DECLARED).execute(
    { decision: 'approve', version, by: 'anna', reason: '' },
    '2026-06-17T12:00:00Z',
  );

describe('DecideModel', () => {
  it('puts in force what was suggested on the weights that still are', async () => {
    const { store, appended } = storeOf([model(1, 'suggested', 0.4, 0.3)]);
    await approve(store, 1);
    expect(appended).toMatchObject([{ decision: 'approve', version: 1, by: 'anna' }]);
  });

  it('refuses what was suggested on weights that were revoked since', async () => {
    const revoked = model(1, 'rejected', 0.4, 0.3, '2026-02-01T00:00:00.000000Z');
    const { store, appended } = storeOf([revoked, model(2, 'suggested', 0.5, 0.4)]);
    await expect(approve(store, 2)).rejects.toMatchObject({ code: 'model_decision_stale' });
    expect(appended).toEqual([]);
  });

  it('keeps no decision once the lock that made it the only one is lost', async () => {
    const { store, appended } = storeOf([model(1, 'suggested', 0.4, 0.3)], true);
    await expect(approve(store, 1)).rejects.toThrow('connection lost');
    expect(appended).toEqual([]);
  });

  it('shows no base of its own: that stands in the evidence', async () => {
    const { store } = storeOf([model(1, 'suggested', 0.4, 0.3)]);
    const [view] = await new DecideModel(store, DECLARED).list();
    expect(Object.keys(view!)).not.toContain('base');
  });
});
