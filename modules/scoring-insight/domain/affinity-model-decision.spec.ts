import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { activeModel, mergeModels } from '../application/affinity-models.js';
import { affinityModel, DECLARED, weights } from './__fixtures__/affinity-models.js';
import {
  decide,
  type Decision,
  type DecisionOutcome,
  type ModelChange,
  withChanges,
} from './affinity-model-decision.js';
import { type AffinityModel, decideModelVersions, type ModelStatus } from './affinity-model-version.js';
import { MAX_MOVE } from './affinity-weights.js';
import { COMPONENTS, type Weights } from './components.js';

const NOW = '2026-06-17T12:00:00Z';
const AT = '2026-06-17T12:00:00.000000Z';

const model = (version: number, status: ModelStatus, activatedAt: string | null = null): AffinityModel =>
  affinityModel(version, status, {
    weights: weights(version / 100),
    createdAt: `2026-01-0${version}T00:00:00.000000Z`,
    activatedAt,
  });

const suggestedOn = (version: number, base: Weights | null): AffinityModel => ({
  ...model(version, 'suggested'),
  base,
});

const FEBRUARY = '2026-02-01T00:00:00.000000Z';
const MARCH = '2026-03-01T00:00:00.000000Z';

/** The versions with their status after a decision that must be taken. */
function after(
  models: AffinityModel[],
  decision: Decision,
  version: number,
): [number, ModelStatus, string | null][] {
  const outcome = decide(models, DECLARED, { decision, version }, NOW);
  if (outcome.status !== 'decided') throw new Error(JSON.stringify(outcome));
  return withChanges(models, outcome.changes).map((each) => [each.version, each.status, each.activatedAt]);
}

function refusal(outcome: DecisionOutcome): string {
  return outcome.status === 'refused' ? outcome.code : outcome.status;
}

