/** What a source holds now against what raw holds of it, by key. */
export interface KeyComparison {
  /** Keys that raw says are there. */
  live: number;
  /** Those of them that the source no longer has. */
  missing: number;
  /** Rows of the source whose key can be read. */
  found: number;
  /** Keys of the source that raw has neither live nor among the rejects. */
  unknown: number;
}

/** Deletions up to this many are never held, whatever their share. */
const FEW = 10;
const SHARE = 0.2;

/**
 * Whether what is missing is gone or the source is broken: an empty source, or one that lost more than
 * greatest(10 keys, 20 % of the live ones), is not believed until a person releases it. `released` is how many
 * deletions a person has let pass, null when nobody has.
 */
export function believes({ live, missing, found }: KeyComparison, released: number | null): boolean {
  if (missing === 0) return true;
  if (released !== null && missing <= released) return true;
  return found > 0 && missing <= Math.max(FEW, live * SHARE);
}

/**
 * Whether the keys of a source are to be compared at `at`: the interval has passed since they last were, or a person
 * has released what the last comparison found. Never compared: the first load compares everything, so not now.
 * Instants are ISO 8601; an interval of 0 seconds means never on its own.
 */
export function sweepDue(
  intervalSeconds: number,
  { comparedAt, released }: { comparedAt: string | null; released: number | null },
  at: string,
): boolean {
  if (released !== null) return true;
  if (intervalSeconds === 0 || comparedAt === null) return false;
  return Date.parse(at) - Date.parse(comparedAt) >= intervalSeconds * 1000;
}
