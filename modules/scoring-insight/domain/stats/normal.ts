import quantile from '@stdlib/stats-base-dists-normal-quantile';

/**
 * Two-sided critical value of the standard normal distribution: 1.96 for 0.95.
 * @param confidence coverage of the interval, in (0, 1)
 */
export function criticalZ(confidence: number): number {
  return quantile((1 + confidence) / 2, 0, 1);
}
