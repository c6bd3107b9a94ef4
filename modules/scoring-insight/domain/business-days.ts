import { DateTime } from 'luxon';
import { AppError } from '../../../src/kernel/errors.js';

const MS_PER_DAY = 86_400_000;

/**
 * Working days after the day of entry, up to and including the day of `asOf`: the dates in (entered, asOf] that are
 * Monday to Friday and no holiday, in the calendar of one zone. Entered on Friday 23:30 and seen on Monday 00:10 it is
 * 1; entered at the weekend it counts from Monday; 0 when `asOf` is not later than the entry.
 *
 * @param enteredAt ISO 8601 instant with Z or an offset
 * @param asOf ISO 8601 instant with Z or an offset
 * @param zone IANA name
 * @param holidays dates as yyyy-mm-dd
 * @throws AppError `unknown_time_zone` (rejected), `invalid_instant` (bug)
 */
export function businessDaysBetween(
  enteredAt: string,
  asOf: string,
  zone: string,
  holidays: ReadonlySet<string> = new Set(),
): number {
  const entered = dayNumber(enteredAt, zone);
  const today = dayNumber(asOf, zone);
  if (today <= entered) return 0;
  let days = weekdaysUpTo(today) - weekdaysUpTo(entered);
  for (const holiday of holidays) {
    const day = Date.parse(holiday) / MS_PER_DAY;
    if (day > entered && day <= today && isWeekday(day)) days -= 1;
  }
  return days;
}

/** Days since 1970-01-01 of the calendar date that an instant has in a zone. */
function dayNumber(instant: string, zone: string): number {
  // Without an offset the same text would be another instant in every zone.
  if (!/T.*(Z|[+-]\d\d(:?\d\d)?)$/.test(instant)) throw invalidInstant(instant);
  const local = DateTime.fromISO(instant, { zone });
  if (local.isValid) return Date.UTC(local.year, local.month - 1, local.day) / MS_PER_DAY;
  if (local.invalidReason !== 'unsupported zone') throw invalidInstant(instant);
  throw new AppError({
    class: 'rejected',
    source: 'scoring-insight',
    code: 'unknown_time_zone',
    message: `"${zone}" is not an IANA time zone`,
  });
}

function invalidInstant(instant: string): AppError {
  return new AppError({
    class: 'bug',
    source: 'scoring-insight',
    code: 'invalid_instant',
    message: `"${instant}" is not an ISO 8601 instant with an offset`,
  });
}

/** 0 for Monday to 6 for Sunday; 1970-01-01 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

function isWeekday(day: number): boolean {
  return weekdayOf(day) < 5;
}

/** Weekdays up to and including a day, from an arbitrary Monday: differences count those in between. */
function weekdaysUpTo(day: number): number {
  const weeks = Math.floor((day + 3) / 7);
  return weeks * 5 + Math.min(weekdayOf(day) + 1, 5);
}
