import { describe, expect, it } from '@jest/globals';
import { DAY } from './generate/format.js';
import { generateWorld, seedSpec } from './generate.js';
import { plantedTruth } from './planted-truth.js';

const world = generateWorld(seedSpec({ seed: 42, asOf: new Date('2026-03-17T15:30:00Z'), scale: 1 }));
const truth = plantedTruth(world);

describe('the demo’s planted truth', () => {
  it('has enough matured deals with a usable score', () => {
    const matured = world.deals.filter(
      ({ closedAt, startAt, scoreCase, deletedAt }) =>
        closedAt !== null &&
        scoreCase === 'usable' &&
        deletedAt === null &&
        startAt <= world.spec.base - 180 * DAY,
    );
    expect(matured.length).toBeGreaterThan(4000);
  });

  it('stalls three open deals in a hundred, of many owners', () => {
    const open = world.deals.filter(({ closedAt, deletedAt }) => closedAt === null && deletedAt === null);
    expect(truth.stalled.length / open.length).toBeCloseTo(0.03, 2);
    expect(new Set(truth.stalled.map(({ ownerUserId }) => ownerUserId)).size).toBeGreaterThan(70);
    expect(truth.stalled.filter(({ severity }) => severity === 'critical').length).toBe(29);
  });

  it('plants every kind of reject', () => {
    const reasons = truth.rejects.map(({ source, reasonCode }) => `${source} ${reasonCode}`);
    expect([...new Set(reasons)].sort()).toEqual([
      'affinity_scores score_out_of_range',
      'deal_events event_before_deal',
      'entities unknown_tier',
      'partnerships negative_money',
      'partnerships score_out_of_range',
      'partnerships unknown_stage',
    ]);
    expect(truth.rejects.length).toBe(17);
    expect(truth.stageDisagrees.length).toBe(3);
  });

  it('gives planted performers at least 12 outcomes, nearly all of one kind', () => {
    expect(truth.performers.length).toBe(18);
    for (const { kind, outcomes, successes } of truth.performers) {
      expect(outcomes).toBeGreaterThanOrEqual(12);
      expect(kind === 'top' ? outcomes - successes : successes).toBeLessThanOrEqual(1);
    }
  });

  it('fills most cohorts with ten entities of ten tenants, and leaves a few too small', () => {
    const cohorts = new Map<string, Set<number>>();
    for (const { type, industry, tier, tenant } of world.entities) {
      const key = `${type}|${industry}|${tier}`;
      cohorts.set(key, (cohorts.get(key) ?? new Set()).add(tenant));
    }
    const large = [...cohorts.values()].filter((tenants) => tenants.size >= 10).length;
    expect(large / cohorts.size).toBeGreaterThan(0.8);
    expect(large).toBeLessThan(cohorts.size);
  });
});