describe('decide', () => {
  it('approves a suggestion and supersedes what was in force', () => {
    const models = [model(1, 'rejected'), model(2, 'active', MARCH), suggestedOn(3, weights(0.02))];
    expect(after(models, 'approve', 3)).toEqual([
      [1, 'rejected', null],
      [2, 'superseded', MARCH],
      [3, 'active', AT],
    ]);
  });

  it('remembers that a version was in force which the graph activated without an instant', () => {
    expect(after([model(1, 'active'), suggestedOn(2, weights(0.01))], 'approve', 2)[0]).toEqual([
      1,
      'superseded',
      '2026-01-01T00:00:00.000000Z',
    ]);
  });

  it('rejects a suggestion and leaves the one in force alone', () => {
    expect(after([model(1, 'active', MARCH), model(2, 'suggested')], 'reject', 2)).toEqual([
      [1, 'active', MARCH],
      [2, 'rejected', null],
    ]);
  });

  it('revokes back to the version that was in force last, for good', () => {
    const models = [
      model(1, 'superseded', MARCH),
      model(2, 'superseded', FEBRUARY),
      model(3, 'superseded'),
      model(4, 'active', '2026-04-01T00:00:00.000000Z'),
    ];
    expect(after(models, 'revoke', 4)).toEqual([
      [1, 'active', AT],
      [2, 'superseded', FEBRUARY],
      [3, 'superseded', null],
      [4, 'rejected', '2026-04-01T00:00:00.000000Z'],
    ]);
  });

  it('revokes back to the declared weights where no version was in force before', () => {
    expect(after([model(1, 'active', MARCH), model(2, 'superseded')], 'revoke', 1)).toEqual([
      [1, 'rejected', MARCH],
      [2, 'superseded', null],
    ]);
  });

  it.each([
    ['approve', 'active', MARCH],
    ['reject', 'rejected', null],
    ['revoke', 'rejected', MARCH],
  ] as const)('changes nothing when it is asked to %s once more', (decision, status, activatedAt) => {
    expect(decide([model(1, status, activatedAt)], DECLARED, { decision, version: 1 }, NOW)).toEqual({
      status: 'unchanged',
    });
  });

  it.each([
    ['approve', 'superseded', null, 'model_not_suggested'],
    ['approve', 'rejected', null, 'model_not_suggested'],
    ['reject', 'active', MARCH, 'model_not_suggested'],
    ['reject', 'superseded', MARCH, 'model_not_suggested'],
    // A revoked version was in force: that is more than a suggestion turned down.
    ['reject', 'rejected', MARCH, 'model_not_suggested'],
    ['revoke', 'suggested', null, 'model_not_active'],
    ['revoke', 'superseded', MARCH, 'model_not_active'],
    ['revoke', 'rejected', null, 'model_not_active'],
  ] as const)(
    'refuses to %s a version that is %s (in force since %s)',
    (decision, status, activatedAt, code) => {
      expect(refusal(decide([model(1, status, activatedAt)], DECLARED, { decision, version: 1 }, NOW))).toBe(
        code,
      );
    },
  );

  it('refuses a version that nobody knows', () => {
    expect(refusal(decide([], DECLARED, { decision: 'approve', version: 1 }, NOW))).toBe('model_unknown');
  });

  it('refuses a decision that saw another version in force', () => {
    const models = [model(1, 'active', MARCH), suggestedOn(2, weights(0.01))];
    const approve = (activeVersion: number | null) =>
      refusal(decide(models, DECLARED, { decision: 'approve', version: 2, activeVersion }, NOW));
    expect(approve(1)).toBe('decided');
    expect(approve(null)).toBe('model_decision_stale');
    expect(approve(2)).toBe('model_decision_stale');
  });

  it('refuses to approve a suggestion once the weights it was suggested on are not in force', () => {
    const approve = (models: AffinityModel[], declared = DECLARED) =>
      refusal(decide(models, declared, { decision: 'approve', version: 2 }, NOW));
    const open = suggestedOn(2, weights(0.01));
    expect(approve([model(1, 'active', MARCH), open])).toBe('decided');
    // Revoked, so that the declared weights hold again.
    expect(approve([model(1, 'rejected', MARCH), open])).toBe('model_decision_stale');
    expect(approve([model(1, 'rejected', MARCH), open], weights(0.01))).toBe('decided');
    expect(approve([suggestedOn(2, DECLARED)], weights(0.2))).toBe('model_decision_stale');
    expect(approve([suggestedOn(2, null)])).toBe('model_decision_stale');
    expect(refusal(decide([open], DECLARED, { decision: 'reject', version: 2 }, NOW))).toBe('decided');
  });

  it('keeps the order of decisions where the clock stepped back', () => {
    const models = [
      { ...model(1, 'active', MARCH), decidedAt: '2026-06-17T12:00:05.500000Z' },
      suggestedOn(2, weights(0.01)),
    ];
    const outcome = decide(models, DECLARED, { decision: 'approve', version: 2 }, NOW);
    expect(outcome).toMatchObject({ changes: [{ decidedAt: '2026-06-17T12:00:05.501000Z' }, {}] });
  });
});

/** What may happen, in any order. */
type Happening =
  | { kind: 'decide'; decision: Decision; version: number }
  | { kind: 'two at once'; decisions: [Decision, number][] }
  | { kind: 'suggest'; move: number }
  | { kind: 'declare'; semantic: number }
  | { kind: 'run' }
  | { kind: 'sync' }
  | { kind: 'by hand'; version: number; status: ModelStatus };

const decision = fc.constantFrom<Decision>('approve', 'reject', 'revoke');
const version = fc.integer({ min: 1, max: 5 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant('decide' as const), decision, version }),
  fc.record({
    kind: fc.constant('two at once' as const),
    decisions: fc.array(fc.tuple(decision, version), { minLength: 2, maxLength: 2 }) as fc.Arbitrary<
      [Decision, number][]
    >,
  }),
  fc.record({ kind: fc.constant('suggest' as const), move: fc.constantFrom(-0.1, -0.05, 0.05, 0.1) }),
  fc.record({ kind: fc.constant('declare' as const), semantic: fc.constantFrom(0.2, 0.3, 0.5) }),
  fc.constant({ kind: 'run' as const }),
  fc.constant({ kind: 'sync' as const }),
  fc.record({
    kind: fc.constant('by hand' as const),
    version,
    status: fc.constantFrom<ModelStatus>('suggested', 'active', 'superseded', 'rejected'),
  }),
);

/** The three places that hold versions, and what the pieces of this module do to them. */
class World {
  stored: AffinityModel[] = [];
  graph: AffinityModel[] = [];
  decided: ModelChange[] = [];
  declared = DECLARED;
  /** Instants that move on, except that every third one steps back. */
  private ticks = 0;

