import { createHmac, timingSafeEqual } from 'node:crypto';

/** Oldest signature that is taken, in seconds: an older one may have been recorded and sent again by somebody else. */
const TOLERANCE = 300;

/**
 * Whether a request comes from the holder of the secret and is recent.
 * @param secret the value of SYNC_WEBHOOK_SECRETS, by name
 * @param header the header X-Teraffi-Signature: t=<unix seconds>,v1=<hex>
 * @param body the body exactly as it came, before any JSON parser
 * @param now unix seconds
 */
export function verify(secret: string, header: string, body: string, now: number): boolean {
  const [, t, v1] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (t === undefined || v1 === undefined || Math.abs(now - Number(t)) > TOLERANCE) return false;
  const expected = createHmac('sha256', secret).update(`${t}.${body}`).digest();
  return timingSafeEqual(expected, Buffer.from(v1, 'hex'));
}
