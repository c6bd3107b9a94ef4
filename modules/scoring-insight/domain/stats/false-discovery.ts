import padjust from '@stdlib/stats-padjust';

/** One test of a family. */
export interface TestInFamily {
  id: string;
  /** Null where the test is undefined: it stays null and does not count in the family's size. */
  p: number | null;
}

/**
 * Benjamini-Hochberg (1995): the smallest false discovery rate at which each test of the family would be called.
 * One family is everything that one report looks at.
 * @param tests ids are unique
 */
export function falseDiscoveryRates(tests: readonly TestInFamily[]): Map<string, number | null> {
  const defined = tests.flatMap(({ id, p }) => (p === null ? [] : [{ id, p }]));
  const adjusted =
    defined.length === 0
      ? []
      : padjust(
          defined.map(({ p }) => p),
          'bh',
        );
  const rates = new Map<string, number | null>(tests.map(({ id }) => [id, null]));
  for (const [index, { id }] of defined.entries()) rates.set(id, adjusted[index] ?? null);
  return rates;
}
