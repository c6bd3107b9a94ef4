import { describe, expect, it } from '@jest/globals';
import { resultVersions } from './result-versions.js';

const MONDAY = '2026-06-15T12:00:00.000000Z';
const TUESDAY = '2026-06-16T12:00:00.000000Z';

describe('resultVersions', () => {
  it('say how, from when, from how many and with which warnings each part was computed', () => {
    const window = { from: '2025-01-01T00:00:00Z', to: '2025-12-01T00:00:00Z' };
    const computed = [
      { part: 'predictiveness' as const, n: 240, window, warnings: ['small_sample'] },
      { part: 'badges' as const, n: 0 },
    ];
    expect(resultVersions(computed, [], MONDAY)).toEqual([
      {
        part: 'badges',
        tables: ['insight_entity_badges', 'insight_badge_history'],
        method: 'percentile_with_hysteresis',
        codeVersion: '1',
        window: { from: null, to: MONDAY },
        seed: null,
        n: 0,
        warnings: [],
        asOf: MONDAY,
      },
      {
        part: 'predictiveness',
        tables: ['insight_predictiveness', 'insight_predictiveness_deals', 'insight_affinity_models'],
        method: 'auc_delong_dyadic, ridge_logistic_weights',
        codeVersion: '1',
        window,
        seed: null,
        n: 240,
        warnings: ['small_sample'],
        asOf: MONDAY,
      },
    ]);
  });

  it('keep what is said of a part that was left out, and replace the rest', () => {
    const earlier = resultVersions(
      [
        { part: 'pair_success', n: 3 },
        { part: 'benchmarks', n: 5 },
      ],
      [],
      MONDAY,
    );
    const now = resultVersions([{ part: 'benchmarks', n: 6 }], earlier, TUESDAY);
    expect(now.map(({ part, n, asOf }) => [part, n, asOf])).toEqual([
      ['benchmarks', 6, TUESDAY],
      ['pair_success', 3, MONDAY],
    ]);
  });
});