  known(): AffinityModel[] {
    return mergeModels(this.stored, this.graph, this.decided);
  }

  inForce(): Weights {
    return activeModel(this.known())?.weights ?? this.declared;
  }

  now(): string {
    this.ticks += 1;
    return new Date(
      Date.UTC(2026, 5, 17) + this.ticks * 1000 - (this.ticks % 3 === 0 ? 60_000 : 0),
    ).toISOString();
  }

  decide(which: Decision, version: number, seen = this.known()): DecisionOutcome {
    const outcome = decide(seen, this.declared, { decision: which, version }, this.now());
    if (outcome.status === 'decided') this.decided.push(...outcome.changes);
    return outcome;
  }

  private run(suggestion: { weights: Weights; n: number } | null): void {
    this.stored = decideModelVersions(this.known(), suggestion, this.inForce(), this.now()).models;
  }

  happen(event: Happening): void {
    switch (event.kind) {
      case 'decide':
        this.decide(event.decision, event.version);
        return;
      case 'two at once': {
        // The lock was lost: both look before either decides.
        const seen = this.known();
        for (const [which, version] of event.decisions) this.decide(which, version, seen);
        return;
      }
      case 'suggest': {
        // As far as one release may go.
        const semantic = Math.round((this.inForce().semantic + event.move) * 100) / 100;
        this.run({ weights: weights(Math.min(Math.max(semantic, 0), 1)), n: 200 });
        return;
      }
      case 'declare':
        this.declared = weights(event.semantic);
        return;
      case 'run':
        this.run(null);
        return;
      case 'sync':
        this.graph = this.stored.map((each) => ({ ...each, base: null }));
        return;
      case 'by hand':
        this.graph = this.graph.map((each) =>
          each.version === event.version ? { ...each, status: event.status } : each,
        );
    }
  }
}

describe('whatever people, runs, syncs and the graph do, in any order', () => {
  const anything = (check: (world: World, event: Happening, before: AffinityModel[]) => void): void =>
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (events) => {
        const world = new World();
        for (const event of events) {
          const before = world.known();
          world.happen(event);
          check(world, event, before);
        }
      }),
      { numRuns: 300 },
    );

  it('at most one version is in force, at most one is suggested, and none is lost', () => {
    anything((world, _, before) => {
      const known = world.known();
      expect(known.filter(({ status }) => status === 'active').length).toBeLessThanOrEqual(1);
      expect(known.filter(({ status }) => status === 'suggested').length).toBeLessThanOrEqual(1);
      expect(known.map((each) => each.version)).toEqual(known.map((_each, index) => index + 1));
      expect(known.length).toBeGreaterThanOrEqual(before.length);
    });
  });

  it('approving moves no weight by more than a release may, from what is in force by then', () => {
    anything((world) => {
      const models = world.known();
      for (const { version: open, weights: offered } of models) {
        const outcome = decide(models, world.declared, { decision: 'approve', version: open }, NOW);
        if (outcome.status !== 'decided') continue;
        const inForce = world.inForce();
        const moves = COMPONENTS.map((component) => Math.abs(offered[component] - inForce[component]));
        expect(Math.max(...moves)).toBeLessThanOrEqual(MAX_MOVE + 1e-9);
      }
    });
  });

  it('a run without a suggestion takes the open one back; else a run and a sync only carry what is known', () => {
    anything((world, { kind }, before) => {
      if (kind !== 'run') return;
      const expected = before.map((each) =>
        each.status === 'suggested' ? { ...each, status: 'superseded' as const } : each,
      );
      expect(world.known()).toEqual(expected);
      // The graph hears of all that was decided.
      const carried = new World();
      Object.assign(carried, { stored: world.stored, graph: world.stored, decided: world.decided });
      expect(carried.known()).toEqual(expected);
    });
  });

  it('a decision that was taken stands, and the same one again changes nothing', () => {
    anything((world, event) => {
      if (event.kind !== 'decide') return;
      const known = world.known().find(({ version: each }) => each === event.version);
      const again = world.decide(event.decision, event.version);
      expect(again.status).not.toBe('decided');
      if (again.status === 'unchanged') {
        expect(known?.status).toBe(event.decision === 'approve' ? 'active' : 'rejected');
      }
    });
  });
});
