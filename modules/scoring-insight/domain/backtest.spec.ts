import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type BacktestOptions, backtestStalls, type PastVisit, staysOf } from './backtest.js';
import { dayOf, WorkingDays } from './business-days.js';
import type { Leaving } from './stage-time.js';

/** A Monday; every seventh day is one. */
const START = dayOf('2024-01-01');
const calendar = new WorkingDays(START - 800, START + 800);

const options = (fromDay: number, toDay: number, rest: Partial<BacktestOptions> = {}): BacktestOptions => ({
  fromDay: START + fromDay,
  toDay: START + toDay,
  calendar,
  defaultDays: 30,
  byStage: new Map(),
  ...rest,
});

/** A visit from one day to another, counted from START. */
const visit = (
  entered: number,
  last: number,
  leaving: Leaving | null = 'advanced',
  rest: Partial<PastVisit> = {},
): PastVisit => ({
  owner: 'Olga',
  stage: 'proposal',
  partnershipType: 'licensing',
  enteredDay: START + entered,
  lastDay: START + last,
  leaving,
  ...rest,
});

/** Every week five visits that advance after 7, 7, 7, 14 and 35 days: 5, 10 and 25 business days. */
function weekly(weeks: number): PastVisit[] {
  return Array.from({ length: weeks }, (_, week) =>
    [7, 7, 7, 14, 35].map((days) => visit(week * 7, week * 7 + days)),
  ).flat();
}

const ruleOf = (visits: readonly PastVisit[], replay: BacktestOptions, name: string) =>
  backtestStalls(visits, replay).rules.find(({ rule }) => rule === name)!;

