import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scheduleSlot } from './schedule-slot.js';

describe('scheduleSlot', () => {
  it('is the start of the interval', () => {
    expect(scheduleSlot(Date.UTC(2026, 0, 2, 3, 4, 59, 999), 300)).toBe('2026-01-02T03:00:00.000Z');
    expect(scheduleSlot(Date.UTC(2026, 0, 2, 3, 5, 0, 0), 300)).toBe('2026-01-02T03:05:00.000Z');
  });

  it('gives two replicas one slot exactly when they tick in one interval', () => {
    const instant = fc.integer({ min: 0, max: 4_000_000_000_000 });
    fc.assert(
      fc.property(instant, instant, fc.integer({ min: 1, max: 86_400 }), (a, b, seconds) => {
        const same = Math.floor(a / 1000 / seconds) === Math.floor(b / 1000 / seconds);
        expect(scheduleSlot(a, seconds) === scheduleSlot(b, seconds)).toBe(same);
      }),
    );
  });

  it.each(['America/New_York', 'Europe/Zurich'])(
    'trap 16: clocks that change in %s neither skip a slot nor give one twice',
    (zone) => {
      const hour = 3_600_000;
      const dayThere = new Intl.DateTimeFormat('en-CA', { timeZone: zone });
      // Both changes of 2026 lie in these weeks, the long day and the short one.
      for (const start of ['2026-03-06', '2026-03-27', '2026-10-23', '2026-10-30']) {
        const from = Date.parse(`${start}T00:00:00Z`);
        const daily = new Map<string, Set<string>>();
        const hourly: string[] = [];
        for (let now = from; now < from + 7 * 24 * hour; now += 600_000) {
          const day = scheduleSlot(now, 86_400);
          const local = dayThere.format(new Date(day));
          daily.set(local, (daily.get(local) ?? new Set()).add(day));
          const slot = scheduleSlot(now, 3_600);
          if (hourly.at(-1) !== slot) hourly.push(slot);
        }
        expect([...daily.values()].map((slots) => slots.size)).toEqual(Array(7).fill(1));
        expect(hourly.map((slot) => Date.parse(slot))).toEqual(
          Array.from({ length: 7 * 24 }, (_, n) => from + n * hour),
        );
      }
    },
  );
});
