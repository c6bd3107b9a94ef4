import { describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { assessDeal, type DealHealth } from './stall.js';

const AS_OF = '2024-06-28T12:00:00Z';
const none: ReadonlySet<string> = new Set();

/** A deal that has been in its stage for a number of business days (as of a Friday, in UTC). */
function after(businessDays: number, stallDays: number | null, holidays = none): DealHealth {
  const weeks = Math.floor(businessDays / 5);
  const enteredAt = DateTime.fromISO(AS_OF, { zone: 'utc' })
    .minus({ days: weeks * 7 + (businessDays % 5) })
    .toISO()!;
  return assessDeal({ stage: 'proposal', enteredAt, ownerZone: 'UTC', stallDays }, AS_OF, {
    stallDays: 30,
    holidays,
  });
}

describe('assessDeal', () => {
  it.each([
    [0, 'ok'],
    [30, 'ok'],
    [31, 'warn'],
    [59, 'warn'],
    [60, 'critical'],
    [300, 'critical'],
  ])('after %d business days of the default 30 is %s', (days, severity) => {
    expect(after(days, null)).toMatchObject({
      daysInStage: days,
      thresholdDays: 30,
      thresholdSource: 'configured',
      severity,
    });
  });

  it("prefers the stage's own threshold", () => {
    expect(after(11, 10)).toMatchObject({ thresholdDays: 10, severity: 'warn' });
    expect(after(20, 10)).toMatchObject({ severity: 'critical' });
    expect(after(40, 60)).toMatchObject({ thresholdDays: 60, severity: 'ok' });
  });

  it('is not stalled on the day of entry, even with a threshold of 0', () => {
    expect(after(0, 0).severity).toBe('ok');
    expect(after(1, 0).severity).toBe('critical');
  });

  it('does not count holidays', () => {
    expect(after(31, null, new Set(['2024-06-19']))).toMatchObject({ daysInStage: 30, severity: 'ok' });
  });

  it("counts in the owner's zone", () => {
    const deal = { stage: 'proposal', enteredAt: '2024-06-27T23:00:00Z', stallDays: null };
    const defaults = { stallDays: 30, holidays: none };
    const seenAt = '2024-06-28T01:00:00Z';
    expect(assessDeal({ ...deal, ownerZone: 'UTC' }, seenAt, defaults).daysInStage).toBe(1);
    expect(assessDeal({ ...deal, ownerZone: 'America/New_York' }, seenAt, defaults).daysInStage).toBe(0);
  });
});
