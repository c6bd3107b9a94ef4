/**
 * Start of the interval that `now` (epoch milliseconds) lies in, as ISO 8601 UTC; intervals count from the epoch, so
 * every replica computes the same slot whatever second it ticks at.
 */
export function scheduleSlot(now: number, intervalSeconds: number): string {
  const length = intervalSeconds * 1000;
  return new Date(Math.floor(now / length) * length).toISOString();
}
