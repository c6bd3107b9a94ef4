import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { businessDaysBetween } from './business-days.js';

const NEW_YORK = 'America/New_York';

/** An instant from a local time in a zone. */
function at(local: string, zone: string): string {
  return DateTime.fromISO(local, { zone }).toUTC().toISO()!;
}

/** Day by day, as the definition says. */
function naive(entered: string, asOf: string, zone: string, holidays: ReadonlySet<string>): number {
  const last = DateTime.fromISO(asOf, { zone }).toISODate()!;
  let day = DateTime.fromISO(entered, { zone }).startOf('day').plus({ days: 1 });
  let count = 0;
  for (; day.toISODate()! <= last; day = day.plus({ days: 1 })) {
    if (day.weekday <= 5 && !holidays.has(day.toISODate()!)) count += 1;
  }
  return count;
}

describe('businessDaysBetween', () => {
  it.each([
    ['Friday 23:30 to Monday 00:10', '2024-03-01T23:30', '2024-03-04T00:10', 1],
    ['the same day', '2024-03-05T00:00', '2024-03-05T23:59', 0],
    ['over midnight', '2024-03-05T23:59', '2024-03-06T00:00', 1],
    ['Saturday to Sunday', '2024-03-02T10:00', '2024-03-03T10:00', 0],
    ['entry at the weekend, counted from Monday', '2024-03-02T10:00', '2024-03-05T10:00', 2],
    ['Friday to the Friday after', '2024-03-01T12:00', '2024-03-08T12:00', 5],
    ['over the year end', '2024-12-31T12:00', '2025-01-02T12:00', 2],
    ['over a leap day', '2024-02-28T12:00', '2024-03-01T12:00', 2],
    ['over the spring change of the clock', '2024-03-08T23:30', '2024-03-11T00:30', 1],
    ['over the autumn change of the clock', '2024-11-01T23:30', '2024-11-04T00:30', 1],
    ['four years', '2020-01-01T00:00', '2024-01-01T00:00', 1043],
  ])('counts %s', (_, entered, asOf, days) => {
    expect(businessDaysBetween(at(entered, NEW_YORK), at(asOf, NEW_YORK), NEW_YORK)).toBe(days);
  });

  it('depends on the zone: one instant is two dates', () => {
    const entered = '2024-03-04T23:30:00Z';
    const asOf = '2024-03-05T00:30:00Z';
    expect(businessDaysBetween(entered, asOf, 'UTC')).toBe(1);
    expect(businessDaysBetween(entered, asOf, NEW_YORK)).toBe(0);
    expect(businessDaysBetween(entered, asOf, 'Asia/Tokyo')).toBe(0);
  });

  it('leaves out holidays on working days, at the end of the range but not at its start', () => {
    const holidays = new Set(['2024-12-25', '2024-12-26', '2024-12-28', '2025-01-01']);
    const days = (entered: string, asOf: string): number =>
      businessDaysBetween(`${entered}T12:00:00Z`, `${asOf}T12:00:00Z`, 'UTC', holidays);
    expect(days('2024-12-24', '2025-01-02')).toBe(4);
    expect(days('2024-12-24', '2024-12-26')).toBe(0);
    expect(days('2024-12-25', '2024-12-27')).toBe(1);
  });

  it('is never negative', () => {
    expect(businessDaysBetween('2024-03-08T00:00:00Z', '2024-03-01T00:00:00Z', 'UTC')).toBe(0);
  });

  it('reads offsets and microseconds', () => {
    expect(businessDaysBetween('2024-03-04T23:30:00.123456-05:00', '2024-03-06T00:00:00+00:00', 'UTC')).toBe(
      1,
    );
  });

  it('equals the count day by day, in any zone', () => {
    const start = Date.UTC(2019, 11, 20);
    const instant = fc
      .integer({ min: 0, max: 800 * 24 * 60 })
      .map((minutes) => new Date(start + minutes * 60_000).toISOString());
    const zones = ['UTC', NEW_YORK, 'Europe/Berlin', 'Asia/Kathmandu', 'Pacific/Apia', 'America/Sao_Paulo'];
    const holidays = fc
      .array(fc.integer({ min: 0, max: 800 }), { maxLength: 30 })
      .map(
        (days) => new Set(days.map((day) => new Date(start + day * 86_400_000).toISOString().slice(0, 10))),
      );
    fc.assert(
      fc.property(instant, instant, fc.constantFrom(...zones), holidays, (a, b, zone, set) => {
        const [entered, asOf] = a < b ? [a, b] : [b, a];
        expect(businessDaysBetween(entered, asOf, zone, set)).toBe(naive(entered, asOf, zone, set));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses an unknown zone and an instant without an offset', () => {
    const ok = '2024-03-04T00:00:00Z';
    expect(() => businessDaysBetween(ok, ok, 'Mars/Olympus')).toThrow(
      expect.objectContaining({ class: 'rejected', code: 'unknown_time_zone' }),
    );
    for (const bad of ['2024-03-04T00:00:00', '2024-03-04', 'soon', '2024-13-04T00:00:00Z']) {
      expect(() => businessDaysBetween(bad, ok, 'UTC')).toThrow(
        expect.objectContaining({ class: 'bug', code: 'invalid_instant' }),
      );
    }
  });
});