describe('backtestStalls', () => {
  it('alerts on the first evening past the threshold, once, and judges by how the visit ended', () => {
    // Past 10 business days from day 15 on; the ninetieth percentile is 25 business days.
    const visits = [
      ...weekly(30),
      visit(140, 161, 'lost', { owner: 'Kenji' }),
      visit(140, 161, 'advanced'),
      visit(140, 190, 'advanced'),
      visit(196, 240, null),
    ];
    const fixed = ruleOf(visits, options(140, 210, { defaultDays: 10 }), 'fixed');
    // Weekly visits of 35 days: entered on days 140 to 189, and those of 133 and 126 that pass 10 days in the replay.
    expect(fixed).toMatchObject({ rule: 'fixed', days: 10, alerts: 13, right: 2, wrong: 9, undecided: 2 });
    expect(fixed.precision).toBeCloseTo(2 / 11, 12);
    expect(fixed.alertsPerOwnerWeek).toBeCloseTo(13 / (2 * 10), 12);
  });

  it('has a lead of the business days that were left', () => {
    const visits = [...weekly(20), visit(140, 165, 'lost')];
    // Entered on a Monday, past 10 business days on the Tuesday two weeks later (day 155): 8 before day 165 ends it.
    expect(ruleOf(visits, options(139, 170, { defaultDays: 10 }), 'fixed')).toMatchObject({
      right: 1,
      leadDays: 8,
    });
  });

  it('does not count what was past the threshold before the replay began', () => {
    const old = visit(0, 100, 'lost');
    expect(ruleOf([old], options(50, 99), 'fixed').alerts).toBe(0);
    expect(ruleOf([old], options(40, 99), 'fixed').alerts).toBe(1);
  });

  it('learns from the past alone: what comes later changes no alert', () => {
    const first = backtestStalls(weekly(30), options(140, 180)).rules[0]!;
    const changed = weekly(30).map((each) =>
      each.lastDay > START + 180 ? { ...each, lastDay: each.lastDay + 200, leaving: 'lost' as const } : each,
    );
    const second = backtestStalls([...changed, ...weekly(40).slice(150)], options(140, 180)).rules[0]!;
    expect([second.alerts, second.right, second.wrong]).toEqual([first.alerts, first.right, first.wrong]);
    expect(first.alerts).toBeGreaterThan(0);
  });

  it('lets a person’s threshold win, and uses the default without history', () => {
    const own = options(140, 200, { byStage: new Map([['proposal', 20]]) });
    expect(ruleOf(weekly(30), own, 'statistical').alerts).toBe(
      ruleOf(weekly(30), options(140, 200, { defaultDays: 20 }), 'fixed').alerts,
    );
    const few = [visit(0, 60), visit(1, 60, 'lost')];
    expect(ruleOf(few, options(10, 59), 'statistical').alerts).toBe(
      ruleOf(few, options(10, 59), 'fixed').alerts,
    );
  });

  it('beats any fixed rule with as many alerts where stages differ', () => {
    // Twenty visits a week, of 2, 4 ... 40 days in one stage and four times as long in the other.
    const ladder = (stage: string, step: number) =>
      Array.from({ length: 60 * 20 }, (_, index) => {
        const entered = Math.floor(index / 20) * 7;
        return visit(entered, entered + step * ((index % 20) + 1), 'advanced', { stage });
      });
    const { rules } = backtestStalls([...ladder('contacted', 2), ...ladder('active', 8)], options(200, 400));
    const [statistical, , matched] = rules;
    expect(Math.abs((matched?.alerts ?? 0) / (statistical?.alerts ?? 1) - 1)).toBeLessThan(0.1);
    expect(statistical?.precision).toBeGreaterThan((matched?.precisionHigh ?? 1) + 0.05);
  });

  it('answers for no and one visit', () => {
    const empty = backtestStalls([], options(0, 100));
    expect(empty).toMatchObject({ visits: 0, owners: 0 });
    for (const rule of empty.rules)
      expect(rule).toMatchObject({
        alerts: 0,
        precision: null,
        precisionLow: null,
        leadDays: null,
        alertsPerOwnerWeek: 0,
      });
    expect(ruleOf([visit(10, 90, null)], options(0, 95), 'fixed')).toMatchObject({
      alerts: 1,
      undecided: 1,
      precision: null,
    });
  });

  it('counts no alert outside the replay and none after a visit ended, whatever the history', () => {
    const past = fc.record({
      entered: fc.integer({ min: 0, max: 300 }),
      days: fc.integer({ min: 0, max: 120 }),
      leaving: fc.constantFrom<Leaving | null>('advanced', 'lost', 'other', null),
    });
    fc.assert(
      fc.property(fc.array(past, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (rows, days) => {
        const visits = rows.map(({ entered, days: length, leaving }) =>
          visit(entered, entered + length, leaving),
        );
        const replay = options(100, 250, { defaultDays: days });
        const expected = visits.filter(({ enteredDay, lastDay, leaving }) => {
          const evenings = Array.from({ length: 151 }, (_, index) => START + 100 + index);
          const past = (evening: number) =>
            enteredDay <= evening &&
            (leaving === null ? evening <= lastDay : evening < lastDay) &&
            calendar.between(enteredDay, evening) > days;
          return !past(evenings[0]!) && evenings.some(past);
        });
        const found = ruleOf(visits, replay, 'fixed');
        expect(found.alerts).toBe(expected.length);
        expect(found.right + found.wrong + found.undecided).toBe(found.alerts);
      }),
      { numRuns: 60 },
    );
  });
});

describe('staysOf', () => {
  it('counts equal visits together and lets old ones enter late', () => {
    const rows = [visit(0, 7), visit(7, 14), visit(0, 21), visit(2, 3), visit(12, 40, null)];
    expect(staysOf(rows, START + 14, calendar)).toEqual([
      {
        stage: 'proposal',
        partnershipType: 'licensing',
        seenFrom: 4,
        days: 5,
        leaving: 'advanced',
        visits: 1,
      },
      {
        stage: 'proposal',
        partnershipType: 'licensing',
        seenFrom: 9,
        days: 15,
        leaving: 'advanced',
        visits: 1,
      },
      { stage: 'proposal', partnershipType: 'licensing', seenFrom: 0, days: 20, leaving: null, visits: 1 },
    ]);
    expect(staysOf([visit(14, 15), visit(21, 22)], START, calendar)).toMatchObject([
      { seenFrom: -1, days: 1, visits: 2 },
    ]);
  });
});
