import { describe, expect, it } from '@jest/globals';
import { believes, sweepDue } from './sweep.js';

const compared = (live: number, missing: number, found = live - missing) => ({
  live,
  missing,
  found,
  unknown: 0,
});

describe('believes', () => {
  it.each([
    ['nothing missing', compared(1000, 0), true],
    ['nothing missing of an empty source that was always empty', compared(0, 0), true],
    ['ten of eleven', compared(11, 10), true],
    ['eleven of fifty', compared(50, 11), false],
    ['ten of fifty', compared(50, 10), true],
    ['a fifth', compared(1000, 200), true],
    ['a fifth and one', compared(1000, 201), false],
    ['one of one with nothing left', compared(1, 1), false],
    ['one of one with another in its place', compared(1, 1, 1), true],
  ])('%s', (_, comparison, expected) => {
    expect(believes(comparison, null)).toBe(expected);
  });

  it('lets a release pass up to its count, also of an empty source, and no further', () => {
    expect(believes(compared(1000, 500), 500)).toBe(true);
    expect(believes(compared(1000, 1000), 1000)).toBe(true);
    expect(believes(compared(1000, 501), 500)).toBe(false);
    expect(believes(compared(1000, 100), 1)).toBe(true);
  });
});

describe('sweepDue', () => {
  const last = { comparedAt: '2026-01-05T10:00:00.000000Z', released: null };
  it('waits for the interval since the last comparison, to the second', () => {
    expect(sweepDue(60, last, '2026-01-05T10:00:59.999Z')).toBe(false);
    expect(sweepDue(60, last, '2026-01-05T10:01:00.000Z')).toBe(true);
  });
  it('never comes on its own with an interval of 0 or before the first load', () => {
    expect(sweepDue(0, last, '2030-01-01T00:00:00Z')).toBe(false);
    expect(sweepDue(60, { ...last, comparedAt: null }, '2030-01-01T00:00:00Z')).toBe(false);
  });
  it('comes at once when a person released what was held', () => {
    expect(sweepDue(0, { ...last, released: 5 }, last.comparedAt)).toBe(true);
  });
});
