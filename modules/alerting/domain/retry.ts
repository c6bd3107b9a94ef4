import { digestOf } from './identity.js';

const FIRST_DELAY_SECONDS = 5;
const LONGEST_DELAY_SECONDS = 900;

/**
 * Seconds until the next attempt: what Slack asked for, else doubling from 5 s to 15 min, plus up to a fifth (at
 * least up to one second) of jitter. The jitter is a hash of message and attempt: spread over messages, the same on
 * a repeat.
 */
export function retryDelaySeconds(dedupKey: string, attempts: number, retryAfterSeconds?: number): number {
  const base =
    retryAfterSeconds ??
    Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** Math.max(0, attempts - 1));
  const share = Number.parseInt(digestOf([dedupKey, String(attempts)]).slice(0, 8), 16) / 0x1_0000_0000;
  return base + share * Math.max(1, base / 5);
}
