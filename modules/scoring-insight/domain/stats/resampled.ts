import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { mean, sampleVariance } from 'simple-statistics';

export interface ResampledMean {
  mean: number;
  low: number;
  high: number;
}

/**
 * Mean of a figure over repeated random splits into training and test rows with its 95% interval. The splits overlap, so
 * their spread alone is far too small; Nadeau and Bengio (2003) put (1/J + n_test/n_train) S^2 in the place of S^2/J,
 * and t with J - 1 degrees of freedom.
 * @param values one a split
 * @param testShare rows tested per row learnt from
 * @returns null below two splits
 */
export function resampledMean(values: readonly number[], testShare: number): ResampledMean | null {
  const splits = values.length;
  if (splits < 2) return null;
  const centre = mean([...values]);
  const error = Math.sqrt((1 / splits + testShare) * sampleVariance([...values]));
  const half = tQuantile(0.975, splits - 1) * error;
  return { mean: centre, low: centre - half, high: centre + half };
}
