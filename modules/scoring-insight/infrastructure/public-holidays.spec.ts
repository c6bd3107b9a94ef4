import { describe, expect, it } from '@jest/globals';
import { PublicHolidays } from './public-holidays.js';

describe('PublicHolidays', () => {
  it('are none without a country', () => {
    expect(new PublicHolidays(undefined).between(2020, 2030).size).toBe(0);
  });

  it('are the days off of the country, not its observances, on its own dates', () => {
    expect([...new PublicHolidays('DE').between(2026, 2026)].sort()).toEqual([
      '2026-01-01',
      '2026-04-03',
      '2026-04-06',
      '2026-05-01',
      '2026-05-14',
      '2026-05-25',
      '2026-10-03',
      '2026-12-25',
      '2026-12-26',
    ]);
  });

  it('follow the region where one is named', () => {
    const bavaria = new PublicHolidays('DE-BY').between(2026, 2026);
    expect(bavaria.has('2026-01-06')).toBe(true);
  });

  it('cover every day of a holiday that lasts several, and every year asked for', () => {
    const days = new PublicHolidays('TR').between(2025, 2026);
    // Feast of the Sacrifice 2025, four days.
    expect(['2025-06-06', '2025-06-07', '2025-06-08', '2025-06-09'].filter((day) => !days.has(day))).toEqual(
      [],
    );
    expect(days.has('2026-10-29')).toBe(true);
  });

  it.each(['XX', 'DE-ZZ'])('refuse %s, which no calendar knows', (country) => {
    expect(() => new PublicHolidays(country)).toThrow(
      expect.objectContaining({ class: 'configuration', code: 'unknown_holiday_country' }),
    );
  });
});
