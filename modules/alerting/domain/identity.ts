import { createHash } from 'node:crypto';

/** SHA-256 in hex over the parts, each with its length before it, so that no two lists of parts read the same. */
export function digestOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex');
}

/** What an incident is about: one visit of one stage by one deal, seen by one rule. */
export function fingerprintOf(rule: string, subject: string, stage: string, stageVisit: number): string {
  return digestOf([rule, subject, stage, String(stageVisit)]);
}

/** A UUID (RFC 9562 version 8) made of a hash, so that a repeated decision names the same row again. */
export function uuidOf(...parts: string[]): string {
  const bytes = Buffer.from(digestOf(parts), 'hex').subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
