import { describe, expect, it } from '@jest/globals';
import { freshness, type SourceLoad, staleSignals } from './freshness.js';

const NOW = '2026-06-17T12:00:00.000000Z';
const ago = (minutes: number): string => new Date(Date.parse(NOW) - minutes * 60_000).toISOString();
const load = (confirmed: number, changed = confirmed): SourceLoad => ({
  confirmedAt: ago(confirmed),
  changedAt: ago(changed),
});
const built = (positions: Record<string, string | number>, version = 1, minutes = 0) => ({
  version,
  positions,
  builtAt: ago(minutes),
});

const models = [
  { name: 'calendar', reads: [] },
  { name: 'dim', reads: ['raw_entities'] },
  { name: 'fact', reads: ['raw_deals', 'dim'] },
  { name: 'agg', reads: ['fact', 'calendar'] },
];
type States = Parameters<typeof freshness>[1];
function at(
  loads: Record<string, SourceLoad | null>,
  states: Record<string, ReturnType<typeof built> | null>,
) {
  const found = freshness(
    models,
    new Map(Object.entries({ calendar: built({}), ...states })) satisfies States,
    new Map(Object.entries(loads)),
    NOW,
    15,
  );
  return Object.fromEntries(
    found.map(({ kind, name, ageSeconds, status, why }) => [
      `${kind} ${name}`,
      [ageSeconds === null ? null : ageSeconds / 60, status, why],
    ]),
  );
}

describe('freshness', () => {
  it('is that of the last load while nothing moved since the build, however long ago that was', () => {
    const loads = { raw_entities: load(2, 900), raw_deals: load(3, 700) };
    const states = {
      dim: built({ raw_entities: ago(900) }, 4, 800),
      fact: built({ raw_deals: ago(700), dim: 4 }, 1, 600),
      agg: built({ fact: 1, calendar: 1 }, 1, 600),
    };
    expect(at(loads, states)).toEqual({
      'source entities': [2, 'ok', 'its last confirmed load'],
      'source deals': [3, 'ok', 'its last confirmed load'],
      'model calendar': [0, 'ok', 'it reads no source'],
      'model dim': [2, 'ok', 'the last load of raw_entities'],
      'model fact': [3, 'ok', 'the last load of raw_deals'],
      'model agg': [3, 'ok', 'the last load of raw_deals'],
    });
  });

  it('is that of the oldest source, through all that lies between', () => {
    const loads = { raw_entities: load(40), raw_deals: load(1) };
    const states = {
      dim: built({ raw_entities: ago(40) }),
      fact: built({ raw_deals: ago(1), dim: 1 }),
      agg: built({ fact: 1, calendar: 1 }),
    };
    expect(at(loads, states)).toMatchObject({
      'source entities': [40, 'stale', 'its last confirmed load'],
      'model agg': [40, 'stale', 'the last load of raw_entities'],
    });
  });

  it('stays at the position of the build when the source moved on, for the model and all that reads it', () => {
    const loads = { raw_entities: load(1), raw_deals: load(1) };
    const states = {
      dim: built({ raw_entities: ago(60) }),
      fact: built({ raw_deals: ago(1), dim: 1 }),
      agg: built({ fact: 1, calendar: 1 }),
    };
    const why = 'raw_entities changed and is not taken up';
    expect(at(loads, states)).toMatchObject({
      'source entities': [1, 'ok', 'its last confirmed load'],
      'model dim': [60, 'stale', why],
      'model fact': [60, 'stale', why],
      'model agg': [60, 'stale', why],
    });
  });

  it('is no better than the build of a model that was left behind by one it reads', () => {
    const loads = { raw_entities: load(1), raw_deals: load(1, 90) };
    const states = {
      dim: built({ raw_entities: ago(1) }, 8, 1),
      fact: built({ raw_deals: ago(90), dim: 7 }, 3, 50),
      agg: built({ fact: 3, calendar: 1 }, 1, 50),
    };
    expect(at(loads, states)).toMatchObject({
      'model dim': [1, 'ok', 'the last load of raw_entities'],
      'model fact': [50, 'stale', 'dim was published since'],
      'model agg': [50, 'stale', 'dim was published since'],
    });
  });

  it('is unknown, and stale, for what was never loaded or built', () => {
    expect(at({ raw_entities: null, raw_deals: load(1) }, { dim: built({ raw_entities: '' }) })).toEqual({
      'source entities': [null, 'stale', 'it was never loaded'],
      'source deals': [1, 'ok', 'its last confirmed load'],
      'model calendar': [0, 'ok', 'it reads no source'],
      'model dim': [null, 'stale', 'raw_entities was never loaded'],
      'model fact': [null, 'stale', 'it was never built'],
      'model agg': [null, 'stale', 'it was never built'],
    });
  });

  it('is measured against the objective of the model, to the second', () => {
    const judge = (seconds: number, freshness_minutes?: number) =>
      freshness(
        [{ name: 'dim', reads: ['raw_x'], ...(freshness_minutes ? { freshness_minutes } : {}) }],
        new Map([['dim', built({ raw_x: ago(seconds / 60) })]]),
        new Map([['raw_x', load(seconds / 60)]]),
        NOW,
        15,
      ).map(({ name, objectiveSeconds, status }) => [name, objectiveSeconds, status]);
    expect(judge(900)).toEqual([
      ['x', 900, 'ok'],
      ['dim', 900, 'ok'],
    ]);
    expect(judge(901, 60)).toEqual([
      ['x', 900, 'stale'],
      ['dim', 3600, 'ok'],
    ]);
  });

  it('never runs ahead of the clock', () => {
    expect(at({ raw_entities: load(-3), raw_deals: load(1) }, {})).toMatchObject({
      'source entities': [0, 'ok', 'its last confirmed load'],
    });
  });
});

describe('staleSignals', () => {
  it('warns past the objective and is critical past twice of it', () => {
    const loads = { raw_a: load(15), raw_b: load(16), raw_c: load(31), raw_d: null };
    const ages = freshness([], new Map(), new Map(Object.entries(loads)), NOW, 15);
    expect(staleSignals(ages).map(({ subject, severity }) => [subject, severity])).toEqual([
      ['source:b', 'warn'],
      ['source:c', 'critical'],
      ['source:d', 'critical'],
    ]);
    expect(staleSignals(ages)[0]?.evidence).toEqual({
      kind: 'source',
      name: 'b',
      ageSeconds: 960,
      objectiveSeconds: 900,
      freshAt: ago(16),
      why: 'its last confirmed load',
    });
  });
});
