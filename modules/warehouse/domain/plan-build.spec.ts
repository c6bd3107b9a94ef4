import { describe, expect, it } from '@jest/globals';
import { type BuildState, parseBuildState } from './build-state.js';
import { parseModel } from './model.js';
import { planBuild, type Upstream } from './plan-build.js';

const model = parseModel(
  'fact',
  {
    grain: 'One row a thing.',
    materialised: 'incremental',
    key: 'id',
    reads: ['raw_things', 'dim_thing', 'dim_stage'],
    changed_by: ['raw_things', 'dim_thing'],
  },
  { select: 'SELECT 1', changed: 'SELECT 1 AS key' },
);
const THEN = '2026-01-01T00:00:00.000000Z';
const LATER = '2026-01-01T00:00:00.000001Z';
const state = (changes: Partial<BuildState> = {}): BuildState => ({
  version: 3,
  reset: 1,
  positions: { raw_things: THEN, dim_thing: 5, dim_stage: 2 },
  hash: 'h',
  rows: 10,
  builtAt: THEN,
  ...changes,
});
const upstream = (changes: Record<string, Partial<Upstream>> = {}) =>
  new Map<string, Upstream>([
    ['raw_things', { position: THEN, reset: 0, ...changes.raw_things }],
    ['dim_thing', { position: 5, reset: 1, ...changes.dim_thing }],
    ['dim_stage', { position: 2, reset: 1, ...changes.dim_stage }],
  ]);
const plan = (
  changes: Record<string, Partial<Upstream>>,
  of: BuildState | null = state(),
  rows = 10,
  expires = false,
) => planBuild(model, 'h', of, { rows, expires }, upstream(changes));

describe('planBuild', () => {
  it('leaves a model alone when nothing that it reads moved', () => {
    expect(plan({})).toEqual({ mode: 'unchanged' });
  });

  it('builds by its changes what follows them, and gives the positions to go from', () => {
    expect(plan({ raw_things: { position: LATER } })).toEqual({
      mode: 'incremental',
      since: { raw_things: THEN },
    });
    expect(plan({ raw_things: { position: LATER }, dim_thing: { position: 6 } })).toEqual({
      mode: 'incremental',
      since: { raw_things: THEN, dim_thing: 5 },
    });
  });

  it.each<[string, ReturnType<typeof plan>, string]>([
    ['a model never built', plan({}, null), 'it was never built'],
    ['another definition', plan({}, state({ hash: 'before' })), 'its definition changed'],
    ['rows that nobody published', plan({}, state(), 9), 'it has 9 rows, 10 were published'],
    [
      'an upstream whose changes it does not follow',
      plan({ dim_stage: { position: 3 } }),
      'dim_stage changed',
    ],
    [
      'an upstream that was built whole since',
      plan({ dim_thing: { position: 7, reset: 6 } }),
      'dim_thing was built whole',
    ],
    [
      'a raw table that was emptied and loaded anew',
      plan({ raw_things: { position: '1970-01-01T00:00:00.000000Z' } }),
      'raw_things is not what it was built from',
    ],
    [
      'a model that was dropped and built anew',
      plan({ dim_thing: { position: 1 } }),
      'dim_thing is not what it was built from',
    ],
  ])('builds whole after %s', (_what, found, reason) => {
    expect(found).toEqual({ mode: 'full', reason });
  });

  it('builds by its changes a table whose old rows expired: what was made of them stays', () => {
    const moved = { raw_things: { position: LATER } };
    expect(plan(moved, state(), 9, true)).toMatchObject({ mode: 'incremental' });
    expect(plan(moved, state(), 11, true)).toMatchObject({ mode: 'full' });
  });

  it('follows the changes of an upstream built whole before the model was', () => {
    expect(plan({ dim_thing: { position: 6, reset: 5 } })).toEqual({
      mode: 'incremental',
      since: { dim_thing: 5 },
    });
  });
});

describe('parseBuildState', () => {
  it('gives back what was written, and nothing for any other comment', () => {
    expect(parseBuildState(JSON.stringify(state()))).toEqual(state());
    for (const comment of ['', 'a note', '{}', JSON.stringify({ ...state(), version: -1 })])
      expect(parseBuildState(comment)).toBeNull();
  });
});
