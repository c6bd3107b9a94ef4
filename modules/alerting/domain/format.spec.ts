import { describe, expect, it } from '@jest/globals';
import { formatDay, formatMoney } from './format.js';
import { retryDelaySeconds } from './retry.js';

describe('formatMoney', () => {
  it.each([
    ['0', '0.00 USD'],
    ['0.5', '0.50 USD'],
    ['999', '999.00 USD'],
    ['1000.10', '1,000.10 USD'],
    ['-1234567.89', '-1,234,567.89 USD'],
    ['9007199254740993.01', '9,007,199,254,740,993.01 USD'],
    ['12.3456', '12.3456 USD'],
    ['25000.00', '25,000.00 USD'],
  ])('%s is %s', (amount, text) => {
    expect(formatMoney(amount, 'USD')).toBe(text);
  });
});

describe('formatDay', () => {
  it('is the day in the zone of the owner', () => {
    expect(formatDay('2026-01-12T03:30:00.123456Z', 'America/New_York')).toBe('11 Jan 2026');
    expect(formatDay('2026-01-12T03:30:00.123456Z', 'Asia/Kolkata')).toBe('12 Jan 2026');
  });

  it('is the day in UTC where the zone is absent or wrong', () => {
    expect(formatDay('2026-09-01T00:30:00Z', null)).toBe('1 Sep 2026');
    expect(formatDay('2026-09-01T00:30:00Z', 'Mars/Olympus')).toBe('1 Sep 2026');
  });
});

describe('retryDelaySeconds', () => {
  it('doubles up to a quarter of an hour, with the same jitter on a repeat', () => {
    const delays = [1, 2, 3, 9, 50].map((attempt) => retryDelaySeconds('key', attempt));
    for (const [index, base] of [5, 10, 20, 900, 900].entries()) {
      expect(delays[index]).toBeGreaterThanOrEqual(base);
      expect(delays[index]).toBeLessThan(base * 1.2);
    }
    expect(retryDelaySeconds('key', 3)).toBe(delays[2]);
    expect(retryDelaySeconds('another', 3)).not.toBe(delays[2]);
  });

  it('never comes back earlier than Slack asked', () => {
    expect(retryDelaySeconds('key', 9, 30)).toBeGreaterThanOrEqual(30);
    expect(retryDelaySeconds('key', 9, 30)).toBeLessThan(36);
  });
});
