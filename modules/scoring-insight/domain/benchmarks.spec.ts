import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { afterSnapshots } from './__fixtures__/attacker.js';
import { golden } from './__fixtures__/golden.js';
import { seeded } from './__fixtures__/planted-deals.js';
import { fitBetaBinomial, posteriorMean } from './stats/beta-binomial.js';
import { benchmark, type BenchmarkInput, withSnapshot } from './benchmarks.js';
import { type Metric, metricDefinition, METRICS } from './metrics.js';

const rows = (entities: BenchmarkInput[], metric: Metric) => benchmark(entities, metric).rows;
const rates = golden.eb_betabinom_mle.kn.map(([successes, n], i) => entity(i, successes / n, n, successes));

function entity(i: number, value: number | null, n: number, count?: number): BenchmarkInput {
  return {
    entityId: `e${i}`,
    tenantId: `t${i}`,
    entityType: 'brand',
    industry: 'fashion',
    tier: 'enterprise',
    value,
    n,
    ...(count === undefined ? {} : { count }),
  };
}

describe('benchmark', () => {
  it('places a rate among its peers, with interval and shrunken value', () => {
    const [first] = rows(rates, 'success_rate');
    expect(first).toEqual({
      entityId: 'e0',
      tenantId: 't0',
      metric: 'success_rate',
      value: 0.9,
      n: 10,
      ciLow: expect.closeTo(golden.wilson['9/10']![0], 9),
      ciHigh: expect.closeTo(golden.wilson['9/10']![1], 9),
      ciReason: null,
      cohort: 'brand|fashion|enterprise',
      cohortLevel: 'industry_tier',
      cohortN: 10,
      // 0, .286, .4, .5, .556, .6, .75, [.9], .909, 1
      percentile: 75,
      topPercent: 30,
      // The posterior's 5% quantile .6116 is above 6 of the 10 posterior means.
      floorPercentile: 60,
      p25: 0.4,
      p50: 0.58,
      p75: 0.9,
      shrunkenValue: Number(golden.eb_betabinom_mle.posterior[0]!.mean.toPrecision(3)),
      snapshotN: 10,
      explanation:
        'Success rate 90% over 10 outcomes, percentile 75 (in the top 30%) among 10 entities (brand, fashion, enterprise), whose median is 58%.',
      reason: null,
    });
  });

  it('withholds the percentile of a figure with little evidence, but shows the peers', () => {
    const thin = rows(rates, 'success_rate')[2]!;
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
    expect(thin.shrunkenValue).toBe(Number(golden.eb_betabinom_mle.posterior[2]!.mean.toPrecision(3)));
  });

  it('withholds everything about a cohort that is too small, with the reason', () => {
    const [first] = rows(rates.slice(0, 9), 'success_rate');
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
    const compared = rows([...rates, entity(10, null, 0, 0)], 'success_rate');
    expect(compared[10]).toMatchObject({
      value: null,
      percentile: null,
      shrunkenValue: null,
      ciLow: null,
      cohortN: 10,
      reason: 'no_value',
      explanation: 'Success rate: no outcomes yet.',
    });
    expect(compared[0]!.percentile).toBe(75);
  });

  it('flips the percentile where low is better, not the quartiles', () => {
    const days = Array.from({ length: 10 }, (_, i) => entity(i, 10 * (i + 1), 6));
    const [fastest, ...others] = rows(days, 'days_to_signed');
    expect(fastest).toMatchObject({
      percentile: 95,
      p25: 30,
      p50: 55,
      p75: 80,
      ciLow: null,
      ciHigh: null,
      shrunkenValue: null,
      explanation:
        'Median time to signature 10 days over 6 signed deals, percentile 95 (in the top 10%) among 10 entities (brand, fashion, enterprise), whose median is 55 days.',
    });
    expect(others.at(-1)!.percentile).toBe(5);
  });

  it('gives everybody the middle when all are equal', () => {
    const compared = rows(
      rates.map((row) => ({ ...row, value: 0.5, n: 10, count: 5 })),
      'success_rate',
    );
    expect(new Set(compared.map((row) => row.percentile))).toEqual(new Set([50]));
  });

  it('shows quartiles of two significant digits only', () => {
    const values = Array.from({ length: 40 }, (_, i) => entity(i, 12_345.67 + 789.1 * i, 8));
    for (const row of rows(values, 'deal_value')) {
      expect([row.p25, row.p50, row.p75]).toEqual([20_000, 28_000, 36_000]);
    }
  });

  it('shows shrunken values of three significant digits only, which the quartiles cannot be recovered from', () => {
    const values = Array.from({ length: 40 }, (_, i) => ({
      ...entity(i, 12_345.67 + 789.1 * i, 8),
      interval: { low: 12_000 + 789.1 * i, high: 13_000 + 789.1 * i },
    }));
    const shown = rows(values, 'deal_value').map(({ shrunkenValue }) => shrunkenValue);
    expect(shown).toEqual(shown.map((value) => Number(value!.toPrecision(3))));
  });

  it('depends neither on the order of the entities nor on the scale of an amount', () => {
    const random = seeded(7);
    const values = Array.from({ length: 60 }, (_, i) => entity(i, Math.floor(random() * 20), 9));
    const byId = (compared: ReturnType<typeof rows>): Map<string, number | null> =>
      new Map(compared.map((row) => [row.entityId, row.percentile]));
    const once = byId(rows(values, 'deal_value'));
    expect(Object.fromEntries(byId(rows([...values].reverse(), 'deal_value')))).toEqual(
      Object.fromEntries(once),
    );
    const scaled = values.map((row) => ({ ...row, value: row.value! * 1000 }));
    expect(byId(rows(scaled, 'deal_value'))).toEqual(once);
  });

  it('averages to percentile 50 over a cohort with enough evidence', () => {
    const random = seeded(8);
    const compared = rows(
      Array.from({ length: 101 }, (_, i) => entity(i, Math.floor(random() * 30), 9)),
      'response_activity',
    );
    expect(compared.reduce((sum, row) => sum + row.percentile!, 0) / compared.length).toBeCloseTo(50, 9);
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
    const compared = rows(entities, 'success_rate');
    expect(compared).toHaveLength(100_000);
    expect(compared.every((row) => row.cohortLevel === 'industry_tier' && row.shrunkenValue !== null)).toBe(
      true,
    );
  });
});

