import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dueSlot, isCron, nextSlot, type Schedule, type Slot } from './schedule.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (text: string): number => Date.parse(text);
const iso = (slot: Slot | null): string | null => slot && new Date(slot.at).toISOString();

/** What fires when a clock ticks every `step` from one instant to another, as a service does. */
function firings(schedule: Schedule, from: string, to: string, step = 15 * MINUTE): string[] {
  const fired: string[] = [];
  let last = at(from);
  for (let now = last + step; now <= at(to); now += step) {
    const slot = dueSlot(schedule, last, now);
    if (slot) fired.push(`${slot.slot} = ${new Date(slot.at).toISOString().slice(0, 16)}`);
    last = now;
  }
  return fired;
}

describe('trap 16: clocks that change', () => {
  it('skip 02:30 in New York: it fires when the gap ends, once', () => {
    expect(
      firings(
        { cron: '30 2 * * *', zone: 'America/New_York' },
        '2026-03-07T12:00:00Z',
        '2026-03-09T12:00:00Z',
      ),
    ).toEqual([
      '2026-03-08T03:00 America/New_York = 2026-03-08T07:00',
      '2026-03-09T02:30 America/New_York = 2026-03-09T06:30',
    ]);
  });

  it('repeat 01:30 in New York: it fires the first time only', () => {
    expect(
      firings(
        { cron: '30 1 * * *', zone: 'America/New_York' },
        '2026-10-31T12:00:00Z',
        '2026-11-02T12:00:00Z',
      ),
    ).toEqual([
      '2026-11-01T01:30 America/New_York = 2026-11-01T05:30',
      '2026-11-02T01:30 America/New_York = 2026-11-02T06:30',
    ]);
  });

  it('skip 02:00 in Zurich: the times of the lost hour are one firing at 03:00', () => {
    expect(
      firings(
        { cron: '0,20,40 2,3 * * *', zone: 'Europe/Zurich' },
        '2026-03-29T00:00:00Z',
        '2026-03-29T03:00:00Z',
      ),
    ).toEqual([
      '2026-03-29T03:00 Europe/Zurich = 2026-03-29T01:00',
      '2026-03-29T03:20 Europe/Zurich = 2026-03-29T01:20',
      '2026-03-29T03:40 Europe/Zurich = 2026-03-29T01:40',
    ]);
  });

  it('repeat an hour in Zurich: every quarter of it fires once', () => {
    expect(
      firings(
        { cron: '*/30 2,3 * * *', zone: 'Europe/Zurich' },
        '2026-10-24T23:00:00Z',
        '2026-10-25T04:00:00Z',
      ),
    ).toEqual([
      '2026-10-25T02:00 Europe/Zurich = 2026-10-25T00:00',
      '2026-10-25T02:30 Europe/Zurich = 2026-10-25T00:30',
      '2026-10-25T03:00 Europe/Zurich = 2026-10-25T02:00',
      '2026-10-25T03:30 Europe/Zurich = 2026-10-25T02:30',
    ]);
  });

  it('move by half an hour on Lord Howe Island', () => {
    const schedule = { cron: '45 1 * * *', zone: 'Australia/Lord_Howe' };
    // 2026-04-05 02:00 +11 becomes 01:30 +10:30: 01:45 comes twice.
    expect(firings(schedule, '2026-04-04T12:00:00Z', '2026-04-05T12:00:00Z')).toEqual([
      '2026-04-05T01:45 Australia/Lord_Howe = 2026-04-04T14:45',
    ]);
    // 2026-10-04 02:00 +10:30 becomes 02:30 +11: 02:15 does not exist.
    expect(
      firings({ ...schedule, cron: '15 2 * * *' }, '2026-10-03T12:00:00Z', '2026-10-04T12:00:00Z'),
    ).toEqual(['2026-10-04T02:30 Australia/Lord_Howe = 2026-10-03T15:30']);
  });

  it('never move in Kolkata', () => {
    expect(
      firings({ cron: '0 9 * * *', zone: 'Asia/Kolkata' }, '2026-03-28T00:00:00Z', '2026-03-30T12:00:00Z'),
    ).toEqual([
      '2026-03-28T09:00 Asia/Kolkata = 2026-03-28T03:30',
      '2026-03-29T09:00 Asia/Kolkata = 2026-03-29T03:30',
      '2026-03-30T09:00 Asia/Kolkata = 2026-03-30T03:30',
    ]);
  });

  it.each(['America/New_York', 'Europe/Zurich', 'Australia/Lord_Howe', 'Asia/Kolkata'])(
    'give every local day in %s one firing, at any hour',
    (zone) => {
      const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
      // Both changes of 2026 in every zone lie in these weeks.
      const week = fc.constantFrom('03-06', '03-27', '04-03', '10-02', '10-23', '10-30');
      fc.assert(
        fc.property(minute, week, (of, start) => {
          const schedule = { cron: `${of % 60} ${Math.floor(of / 60)} * * *`, zone };
          const days: string[] = [];
          let slot = nextSlot(schedule, at(`2026-${start}T00:00:00Z`));
          while (slot && days.length < 5) {
            days.push(slot.slot.slice(0, 10));
            slot = nextSlot(schedule, slot.at);
          }
          const first = Date.parse(`${days[0]}T00:00:00Z`);
          expect(days).toEqual(days.map((_, n) => new Date(first + n * DAY).toISOString().slice(0, 10)));
        }),
        { numRuns: 25 },
      );
    },
  );
});

