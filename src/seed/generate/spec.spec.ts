import { describe, expect, it } from '@jest/globals';
import { seedSpec } from './spec.js';

const valid = { seed: 1, asOf: new Date('2026-03-17T15:30:00Z'), scale: 1 };

describe('seedSpec', () => {
  it('promises the sizes of the demo at scale 1', () => {
    const { sizes } = seedSpec(valid);
    expect(sizes).toMatchObject({
      tenants: 220,
      users: 640,
      entities: 2200,
      partnerships: 12_000,
      affinityScores: 300_000,
      userActivity: 500_000,
    });
  });

  it('depends on the UTC day of asOf alone', () => {
    const first = seedSpec({ ...valid, asOf: new Date('2026-03-17T00:00:00Z') });
    expect(seedSpec(valid)).toEqual(first);
    expect(first.base).toBe(Date.UTC(2026, 2, 17) * 1000);
    expect(seedSpec({ ...valid, asOf: new Date('2026-03-18T00:00:00Z') })).not.toEqual(first);
  });

  it.each([
    { scale: 0 },
    { scale: 11 },
    { scale: Number.NaN },
    { seed: 1.5 },
    { asOf: new Date(Number.NaN) },
  ])('refuses %p', (change) => {
    expect(() => seedSpec({ ...valid, ...change })).toThrow(
      expect.objectContaining({ class: 'configuration', code: 'seed_options_invalid' }),
    );
  });
});
