/** Instants inside the generator: whole microseconds since 1970 (exact in a double until the year 2255). */
export type Micros = number;

export const SECOND: Micros = 1_000_000;
export const MINUTE: Micros = 60 * SECOND;
export const HOUR: Micros = 60 * MINUTE;
export const DAY: Micros = 24 * HOUR;

/** `2026-01-02T03:04:05.123456Z`, which Postgres, ClickHouse and people read alike. */
export function instantText(micros: Micros): string {
  const millis = Math.floor(micros / 1000);
  const rest = micros - millis * 1000;
  return `${new Date(millis).toISOString().slice(0, 23)}${String(rest).padStart(3, '0')}Z`;
}

/** Calendar day in UTC, `2026-01-02`. */
export function dateText(micros: Micros): string {
  return new Date(Math.floor(micros / 1000)).toISOString().slice(0, 10);
}

/** `decimalText(-1234, 2)` is `-12.34`: decimals leave the generator from integers, never from floats. */
export function decimalText(units: number | bigint, scale: number): string {
  const text = String(units < 0 ? -units : units).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  return `${units < 0 ? '-' : ''}${whole}.${text.slice(text.length - scale)}`;
}

/** One line of Postgres' COPY text format. */
export function copyLine(values: readonly (string | number | bigint | boolean | null)[]): string {
  let line = '';
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (i > 0) line += '\t';
    if (value === null || value === undefined) line += '\\N';
    else line += typeof value === 'string' ? escapeCopy(value) : String(value);
  }
  return line + '\n';
}

function escapeCopy(text: string): string {
  if (!/[\\\t\n\r]/.test(text)) return text;
  return text.replace(/\\/g, '\\\\').replace(/\t/g, '\\t').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
}
