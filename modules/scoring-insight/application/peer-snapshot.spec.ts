import { describe, expect, it } from '@jest/globals';
import { snapshotPeriod } from './peer-snapshot.js';

describe('snapshotPeriod', () => {
  it.each([
    ['2026-06-30T23:59:59.999Z', 'month', '2026-06'],
    ['2026-07-01T00:00:00Z', 'month', '2026-07'],
    // Still June in UTC, whatever the offset says.
    ['2026-07-01T01:00:00+02:00', 'month', '2026-06'],
    ['2026-01-04T23:59:59Z', 'week', '2026-W01'],
    ['2026-01-05T00:00:00Z', 'week', '2026-W02'],
    // ISO weeks belong to the year of their Thursday.
    ['2027-01-03T12:00:00Z', 'week', '2026-W53'],
    ['2026-06-30T12:00:00Z', 'run', 'run'],
  ] as const)('%s by %s is %s', (asOf, cadence, period) => {
    expect(snapshotPeriod(asOf, cadence)).toBe(period);
  });
});
