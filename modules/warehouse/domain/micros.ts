const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/;

/** An ISO 8601 UTC instant so many microseconds later, always with six digits. */
export function plusMicros(instant: string, micros: number): string {
  const match = INSTANT.exec(instant);
  if (!match) throw new Error(`not an ISO 8601 UTC instant: ${instant}`);
  const seconds = BigInt(Date.parse(`${match[1]}Z`)) * 1000n;
  return isoOfMicros(seconds + BigInt((match[2] ?? '').padEnd(6, '0')) + BigInt(micros));
}

/** Microseconds since the Unix epoch as an ISO 8601 UTC instant with six digits. */
export function isoOfMicros(micros: bigint): string {
  const seconds = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, '0')}Z`;
}

/** The later of two ISO 8601 UTC instants, with six digits. */
export function later(a: string, b: string): string {
  const [x, y] = [plusMicros(a, 0), plusMicros(b, 0)];
  return x > y ? x : y;
}
