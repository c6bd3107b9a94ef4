import { CronTime } from 'cron';

/** A cron trigger: five fields or a preset such as `@daily`, on the wall clock of an IANA zone. */
export interface Schedule {
  cron: string;
  zone: string;
}

/** One firing. `slot` is the local wall clock, the same text in every replica and for both turns of a repeated hour. */
export interface Slot {
  /** `2026-03-29T03:00 Europe/Zurich`. */
  slot: string;
  /** The instant in epoch milliseconds. */
  at: number;
}

const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;
/** Longer than any change of the clocks. */
const GAP_MS = 3 * 3_600_000;
const SPAN_MS = 15 * 3_600_000;
const PRESETS = new Set([
  '@yearly',
  '@monthly',
  '@weekly',
  '@daily',
  '@hourly',
  '@minutely',
  '@weekdays',
  '@weekends',
]);

/** Whether a text is a cron of five fields (or a preset) that ever comes. Pure. */
export function isCron(cron: string): boolean {
  if (cron.trim().split(/\s+/).length !== 5 && !PRESETS.has(cron)) return false;
  try {
    wallAfter(new CronTime(cron, 'UTC'), Date.UTC(2024, 0, 1));
    return true;
  } catch {
    return false;
  }
}

/**
 * The latest firing with since < at <= now, at most a day back: of firings missed while nobody looked, the last one is
 * made up for. Null when there is none. `since` and `now` in epoch milliseconds. Pure.
 */
export function dueSlot(schedule: Schedule, since: number, now: number): Slot | null {
  const from = Math.max(since, now - DAY_MS);
  let due: Slot | null = null;
  for (const slot of slots(schedule, from)) {
    if (slot.at > now) return due;
    if (slot.at > from) due = slot;
  }
  return due;
}

/** The first firing after `now`; null when it never comes again. Epoch milliseconds. Pure. */
export function nextSlot(schedule: Schedule, now: number): Slot | null {
  for (const slot of slots(schedule, now)) if (slot.at > now) return slot;
  return null;
}

/**
 * Firings from about `from` on, in order, each once. A wall clock that comes twice fires the first time only; one that
 * is skipped fires at the first minute after the gap, together with what is due then.
 */
function* slots({ cron, zone }: Schedule, from: number): Generator<Slot> {
  const clock = new ZoneClock(zone);
  const time = new CronTime(cron, 'UTC');
  let wall = clock.wallBefore(from);
  let last = -Infinity;
  for (;;) {
    wall = wallAfter(time, wall);
    const at = clock.instantOf(wall);
    if (at <= last) continue;
    last = at;
    yield { slot: `${new Date(clock.wallAt(at)).toISOString().slice(0, 16)} ${zone}`, at };
  }
}

/** The next wall clock after another that the cron names; a wall clock is a number of milliseconds as if it were UTC. */
function wallAfter(time: CronTime, wall: number): number {
  return time.getNextDateFrom(new Date(wall), 'UTC').toMillis();
}

/** Wall clock of one zone, by the time zone data of the platform. */
class ZoneClock {
  private readonly parts: Intl.DateTimeFormat;

  constructor(zone: string) {
    this.parts = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** What the clock shows at an instant. */
  wallAt(instant: number): number {
    const at: Record<string, number> = {};
    for (const { type, value } of this.parts.formatToParts(instant)) at[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = at;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }

  /** A wall clock before everything that fires from an instant on: what a gap skipped fires later than the clock said. */
  wallBefore(instant: number): number {
    const earlier = instant - GAP_MS;
    const start = this.offset(earlier) === this.offset(instant) ? instant : earlier;
    return this.wallAt(start) - MINUTE_MS;
  }

  /** The first instant at which the clock shows `wall`; where that is skipped, the first one after the gap. */
  instantOf(wall: number): number {
    // Offsets are under 15 hours, and a zone changes its offset at most once in the span around.
    let before = wall - SPAN_MS;
    let after = wall + SPAN_MS;
    const [first, second] = [this.offset(before), this.offset(after)];
    const shown = [wall - first, wall - second].filter((instant) => this.wallAt(instant) === wall);
    if (shown.length > 0) return Math.min(...shown);
    while (after - before > MINUTE_MS) {
      const middle = before + Math.floor((after - before) / 2 / MINUTE_MS) * MINUTE_MS;
      if (this.offset(middle) === first) before = middle;
      else after = middle;
    }
    return after;
  }

  private offset(instant: number): number {
    return this.wallAt(instant) - instant;
  }
}