describe('dueSlot', () => {
  const daily: Schedule = { cron: '0 6 * * *', zone: 'UTC' };

  it('is due from its minute on, and once', () => {
    expect(dueSlot(daily, at('2026-05-01T05:00:00Z'), at('2026-05-01T05:59:59.999Z'))).toBeNull();
    const due = { slot: '2026-05-01T06:00 UTC', at: at('2026-05-01T06:00:00Z') };
    expect(dueSlot(daily, at('2026-05-01T05:59:59Z'), at('2026-05-01T06:00:00Z'))).toEqual(due);
    expect(dueSlot(daily, at('2026-05-01T06:00:00Z'), at('2026-05-01T06:00:10Z'))).toBeNull();
  });

  it('makes up for the latest missed firing only, and for none older than a day', () => {
    const hourly = { cron: '@hourly', zone: 'Europe/Zurich' };
    expect(iso(dueSlot(hourly, at('2026-05-01T00:00:00Z'), at('2026-05-04T10:30:00Z')))).toBe(
      '2026-05-04T10:00:00.000Z',
    );
    const monthly = { cron: '0 6 1 * *', zone: 'UTC' };
    expect(iso(dueSlot(monthly, at('2026-04-20T00:00:00Z'), at('2026-05-02T05:59:00Z')))).toBe(
      '2026-05-01T06:00:00.000Z',
    );
    expect(dueSlot(monthly, at('2026-04-20T00:00:00Z'), at('2026-05-02T06:00:00Z'))).toBeNull();
  });

  it('fires the same slots however often a clock ticks', () => {
    const schedule = { cron: '*/20 * * * *', zone: 'Australia/Lord_Howe' };
    const [from, to] = ['2026-04-04T10:00:00Z', '2026-04-04T20:00:00Z'];
    const often = firings(schedule, from, to, 2 * MINUTE);
    expect(firings(schedule, from, to, 20 * MINUTE)).toEqual(often);
    expect(new Set(often).size).toBe(often.length);
  });
});

describe('nextSlot', () => {
  it('is the first one after now', () => {
    const weekdays = { cron: '0 6 * * 1-5', zone: 'Europe/Zurich' };
    expect(iso(nextSlot(weekdays, at('2026-05-01T04:00:00Z')))).toBe('2026-05-04T04:00:00.000Z');
    expect(iso(nextSlot(weekdays, at('2026-05-01T03:59:59Z')))).toBe('2026-05-01T04:00:00.000Z');
  });
});

describe('isCron', () => {
  it.each(['0 6 * * *', '*/5 8-18 * * 1-5', '0 0 29 2 *', '@daily'])('takes %j', (cron) => {
    expect(isCron(cron)).toBe(true);
  });
  it.each(['', '* * * *', '0 0 6 * * *', '61 * * * *', '0 0 30 2 *', '@secondly', 'every hour', '@reboot'])(
    'refuses %j',
    (cron) => {
      expect(isCron(cron)).toBe(false);
    },
  );
});
