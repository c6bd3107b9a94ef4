import { createHash } from 'node:crypto';

/** A column's target name and its canonical text. */
export type EncodedColumn = readonly [target: string, text: string | null];

export interface Fingerprints {
  /** MD5 as 32 lower-case hex digits; of the key alone, and of key and columns. */
  key: string;
  row: string;
}

/** Fingerprints of one row (docs/syncs.md, Fingerprints); both lists in the order of the definition. Pure. */
export function fingerprints(
  keys: readonly EncodedColumn[],
  columns: readonly EncodedColumn[],
): Fingerprints {
  const key = encode(keys);
  return { key: md5(key), row: md5(key + encode(columns)) };
}

/** Which of `buckets` a row is counted in. Pure. */
export function bucketOf(keyFingerprint: string, buckets: number): number {
  return Number.parseInt(keyFingerprint.slice(0, 8), 16) % buckets;
}

/** What a row adds to the sum of its bucket: 60 bits of its fingerprint. Pure. */
export function weightOf(rowFingerprint: string): bigint {
  return BigInt(`0x${rowFingerprint.slice(0, 15)}`);
}

/** The length in octets keeps ('a', 'bc') apart from ('ab', 'c'), and a null from every text. */
function encode(columns: readonly EncodedColumn[]): string {
  return columns
    .map(([target, text]) =>
      text === null ? `${target}=null\n` : `${target}=${Buffer.byteLength(text)}:${text}\n`,
    )
    .join('');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
