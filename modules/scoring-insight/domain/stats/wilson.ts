import { criticalZ } from './normal.js';

/**
 * Wilson (1927) score interval of a proportion.
 * @param successes whole number, 0..n
 * @returns limits in 0..1; null without trials
 */
export function wilsonInterval(
  successes: number,
  n: number,
  confidence = 0.95,
): { low: number; high: number } | null {
  if (n === 0) return null;
  const z = criticalZ(confidence);
  const rate = successes / n;
  const centre = rate + z ** 2 / (2 * n);
  const half = z * Math.sqrt((rate * (1 - rate)) / n + z ** 2 / (4 * n ** 2));
  const scale = 1 + z ** 2 / n;
  // At 0 and n successes the exact limit is 0 or 1, which rounding misses by an ulp.
  return {
    low: successes === 0 ? 0 : (centre - half) / scale,
    high: successes === n ? 1 : (centre + half) / scale,
  };
}
