import fc from 'fast-check';

/** One write to the product: this state, with this updated_at (minutes after noon). */
export interface Write {
  subject: string;
  minute: number;
  name: string;
  deleted: boolean;
}

export interface ExpectedVersion {
  subject: string;
  version: number;
  name: string;
  deleted: boolean;
  from: string;
  to: string;
  current: boolean;
}

export const MINUTES = 3;
export const BATCHES = 4;

/**
 * The writes between one extraction and the next, batch by batch: updates out of order and at one instant, repeats,
 * deletes and returns. Few values, so that they meet often.
 */
export const historyOf = (subjects: readonly string[]): fc.Arbitrary<Write[][]> =>
  fc.array(
    fc.array(
      fc.record({
        subject: fc.constantFrom(...subjects),
        minute: fc.nat(MINUTES - 1),
        name: fc.constantFrom('red', 'blue'),
        deleted: fc.boolean(),
      }),
      { maxLength: 5 },
    ),
    { minLength: 1, maxLength: BATCHES },
  );

export const instantOf = (minute: number): string =>
  `2026-03-01T12:${String(minute).padStart(2, '0')}:00.000000Z`;

/**
 * SCD 2 the naive way. An extraction sees the state each subject has after its batch. Of several states with one
 * updated_at the one seen last counts; a version begins where the state differs from the one before in time.
 */
export function expectedVersions(
  subjects: readonly string[],
  batches: readonly Write[][],
  withDeleted: boolean,
): ExpectedVersion[] {
  const versions: ExpectedVersion[] = [];
  for (const subject of subjects) {
    const seen = new Map<number, Write>();
    for (const writes of batches) {
      const last = writes.filter((write) => write.subject === subject).at(-1);
      if (last) seen.set(last.minute, last);
    }
    const own: ExpectedVersion[] = [];
    for (const [minute, state] of [...seen].sort(([a], [b]) => a - b)) {
      const before = own.at(-1);
      const deleted = withDeleted && state.deleted;
      if (before && before.name === state.name && before.deleted === deleted) continue;
      if (before) Object.assign(before, { to: instantOf(minute), current: false });
      own.push({
        subject,
        version: own.length + 1,
        name: state.name,
        deleted,
        from: before ? instantOf(minute) : '1900-01-01T00:00:00.000000Z',
        to: '2299-12-31T00:00:00.000000Z',
        current: true,
      });
    }
    versions.push(...own);
  }
  return versions;
}
