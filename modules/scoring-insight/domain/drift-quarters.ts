/** The quarter after, e.g. `2026-Q1` after `2025-Q4`. */
export function nextQuarter(quarter: string): string {
  const [year, number] = [Number(quarter.slice(0, 4)), Number(quarter.slice(6))];
  return number === 4 ? `${String(year + 1).padStart(4, '0')}-Q1` : `${quarter.slice(0, 6)}${number + 1}`;
}

/** All quarters from the first to the last of those, in order; none for none. */
export function quartersBetween(quarters: readonly string[]): string[] {
  const ordered = [...quarters].sort();
  const [first, last] = [ordered[0], ordered.at(-1)];
  if (first === undefined || last === undefined) return [];
  const all = [first];
  for (let at = first; at < last;) all.push((at = nextQuarter(at)));
  return all;
}
