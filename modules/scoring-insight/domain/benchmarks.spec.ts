import { describe, expect, it } from '@jest/globals';
import { golden } from './__fixtures__/golden.js';
import { seeded } from './__fixtures__/planted-deals.js';
import { benchmark, type BenchmarkInput, withSnapshot } from './benchmarks.js';

const rates = golden.eb_betabinom_mle.kn.map(([successes, n], i) => entity(i, successes / n, n, successes));

function entity(i: number, value: number | null, n: number, successes?: number): BenchmarkInput {
  return {
    entityId: `e${i}`,
    tenantId: `t${i}`,
    entityType: 'brand',
    industry: 'fashion',
    tier: 'enterprise',
    value,
    n,
    successes,
  };
}

describe('benchmark', () => {
  it('places a rate among its peers, with interval and shrunken value', () => {
    const [first] = benchmark(rates, 'success_rate');
    expect(first).toEqual({
      entityId: 'e0',
      tenantId: 't0',
      metric: 'success_rate',
      value: 0.9,
      n: 10,
      ciLow: expect.closeTo(golden.wilson['9/10']![0], 9),
      ciHigh: expect.closeTo(golden.wilson['9/10']![1], 9),
      cohort: 'brand|fashion|enterprise',
      cohortLevel: 'industry_tier',
      cohortN: 10,
      // 0, .286, .4, .5, .556, .6, .75, [.9], .909, 1
      percentile: 75,
      p25: 0.4,
      p50: 0.58,
      p75: 0.9,
      shrunkenValue: expect.closeTo(golden.eb_betabinom_mle.posterior[0]!.mean, 6),
      explanation:
        'Success rate 90% over 10 outcomes, percentile 75 among 10 entities (brand, fashion, enterprise), whose median is 58%.',
      reason: null,
    });
  });

  it('withholds the percentile of a figure with little evidence, but shows the peers', () => {
    const thin = benchmark(rates, 'success_rate')[2]!;
    expect(thin).toMatchObject({
      value: 1,
      n: 1,
      percentile: null,
      p50: 0.58,
      cohortN: 10,
      reason: 'too_little_evidence',
      explanation:
        'Success rate 100% over 1 outcomes; a percentile needs at least 5, compare with 10 entities (brand, fashion, enterprise), whose median is 58%.',
    });
    expect(thin.shrunkenValue).toBeCloseTo(golden.eb_betabinom_mle.posterior[2]!.mean, 6);
  });

  it('withholds everything about a cohort that is too small, with the reason', () => {
    const [first] = benchmark(rates.slice(0, 9), 'success_rate');
    expect(first).toMatchObject({
      value: 0.9,
      cohort: null,
      cohortLevel: null,
      cohortN: null,
      percentile: null,
      p25: null,
      p50: null,
      p75: null,
      shrunkenValue: null,
      reason: 'cohort_too_small',
    });
    expect(first!.ciLow).not.toBeNull();
    expect(first!.explanation).toMatch(/too few peers/);
  });

  it('does not rank an entity without a value and does not count it', () => {
    const rows = benchmark([...rates, entity(10, null, 0, 0)], 'success_rate');
    expect(rows[10]).toMatchObject({
      value: null,
      percentile: null,
      shrunkenValue: null,
      ciLow: null,
      cohortN: 10,
      reason: 'no_value',
      explanation: 'Success rate: no outcomes yet.',
    });
    expect(rows[0]!.percentile).toBe(75);
  });

  it('flips the percentile where low is better, not the quartiles', () => {
    const days = Array.from({ length: 10 }, (_, i) => entity(i, 10 * (i + 1), 6));
    const [fastest, ...others] = benchmark(days, 'days_to_signed');
    expect(fastest).toMatchObject({
      percentile: 95,
      p25: 30,
      p50: 55,
      p75: 80,
      ciLow: null,
      ciHigh: null,
      shrunkenValue: null,
      explanation:
        'Median time to signature 10 days over 6 signed deals, percentile 95 among 10 entities (brand, fashion, enterprise), whose median is 55 days.',
    });
    expect(others.at(-1)!.percentile).toBe(5);
  });

  it('gives everybody the middle when all are equal', () => {
    const rows = benchmark(
      rates.map((row) => ({ ...row, value: 0.5, n: 10, successes: 5 })),
      'success_rate',
    );
    expect(new Set(rows.map((row) => row.percentile))).toEqual(new Set([50]));
  });

  it('shows quartiles of two significant digits only', () => {
    const values = Array.from({ length: 40 }, (_, i) => entity(i, 12_345.67 + 789.1 * i, 8));
    for (const row of benchmark(values, 'deal_value')) {
      expect([row.p25, row.p50, row.p75]).toEqual([20_000, 28_000, 36_000]);
    }
  });

  it('depends neither on the order of the entities nor on the scale of an amount', () => {
    const random = seeded(7);
    const values = Array.from({ length: 60 }, (_, i) => entity(i, Math.floor(random() * 20), 9));
    const byId = (rows: ReturnType<typeof benchmark>): Map<string, number | null> =>
      new Map(rows.map((row) => [row.entityId, row.percentile]));
    const once = byId(benchmark(values, 'deal_value'));
    expect(Object.fromEntries(byId(benchmark([...values].reverse(), 'deal_value')))).toEqual(
      Object.fromEntries(once),
    );
    const scaled = values.map((row) => ({ ...row, value: row.value! * 1000 }));
    expect(byId(benchmark(scaled, 'deal_value'))).toEqual(once);
  });

  it('averages to percentile 50 over a cohort with enough evidence', () => {
    const random = seeded(8);
    const rows = benchmark(
      Array.from({ length: 101 }, (_, i) => entity(i, Math.floor(random() * 30), 9)),
      'response_activity',
    );
    expect(rows.reduce((sum, row) => sum + row.percentile!, 0) / rows.length).toBeCloseTo(50, 9);
  });

  it('serves 100,000 entities', () => {
    const random = seeded(9);
    const entities = Array.from({ length: 100_000 }, (_, i): BenchmarkInput => {
      const n = 1 + Math.floor(random() * 40);
      const successes = Math.floor(random() * (n + 1));
      return {
        ...entity(i, successes / n, n, successes),
        industry: `industry-${i % 12}`,
        tier: ['enterprise', 'professional', 'individual'][(i % 7) % 3]!,
      };
    });
    const rows = benchmark(entities, 'success_rate');
    expect(rows).toHaveLength(100_000);
    expect(rows.every((row) => row.cohortLevel === 'industry_tier' && row.shrunkenValue !== null)).toBe(true);
  });
});