describe('degenerate cohorts', () => {
  const ten = (make: (i: number) => BenchmarkInput) => Array.from({ length: 10 }, (_, i) => make(i));

  it('of equal rates give everybody the middle, and no floor above it', () => {
    for (const row of rows(
      ten((i) => entity(i, 1, 20, 20)),
      'success_rate',
    )) {
      expect(row).toMatchObject({ percentile: 50, topPercent: 100, p25: 1, p75: 1 });
      expect(row.shrunkenValue).toBeGreaterThan(0.99);
      expect(row.floorPercentile).toBe(0);
      expect(row.explanation).not.toMatch(/top/);
    }
  });

  it('of equal medians without any spread keep them as they are', () => {
    const same = ten((i) => ({ ...entity(i, 30, 8), interval: { low: 30, high: 30 } }));
    for (const row of rows(same, 'days_to_signed')) {
      expect(row).toMatchObject({ percentile: 50, floorPercentile: 50, ciLow: 30, ciHigh: 30 });
      expect(row.shrunkenValue).toBeCloseTo(30, 9);
    }
  });

  it('of which one median alone has an interval, of no width, prove nothing of anybody', () => {
    const interval = (low: number, high: number) => ({ n: 8, value: 30, interval: { low, high } });
    const cohort = (last: object) =>
      rows(
        Array.from({ length: 20 }, (_, i) => ({ ...entity(i, 20 + i, 5), ...(i === 19 ? last : {}) })),
        'days_to_signed',
      );
    for (const row of cohort(interval(30, 30)))
      expect(row).toMatchObject({
        shrunkenValue: null,
        floorPercentile: null,
        percentile: expect.any(Number),
      });
    expect(cohort(interval(25, 36))[0]).toMatchObject({ shrunkenValue: 22.9, floorPercentile: 70 });
  });

  it('of equal medians have nothing cautious to say of a newcomer that differs', () => {
    const same = ten((i) => ({ ...entity(i, 30, 8), interval: { low: 30, high: 30 } }));
    const { panels } = benchmark(same, 'days_to_signed');
    const later = benchmark([...same, entity(10, 20, 5)], 'days_to_signed', afterSnapshots(panels)).rows;
    expect(later[10]).toMatchObject({ shrunkenValue: null, floorPercentile: null, cohortN: 10 });
  });

  it('with figures below zero shrink those to zero, and the others as ever', () => {
    // Signed the evening before the record was made: -1 days.
    const cohort = ten((i) => ({ ...entity(i, 10 * i, 8), interval: { low: 9 * i, high: 11 * i } }));
    const zero = rows(cohort, 'days_to_signed').map(({ shrunkenValue }) => shrunkenValue);
    const early = { ...cohort[0]!, value: -1, interval: { low: -1, high: 0 } };
    const shrunken = rows([early, ...cohort.slice(1)], 'days_to_signed');
    expect(shrunken.map(({ shrunkenValue }) => shrunkenValue)).toEqual(zero);
    expect(shrunken.every(({ floorPercentile }) => Number.isFinite(floorPercentile))).toBe(true);
    expect(shrunken[0]!.value).toBe(-1);
  });

  it('of medians that all rest on too few values have no interval and nothing to shrink by', () => {
    for (const row of rows(
      ten((i) => entity(i, i, 5)),
      'days_to_signed',
    )) {
      expect(row).toMatchObject({
        ciLow: null,
        ciHigh: null,
        ciReason: 'fewer_than_6_values',
        shrunkenValue: null,
        floorPercentile: null,
      });
    }
  });

  it.each([0, 1, 2, 9])('of %d entities compare nobody', (n) => {
    for (const metric of ['success_rate', 'response_activity'] as const) {
      const few = rows(
        Array.from({ length: n }, (_, i) => entity(i, 0.5, 2, 1)),
        metric,
      );
      expect(few.map(({ reason }) => reason)).toEqual(Array<string>(n).fill('cohort_too_small'));
    }
  });

  it('that cannot tell how far their members lie apart take the prior of the wider cohort that can', () => {
    const single = ten((i) => entity(i, i % 2, 1, i % 2));
    const others = golden.eb_betabinom_mle.kn.map(([k, n], i) => ({
      ...entity(100 + i, k / n, n, k),
      tier: 'individual',
      industry: i < 5 ? 'fashion' : 'food',
    }));
    const alone = rows(single, 'success_rate')[0]!.shrunkenValue!;
    // Nobody but a reader of its own makes the platform a published cohort.
    const reader = { ...entity(200, 0.5, 8, 4), tier: 'professional', industry: 'film' };
    const [first] = rows([...single, ...others, reader], 'success_rate');
    expect(first!.cohort).toBe('brand|fashion|enterprise');
    // 0.5 * 100 / 101
    expect(alone).toBe(0.495);
    const platform = fitBetaBinomial(
      [...single, ...others, reader].map(({ n, count }) => ({ successes: count!, trials: n })),
    );
    if (platform.status !== 'fitted') throw new Error(platform.reason);
    expect(platform.capped).toBe(false);
    const drawn = posteriorMean(platform.prior, { successes: 0, trials: 1 });
    expect(first!.shrunkenValue).toBe(Number(drawn.toPrecision(3)));
  });

  it('never let NaN or infinity out, whatever the figures', () => {
    const input = fc.record({
      n: fc.integer({ min: 0, max: 12 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      amount: fc.constantFrom(-3, -1, 0, 1, 7, 1e9),
      wide: fc.constantFrom(0, 1, 1e6),
    });
    fc.assert(
      fc.property(fc.array(input, { maxLength: 25 }), fc.constantFrom(...METRICS), (figures, metric) => {
        const { kind } = metricDefinition(metric);
        const entities = figures.map(({ n, part, amount, wide }, i): BenchmarkInput => {
          const count = Math.round(n * part);
          if (kind !== 'median') return entity(i, n === 0 ? null : count / n, n, count);
          const interval = n < 6 ? null : { low: amount - wide, high: amount + wide };
          return { ...entity(i, n === 0 ? null : amount, n), interval };
        });
        for (const row of rows(entities, metric))
          for (const figure of Object.values(row)) {
            if (typeof figure === 'number') expect(Number.isFinite(figure)).toBe(true);
          }
      }),
    );
  });
});

describe('a cohort whose panel is frozen', () => {
  it('places a newcomer as if it counted, and tells everybody the same about the panel', () => {
    const members = Array.from({ length: 10 }, (_, i) => entity(i, 10 + i, 9, 90 + 9 * i));
    const { panels } = benchmark(members, 'response_activity');
    const joined = [...members, entity(10, 100, 9, 900)];
    const later = benchmark(joined, 'response_activity', afterSnapshots(panels)).rows;
    expect(later.map(({ cohortN, p50 }) => [cohortN, p50])).toEqual(Array(11).fill([10, 15]));
    expect(later[10]).toMatchObject({ percentile: (100 * 10.5) / 11, topPercent: 100 / 11 });
    expect(later[9]!.percentile).toBe(95);
  });
});

describe('intervals', () => {
  it('of an average count are exact Poisson ones per deal', () => {
    const [row] = rows([entity(0, 2.5, 2, 5)], 'response_activity');
    // scipy: chi2.ppf([.025, .975], [10, 12]) / 2
    expect(row!.ciLow).toBeCloseTo(1.6234863901184203 / 2, 9);
    expect(row!.ciHigh).toBeCloseTo(11.668332079322665 / 2, 9);
    const [none] = rows([entity(0, 0, 3, 0)], 'response_activity');
    expect([none!.ciLow, none!.ciHigh]).toEqual([0, expect.closeTo(-Math.log(0.025) / 3, 9)]);
  });
});

describe('withSnapshot', () => {
  const [published] = rows(rates, 'success_rate');
  const live = rows([entity(0, 0.5, 12, 6)], 'success_rate')[0]!;

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
      snapshotN: 10,
      reason: null,
      explanation:
        'Success rate 50% over 12 outcomes, percentile 75 (in the top 30%) among 10 entities (brand, fashion, enterprise), whose median is 58%.',
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

  it('does not say that figures of today lack evidence which those of the snapshot lacked', () => {
    const thin = rows(rates, 'success_rate')[2]!;
    expect(withSnapshot(live, thin)).toMatchObject({
      n: 12,
      snapshotN: 1,
      cohortN: 10,
      p50: 0.58,
      percentile: null,
      floorPercentile: null,
      reason: 'not_in_snapshot',
      explanation:
        'Success rate 50% over 12 outcomes; a percentile follows with the next snapshot of peers, compare with 10 entities (brand, fashion, enterprise), whose median is 58%.',
    });
    const stillThin = rows([entity(0, 0.5, 4, 2)], 'success_rate')[0]!;
    expect(withSnapshot(stillThin, thin)).toMatchObject({
      reason: 'too_little_evidence',
      explanation: expect.stringContaining('over 4 outcomes; a percentile needs at least 5, compare with'),
    });
  });

  it('ranks nobody who has no value any more', () => {
    const gone = rows([entity(0, null, 0, 0)], 'success_rate')[0]!;
    expect(withSnapshot(gone, published!)).toMatchObject({
      value: null,
      percentile: null,
      shrunkenValue: null,
      reason: 'no_value',
    });
  });
});
