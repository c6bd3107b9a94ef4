import { describe, expect, it } from '@jest/globals';
import { later, plusMicros } from './micros.js';

describe('instants with microseconds', () => {
  it('are added to without losing any', () => {
    expect(plusMicros('2026-01-31T23:59:59.999999Z', 1)).toBe('2026-02-01T00:00:00.000000Z');
    expect(plusMicros('2026-01-31T00:00:00Z', 0)).toBe('2026-01-31T00:00:00.000000Z');
    expect(plusMicros('2026-01-31T00:00:00.5Z', 33_300)).toBe('2026-01-31T00:00:00.533300Z');
    expect(() => plusMicros('2026-01-31', 1)).toThrow('not an ISO 8601 UTC instant');
  });
  it('are compared whatever number of digits they have', () => {
    expect(later('2026-01-31T00:00:00.1Z', '2026-01-31T00:00:00.09Z')).toBe('2026-01-31T00:00:00.100000Z');
    expect(later('2026-01-31T00:00:00Z', '2026-01-31T00:00:00.000001Z')).toBe('2026-01-31T00:00:00.000001Z');
  });
});
