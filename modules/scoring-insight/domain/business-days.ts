import { AppError } from '../../../src/kernel/errors.js';

const MS_PER_DAY = 86_400_000;

/** Days since 1970-01-01 of a calendar date. @param date yyyy-mm-dd, or an ISO 8601 UTC instant, whose date counts */
export function dayOf(date: string): number {
  return Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / MS_PER_DAY;
}

/** The date of a day since 1970-01-01, as yyyy-mm-dd. */
export function dateOf(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

/**
 * Working days of one calendar: Monday to Friday without the holidays. Counted once per day of a range, so that every
 * length of time is the difference of two look-ups, here as in SQL (`upTo` is what the statements get). Days are
 * numbered from 1970-01-01; which day an instant falls on in the owner's zone is decided where the instant is read.
 */
export class WorkingDays {
  /** Working days from `firstDay` up to and including `firstDay + index`. */
  readonly upTo: Int32Array;

  /**
   * @param lastDay not before `firstDay`; both are part of the range
   * @param holidays dates as yyyy-mm-dd
   */
  constructor(
    readonly firstDay: number,
    lastDay: number,
    holidays: ReadonlySet<string> = new Set(),
  ) {
    this.upTo = new Int32Array(lastDay - firstDay + 1);
    const free = new Set([...holidays].map(dayOf));
    let count = 0;
    for (let day = firstDay; day <= lastDay; day += 1) {
      if (isWeekday(day) && !free.has(day)) count += 1;
      this.upTo[day - firstDay] = count;
    }
  }

  /**
   * Working days after `day`, up to and including `last`: entered on a Friday and seen on the Monday after it is 1,
   * entered at the weekend it counts from Monday; 0 when `last` is not later.
   * @throws AppError `day_out_of_range` (bug)
   */
  between(day: number, last: number): number {
    return last <= day ? 0 : this.at(last) - this.at(day);
  }

  private at(day: number): number {
    const count = this.upTo[day - this.firstDay];
    if (count !== undefined) return count;
    throw new AppError({
      class: 'bug',
      source: 'scoring-insight',
      code: 'day_out_of_range',
      message: `Day ${day} lies outside the calendar of ${this.upTo.length} days from ${this.firstDay}.`,
    });
  }
}

/** 1970-01-01 was a Thursday. */
function isWeekday(day: number): boolean {
  return (((day + 3) % 7) + 7) % 7 < 5;
}
