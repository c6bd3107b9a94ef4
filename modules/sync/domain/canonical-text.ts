import type { ValueType } from './definition.js';

const INSTANT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;
const DECIMAL = /^(-?)0*(\d+?)(?:\.(\d*?)0*)?$/;

/**
 * The one text of a value that fingerprints are made of (docs/syncs.md, Fingerprints), null for null. Pure. Takes what a
 * target gives: numbers or texts. A value that is none of the type, such as somebody else's text in a number's place,
 * keeps its plain text, which no value of the type has.
 */
export function canonicalText(type: ValueType, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'uuid':
      return plainText(value).toLowerCase();
    case 'decimal':
      return decimal(plainText(value));
    case 'float':
      return typeof value === 'number' || typeof value === 'bigint' ? float(Number(value)) : plainText(value);
    case 'instant':
      return microseconds(plainText(value)) ?? plainText(value);
    default:
      return plainText(value);
  }
}

/** A value of a target as a person reads it. Pure. */
export function plainText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item));
}

function decimal(text: string): string {
  const [, sign = '', whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return text;
  const digits = fraction === '' ? whole : `${whole}.${fraction}`;
  return digits === '0' ? digits : sign + digits;
}

/** The bytes of the double, most significant first; -0 is 0. */
function float(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  return bytes.toString('hex');
}

/** Microseconds since 1970; undefined for a text that is no instant in UTC. */
function microseconds(text: string): string | undefined {
  const [, day, time, fraction = ''] = INSTANT.exec(text) ?? [];
  const milliseconds = Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(milliseconds)) return undefined;
  return String(BigInt(milliseconds) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6)));
}
