import { quantileSorted } from 'simple-statistics';
import { SeededRandom } from './seeded-random.js';

/** Two sums over the observations of one cluster. */
export interface ClusterSums {
  numerator: number;
  denominator: number;
}

/**
 * 95 % percentile interval of sum(numerator) / sum(denominator), clusters drawn with replacement (Field and Welsh 2007):
 * observations of one cluster may depend on each other in any way.
 * @returns null below two clusters, or where a replicate's denominator is not above zero
 */
export function bootstrapRatio(
  clusters: readonly ClusterSums[],
  { replicates, seed }: { replicates: number; seed: number },
): { low: number; high: number } | null {
  const n = clusters.length;
  if (n < 2) return null;
  const random = new SeededRandom(seed);
  const draws = new Float64Array(n);
  const ratios: number[] = [];
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    let numerator = 0;
    let denominator = 0;
    random.fill(draws);
    for (let i = 0; i < n; i += 1) {
      const cluster = clusters[Math.floor(draws[i]! * n)]!;
      numerator += cluster.numerator;
      denominator += cluster.denominator;
    }
    if (!(denominator > 0)) return null;
    ratios.push(numerator / denominator);
  }
  ratios.sort((a, b) => a - b);
  return { low: quantileSorted(ratios, 0.025), high: quantileSorted(ratios, 0.975) };
}
