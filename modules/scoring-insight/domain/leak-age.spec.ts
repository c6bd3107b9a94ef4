import { describe, expect, it } from '@jest/globals';
import { seeded } from './__fixtures__/planted-deals.js';
import { assessAgedScores, type ScoresAtTwoTimes, withFadingScores } from './leak-age.js';
import { assessPredictiveness } from './predictiveness.js';

/** Scores that follow the outcome by so much, fresh and a month older. */
function sample(n: number, fresh: number, aged: number, seed: number): ScoresAtTwoTimes {
  const random = seeded(seed);
  const successful = Array.from({ length: n }, () => random() < 0.5);
  const following = (effect: number): number[] =>
    successful.map((success) => Math.round(5000 + 1000 * ((success ? effect : 0) + 4 * random() - 2)));
  return { score: 'historical', used: following(fresh), aged: following(aged), successful };
}

const historical = (found: ScoresAtTwoTimes) =>
  assessAgedScores([found]).find(({ component }) => component === 'historical')!;

describe('assessAgedScores', () => {
  it('flags a score that knew the outcome in the last month alone', () => {
    const found = historical(sample(600, 2, 0, 1));
    expect(found).toMatchObject({ n: 600, fades: true, reason: null });
    expect(found.auc! - found.aucAged!).toBe(found.fall);
    expect(found.low).toBeGreaterThan(0.05);
  });

  it('flags one that mirrors it, too', () => {
    const { score, used, aged, successful } = sample(600, 2, 0, 1);
    const turned = historical({ score, used: used.map((x) => -x), aged: aged.map((x) => -x), successful });
    const straight = historical(sample(600, 2, 0, 1));
    expect(turned.fades).toBe(true);
    expect(turned.fall).toBeCloseTo(straight.fall!, 12);
    expect(turned.low).toBeCloseTo(straight.low!, 12);
    expect(turned.high).toBeCloseTo(straight.high!, 12);
  });

  it('does not flag a score that says the same a month earlier, little less, or more', () => {
    const same = sample(600, 1, 1, 2);
    expect(historical({ ...same, aged: same.used })).toMatchObject({
      fall: 0,
      low: 0,
      high: 0,
      fades: false,
    });
    expect(historical(sample(600, 1, 0.9, 3)).fades).toBe(false);
    expect(historical(sample(600, 0, 2, 4)).fades).toBe(false);
    // A fall that is large but not clear.
    expect(historical(sample(40, 0.8, 0.3, 5)).fades).toBe(false);
  });

  it('finds no evidence in a fall that seems to have no error', () => {
    const { score, successful } = sample(100, 1, 1, 1);
    const used = successful.map((success) => (success ? 6000 : 4000));
    const aged = used.map(() => 5000);
    const of = { component: 'historical', n: 100, auc: 1, aucAged: 0.5, fall: 0.5 };
    const unknown = { low: null, high: null, fades: false, reason: 'no_variance' };
    expect(historical({ score, successful, used, aged })).toEqual({ ...of, ...unknown });
    const turned = used.map((x) => -x);
    expect(historical({ score, successful, used: turned, aged })).toEqual({ ...of, auc: 0, ...unknown });
  });

  it.each<[string, ScoresAtTwoTimes[], number, string]>([
    ['no sample', [], 0, 'no_deals'],
    ['no deals', [sample(0, 1, 1, 1)], 0, 'no_deals'],
    ['one deal', [sample(1, 1, 1, 1)], 1, 'too_few_deals'],
    ['29 deals', [sample(29, 1, 1, 1)], 29, 'too_few_deals'],
    [
      'one class',
      [{ ...sample(100, 1, 1, 1), successful: new Array<boolean>(100).fill(true) }],
      100,
      'too_few_deals',
    ],
  ])('says why it has no answer: %s', (_, samples, n, reason) => {
    const found = assessAgedScores(samples);
    expect(found).toHaveLength(6);
    expect(found.find(({ component }) => component === 'historical')).toEqual({
      component: 'historical',
      n,
      auc: null,
      aucAged: null,
      fall: null,
      low: null,
      high: null,
      fades: false,
      reason,
    });
  });

  it('has an area of one half for scores that are all equal', () => {
    const flat = {
      ...sample(100, 1, 1, 1),
      used: new Array<number>(100).fill(5),
      aged: new Array<number>(100).fill(5),
    };
    expect(historical(flat)).toMatchObject({
      auc: 0.5,
      aucAged: 0.5,
      fall: 0,
      low: 0,
      high: 0,
      fades: false,
    });
  });
});

describe('withFadingScores', () => {
  const report = assessPredictiveness({
    deals: {
      n: 0,
      nSuccessful: 0,
      nScore: 0,
      scoredLater: 0,
      excluded: {
        open: 0,
        deleted: 0,
        no_score_before: 0,
        score_too_old: 0,
        not_matured: 0,
        no_success_score: 0,
      },
    },
    sums: {},
    asOf: '2026-06-17T12:00:00Z',
    window: { from: null, to: '2025-12-19T12:00:00Z', scoreMaxAgeDays: 180, maturityDays: 180 },
  });

  it('names the score and warns once', () => {
    const flagged = withFadingScores(report, assessAgedScores([sample(600, 2, 0, 1)]));
    expect(flagged.warnings).toEqual([...report.warnings, 'fades_with_age']);
    expect(flagged.components.map(({ reasons }) => reasons.includes('fades_with_age'))).toEqual([
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(flagged.confidence).toEqual(report.confidence);
  });

  it('leaves a report alone in which nothing fades', () => {
    expect(withFadingScores(report, assessAgedScores([]))).toBe(report);
  });
});
