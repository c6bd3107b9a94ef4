import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { dateOf, dayOf, WorkingDays } from './business-days.js';

const FIRST = dayOf('2019-12-01');
const LAST = dayOf('2025-12-31');
const calendar = new WorkingDays(FIRST, LAST);

/** Day by day, as the definition says. */
function naive(entered: string, last: string, holidays: ReadonlySet<string>): number {
  let day = DateTime.fromISO(entered, { zone: 'utc' }).plus({ days: 1 });
  let count = 0;
  for (; day.toISODate()! <= last; day = day.plus({ days: 1 })) {
    if (day.weekday <= 5 && !holidays.has(day.toISODate()!)) count += 1;
  }
  return count;
}

describe('WorkingDays', () => {
  it.each([
    ['Friday to Monday', '2024-03-01', '2024-03-04', 1],
    ['the same day', '2024-03-05', '2024-03-05', 0],
    ['one day to the next', '2024-03-05', '2024-03-06', 1],
    ['Saturday to Sunday', '2024-03-02', '2024-03-03', 0],
    ['entry at the weekend, counted from Monday', '2024-03-02', '2024-03-05', 2],
    ['Friday to the Friday after', '2024-03-01', '2024-03-08', 5],
    ['over the year end', '2024-12-31', '2025-01-02', 2],
    ['over a leap day', '2024-02-28', '2024-03-01', 2],
    ['four years', '2020-01-01', '2024-01-01', 1043],
    ['backwards', '2024-03-08', '2024-03-01', 0],
  ])('counts %s', (_, entered, last, days) => {
    expect(calendar.between(dayOf(entered), dayOf(last))).toBe(days);
  });

  it('leaves out holidays on working days, at the end of the range but not at its start', () => {
    const holidays = new Set(['2024-12-25', '2024-12-26', '2024-12-28', '2025-01-01']);
    const withHolidays = new WorkingDays(FIRST, LAST, holidays);
    const days = (entered: string, last: string) => withHolidays.between(dayOf(entered), dayOf(last));
    expect(days('2024-12-24', '2025-01-02')).toBe(4);
    expect(days('2024-12-24', '2024-12-26')).toBe(0);
    expect(days('2024-12-25', '2024-12-27')).toBe(1);
  });

  it('equals the count day by day', () => {
    const day = fc.integer({ min: FIRST, max: FIRST + 800 });
    fc.assert(
      fc.property(day, day, fc.array(day, { maxLength: 30 }), (a, b, free) => {
        const [entered, last] = a < b ? [a, b] : [b, a];
        const holidays = new Set(free.map(dateOf));
        const days = new WorkingDays(FIRST, LAST, holidays).between(entered, last);
        expect(days).toBe(naive(dateOf(entered), dateOf(last), holidays));
      }),
      { numRuns: 60 },
    );
  });

  it('adds up: two stretches are as long as the whole', () => {
    const day = fc.integer({ min: FIRST, max: LAST });
    fc.assert(
      fc.property(day, day, day, (...days) => {
        const [a, b, c] = days.sort((left, right) => left - right) as [number, number, number];
        expect(calendar.between(a, b) + calendar.between(b, c)).toBe(calendar.between(a, c));
      }),
    );
  });

  it('refuses a day outside its range', () => {
    for (const [from, to] of [
      [FIRST - 1, LAST],
      [FIRST, LAST + 1],
    ] as const)
      expect(() => calendar.between(from, to)).toThrow(
        expect.objectContaining({ class: 'bug', code: 'day_out_of_range' }),
      );
  });
});

describe('days', () => {
  it('are numbered from 1970-01-01, before it too', () => {
    expect([dayOf('1970-01-01'), dayOf('1969-12-31'), dayOf('2026-06-17T12:00:00.000000Z')]).toEqual([
      0, -1, 20_621,
    ]);
    expect(dateOf(20_621)).toBe('2026-06-17');
  });
});
