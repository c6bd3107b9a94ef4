import { describe, expect, it } from '@jest/globals';
import { assessCohorts, type JoinedEntities } from './network-cohorts.js';

const row = (
  cohort: string,
  days: number,
  matched: boolean,
  entities: number,
  observedDays = 400,
): JoinedEntities => ({
  cohort,
  days,
  matched,
  entities,
  observedDays,
});

describe('assessCohorts', () => {
  it('counts who had begun a partnership by an age', () => {
    const { cohorts } = assessCohorts([
      row('2025-Q1', 0, true, 2),
      row('2025-Q1', 90, true, 3),
      row('2025-Q1', 91, true, 1),
      row('2025-Q1', 300, true, 1),
      row('2025-Q1', 400, false, 3),
    ]);
    expect(cohorts).toHaveLength(1);
    expect(cohorts[0]).toMatchObject({
      cohort: '2025-Q1',
      entities: 10,
      rates: [
        { age: 90, matched: 5, rate: 0.5 },
        { age: 180, matched: 6, rate: 0.6 },
      ],
      // Half have begun one at 90 days, and the next follows at 91.
      medianDays: 90.5,
      unmatchedShare: 0.3,
    });
    // Wilson, 5 of 10.
    expect(cohorts[0]!.rates[0]!.low).toBeCloseTo(0.2365930905, 9);
    expect(cohorts[0]!.rates[0]!.high).toBeCloseTo(0.7634069095, 9);
  });

  it('compares at ages that every member has reached', () => {
    const { cohorts } = assessCohorts([
      row('2026-Q2', 10, true, 5, 120),
      row('2026-Q2', 150, false, 5, 120),
      row('2026-Q3', 10, true, 5, 30),
    ]);
    expect(cohorts.map(({ rates }) => rates.map((rate) => rate?.rate ?? null))).toEqual([
      [0.5, null],
      [null, null],
    ]);
    expect(cohorts.map(({ medianDays }) => medianDays)).toEqual([80, 10]);
  });

  const quarters = Array.from({ length: 9 }, (_, at) => `${2024 + Math.floor(at / 4)}-Q${(at % 4) + 1}`);
  const cohortsWith = (matched: (at: number) => number, size = 40): JoinedEntities[] =>
    quarters.flatMap((cohort, at) => [
      row(cohort, 30, true, matched(at)),
      row(cohort, 350, false, size - matched(at)),
    ]);

  it('tells newer cohorts that match more, or less, from chance', () => {
    const rising = assessCohorts(cohortsWith((at) => 10 + 2 * at)).trends;
    expect(rising.map(({ age, cohorts, verdict }) => [age, cohorts, verdict])).toEqual([
      [90, 9, 'newer_match_more'],
      [180, 9, 'newer_match_more'],
    ]);
    // S = 36 of 9 points: z = 35 / sqrt(9 8 23 / 18).
    expect(rising[0]!.trend!.z).toBeCloseTo(35 / Math.sqrt(92), 9);
    expect(rising[0]!.trend!.slope).toBeCloseTo(0.05, 9);
    expect(assessCohorts(cohortsWith((at) => 30 - 2 * at)).trends[0]!.verdict).toBe('newer_match_less');
    expect(assessCohorts(cohortsWith((at) => 20 + (at % 3))).trends[0]!.verdict).toBe('no_trend');
    expect(assessCohorts(cohortsWith(() => 20)).trends[0]).toMatchObject({
      verdict: 'no_trend',
      trend: { p: 1 },
    });
  });

  it('has no trend over few cohorts, or small ones', () => {
    const few = { verdict: 'too_little_data', reason: 'too_few_cohorts', trend: null };
    expect(assessCohorts([])).toEqual({
      cohorts: [],
      trends: [
        { age: 90, cohorts: 0, ...few },
        { age: 180, cohorts: 0, ...few },
      ],
    });
    expect(assessCohorts(cohortsWith(() => 2, 9)).trends[0]).toMatchObject({ cohorts: 0, ...few });
    expect(assessCohorts(cohortsWith((at) => at).slice(0, 14)).trends[0]).toMatchObject({
      cohorts: 7,
      ...few,
    });
  });

  it('takes a cohort of one, matched or not', () => {
    expect(assessCohorts([row('2025-Q1', 0, true, 1)]).cohorts[0]).toMatchObject({
      medianDays: 0,
      unmatchedShare: 0,
    });
    expect(assessCohorts([row('2025-Q1', 400, false, 1)]).cohorts[0]).toMatchObject({
      medianDays: null,
      unmatchedShare: 1,
    });
  });
});