describe('withSnapshot', () => {
  const [published] = benchmark(rates, 'success_rate');
  const live = benchmark([entity(0, 0.5, 12, 6)], 'success_rate')[0]!;

  it('keeps the own figures live and those of the peers as published', () => {
    expect(withSnapshot(live, published!)).toMatchObject({
      value: 0.5,
      n: 12,
      ciLow: live.ciLow,
      cohort: 'brand|fashion|enterprise',
      cohortN: 10,
      percentile: 75,
      p50: 0.58,
      shrunkenValue: published!.shrunkenValue,
      reason: null,
      explanation:
        'Success rate 50% over 12 outcomes, percentile 75 among 10 entities (brand, fashion, enterprise), whose median is 58%.',
    });
  });

  it('says that a newcomer is not in the snapshot', () => {
    expect(withSnapshot(live, null)).toMatchObject({
      value: 0.5,
      cohort: null,
      percentile: null,
      reason: 'not_in_snapshot',
    });
    expect(withSnapshot(live, { ...published!, reason: 'no_value', percentile: null }).reason).toBe(
      'not_in_snapshot',
    );
  });

  it('ranks nobody who has no value any more', () => {
    const gone = benchmark([entity(0, null, 0, 0)], 'success_rate')[0]!;
    expect(withSnapshot(gone, published!)).toMatchObject({
      value: null,
      percentile: null,
      shrunkenValue: null,
      reason: 'no_value',
    });
  });
});
