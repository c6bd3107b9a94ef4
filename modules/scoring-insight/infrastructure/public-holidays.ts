import Holidays from 'date-holidays';
import { AppError } from '../../../src/kernel/errors.js';
import type { HolidayCalendar } from '../application/ports.js';

const MS_PER_DAY = 86_400_000;

/** Public holidays of a country or one of its regions. */
export class PublicHolidays implements HolidayCalendar {
  private readonly calendar: Holidays | null;

  /**
   * @param country ISO code, with a region where wanted (`DE`, `US-CA`); undefined for no holidays
   * @throws AppError `unknown_holiday_country` (configuration)
   */
  constructor(country: string | undefined) {
    this.calendar = country === undefined ? null : calendarOf(country);
  }

  between(fromYear: number, toYear: number): ReadonlySet<string> {
    const days = new Set<string>();
    for (let year = fromYear; this.calendar !== null && year <= toYear; year += 1) {
      for (const holiday of this.calendar.getHolidays(year)) {
        if (holiday.type !== 'public') continue;
        // The country's own date; a few last several days. A day with a change of clocks is not 24 hours long.
        const first = Date.parse(holiday.date.slice(0, 10));
        const length = Math.max(
          1,
          Math.round((holiday.end.getTime() - holiday.start.getTime()) / MS_PER_DAY),
        );
        for (let day = 0; day < length; day += 1) {
          days.add(new Date(first + day * MS_PER_DAY).toISOString().slice(0, 10));
        }
      }
    }
    return days;
  }
}

function calendarOf(code: string): Holidays {
  const [country = '', region] = code.split('-');
  const known = new Holidays();
  const isKnown =
    country in known.getCountries() && (region === undefined || region in (known.getStates(country) ?? {}));
  if (!isKnown) {
    throw new AppError({
      class: 'configuration',
      source: 'scoring-insight',
      code: 'unknown_holiday_country',
      message: 'HOLIDAY_COUNTRY names no country or region with known holidays; use a code like DE or US-CA.',
    });
  }
  return region === undefined ? new Holidays(country) : new Holidays(country, region);
}
