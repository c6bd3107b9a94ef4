import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aalenJohansen, chanceWithin } from './aalen-johansen.js';
import { kaplanMeier, type Stay } from './kaplan-meier.js';

type Cause = 'advanced' | 'lost';
const CAUSES = ['advanced', 'lost'] as const;

const stay = (exit: number, cause: Cause | null, entry = -1): Stay<Cause> => ({ entry, exit, cause });

/** Ten stays: the incidences by hand. */
const rows = [
  stay(1, 'advanced'),
  stay(1, 'advanced'),
  stay(2, 'lost'),
  stay(2, null),
  stay(3, 'advanced'),
  stay(4, 'lost'),
  stay(4, 'lost'),
  stay(6, 'advanced'),
  stay(8, null),
  stay(9, null),
];

const randomStays = fc.array(
  fc
    .record({
      entry: fc.integer({ min: -1, max: 6 }),
      length: fc.integer({ min: 0, max: 9 }),
      cause: fc.constantFrom<Cause | null>('advanced', 'lost', null),
      n: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ entry, length, cause, n }): Stay<Cause> => ({ entry, exit: entry + length, cause, n })),
  { maxLength: 25 },
);

describe('aalenJohansen', () => {
  it('is the sum over event times, by hand', () => {
    const { steps, lastSeen } = aalenJohansen(rows, CAUSES);
    // n: 10, 8, 6, 5, 3. S: 8/10, 7/10, 7/12, 7/20, 7/30.
    const expected = [
      [1, 0.8, 0.2, 0],
      [2, 0.7, 0.2, 0.1],
      [3, 7 / 12, 0.2 + 0.7 / 6, 0.1],
      [4, 0.35, 0.2 + 0.7 / 6, 0.1 + 7 / 30],
      [6, 7 / 30, 0.2 + 0.7 / 6 + 0.35 / 3, 0.1 + 7 / 30],
    ];
    steps.forEach(({ time, survival, incidence }, index) =>
      [time, survival, incidence.advanced, incidence.lost].forEach((value, column) =>
        expect(Math.abs(value - (expected[index]?.[column] ?? NaN))).toBeLessThan(1e-9),
      ),
    );
    expect([steps.length, lastSeen]).toEqual([5, 9]);
  });

  it('sums to one with the survival', () => {
    fc.assert(
      fc.property(randomStays, (stays) => {
        for (const { survival, incidence } of aalenJohansen(stays, CAUSES).steps)
          expect(incidence.advanced + incidence.lost + survival).toBeCloseTo(1, 12);
      }),
      { numRuns: 300 },
    );
  });

  it('is one minus Kaplan-Meier with a single cause', () => {
    fc.assert(
      fc.property(randomStays, (stays) => {
        const single = stays.map((each) => ({ ...each, cause: each.cause && ('advanced' as const) }));
        const survival = kaplanMeier(single).steps.map((step) => step.survival);
        aalenJohansen(single, ['advanced']).steps.forEach(({ incidence }, index) =>
          expect(incidence.advanced).toBeCloseTo(1 - (survival[index] ?? NaN), 12),
        );
      }),
    );
  });

  it('says less than one minus Kaplan-Meier with the other cause censored', () => {
    const censored = rows.map((each) => ({ ...each, cause: each.cause === 'lost' ? null : each.cause }));
    const naive = 1 - (kaplanMeier(censored).steps.at(-1)?.survival ?? 1);
    expect(aalenJohansen(rows, CAUSES).steps.at(-1)?.incidence.advanced).toBeLessThan(naive - 0.05);
  });

  it('answers for no and one stay', () => {
    expect(aalenJohansen([], CAUSES)).toEqual({ steps: [], lastSeen: null });
    expect(aalenJohansen([stay(2, 'lost')], CAUSES).steps).toEqual([
      { time: 2, survival: 0, incidence: { advanced: 0, lost: 1 } },
    ]);
  });
});

describe('chanceWithin', () => {
  const curve = aalenJohansen(rows, CAUSES);

  it('is conditional on still being there', () => {
    expect(chanceWithin(curve, 'advanced', 0, 1)).toBeCloseTo(0.2, 12);
    expect(chanceWithin(curve, 'advanced', 2, 4)).toBeCloseTo((0.7 / 6 + 0.35 / 3) / 0.7, 12);
    expect(chanceWithin(curve, 'lost', 2, 1)).toBe(0);
  });

  it('is null where nothing was seen', () => {
    expect(chanceWithin(curve, 'advanced', 6, 3)).toBe(0);
    expect(chanceWithin(curve, 'advanced', 6, 4)).toBeNull();
    expect(chanceWithin(aalenJohansen<Cause>([], CAUSES), 'advanced', 0, 5)).toBeNull();
    const resolved = aalenJohansen([stay(2, 'lost'), stay(4, 'advanced')], CAUSES);
    expect(chanceWithin(resolved, 'advanced', 2, 100)).toBe(1);
    expect(chanceWithin(resolved, 'advanced', 4, 1)).toBeNull();
  });

  it('is a probability, and the chances of all causes never exceed one', () => {
    fc.assert(
      fc.property(randomStays, fc.nat(12), fc.nat(12), (stays, time, within) => {
        const random = aalenJohansen(stays, CAUSES);
        const chances = CAUSES.map((cause) => chanceWithin(random, cause, time, within));
        for (const chance of chances) if (chance !== null) expect(chance).toBeGreaterThanOrEqual(0);
        const [advanced, lost] = chances;
        expect((advanced ?? 0) + (lost ?? 0)).toBeLessThanOrEqual(1 + 1e-12);
        expect(advanced === null).toBe(lost === null);
      }),
    );
  });
});
