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
});
