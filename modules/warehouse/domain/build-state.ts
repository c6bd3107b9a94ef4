import { z } from 'zod';

/**
 * What a published table was built from. It is the comment of that table, so that data and state change places in one
 * EXCHANGE: there is no moment at which one is newer than the other.
 */
const buildState = z.strictObject({
  /** Grows with every publication that changed rows. */
  version: z.int().nonnegative(),
  /** Version whose changes nobody kept (a full build of a large table): a reader that stands before it builds whole. */
  reset: z.int().nonnegative(),
  /** Per raw table the ISO 8601 UTC instant, per model the version, up to which the build saw changes. */
  positions: z.record(z.string(), z.union([z.string(), z.int()])),
  /** Of everything that decides the rows besides the data: SQL, declaration, parameters. */
  hash: z.string(),
  /** Rows when published: another number now means that somebody else wrote to the table. */
  rows: z.int().nonnegative(),
  /** ISO 8601 UTC instant. */
  builtAt: z.string(),
});
export type BuildState = z.output<typeof buildState>;
export type Position = BuildState['positions'][string];

/** The state in a table's comment; null for a table that was never published, or whose comment somebody rewrote. */
export function parseBuildState(comment: string): BuildState | null {
  try {
    return buildState.parse(JSON.parse(comment));
  } catch {
    return null;
  }
}
