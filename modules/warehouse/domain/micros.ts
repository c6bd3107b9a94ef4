const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/;

/** An ISO 8601 UTC instant so many microseconds later, always with six digits. */
export function plusMicros(instant: string, micros: number): string {
  const match = INSTANT.exec(instant);
  if (!match) throw new Error(`not an ISO 8601 UTC instant: ${instant}`);
  const total =
    BigInt(Date.parse(`${match[1]}Z`)) * 1000n + BigInt((match[2] ?? '').padEnd(6, '0')) + BigInt(micros);
  const seconds = new Date(Number(total / 1_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(total % 1_000_000n).padStart(6, '0')}Z`;
}

/** The later of two ISO 8601 UTC instants, with six digits. */
export function later(a: string, b: string): string {
  const [x, y] = [plusMicros(a, 0), plusMicros(b, 0)];
  return x > y ? x : y;
}
