/** One line of a bench. `against` is what the value is compared with: the limit or rival, measured in the same run. */
export interface Measure {
  name: string;
  value: number;
  unit: string;
  against?: { what: string; value: number; unit: string };
  /** value / against, so that its meaning follows from the unit; a measure that turns it round says so in its name. */
  ratio?: number;
  /** What was promised, in words, and whether this run kept it. Absent: the figure is for information. */
  goal?: string;
  holds?: boolean;
}

/** `at least` and `at most` goals over the ratio where there is one, else over the value. */
export function judged(
  measure: Omit<Measure, 'goal' | 'holds'>,
  goal?: { atLeast: number } | { atMost: number } | { under: number },
): Measure {
  if (goal === undefined) return measure;
  const judgedValue = measure.ratio ?? measure.value;
  if ('atLeast' in goal)
    return { ...measure, goal: `>= ${goal.atLeast}`, holds: judgedValue >= goal.atLeast };
  if ('atMost' in goal) return { ...measure, goal: `<= ${goal.atMost}`, holds: judgedValue <= goal.atMost };
  return { ...measure, goal: `< ${goal.under}`, holds: judgedValue < goal.under };
}

/** The value below which a share `q` of the values lies (nearest rank); NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Seconds that `work` took, and what it gave. */
export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const began = performance.now();
  const result = await work();
  return { seconds: (performance.now() - began) / 1000, result };
}

const number = (value: number): string =>
  Number.isInteger(value)
    ? value.toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });

/** A measure as one line: name, value, unit, what it is held against, ratio, goal, holds. */
export function asLine(measure: Measure): string {
  const { name, value, unit, against, ratio, goal, holds } = measure;
  return [
    name.padEnd(58),
    `${number(value)} ${unit}`.padEnd(22),
    (against ? `${against.what}: ${number(against.value)} ${against.unit}` : '').padEnd(46),
    (ratio === undefined ? '' : `ratio ${number(ratio)}`).padEnd(14),
    (goal === undefined ? '' : `goal ${goal}`).padEnd(14),
    holds === undefined ? '' : holds ? 'holds' : 'MISSED',
  ]
    .join(' ')
    .trimEnd();
}
