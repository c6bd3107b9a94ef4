/**
 * Sums of whole numbers, exact in any order of addition: the same rows give the same figures to the last bit whether a
 * database adds them in parallel or a loop one by one.
 */

/** One variable in one group. */
export interface GroupSums {
  n: number;
  sum: bigint;
  sumOfSquares: bigint;
}

/** Two variables over the same rows. */
export interface PairSums {
  n: number;
  x: bigint;
  y: bigint;
  xx: bigint;
  yy: bigint;
  xy: bigint;
}

/** n times the sum of squared deviations from the mean: a whole number, 0 only where all values are equal. */
export function scatter({ n, sum, sumOfSquares }: GroupSums): bigint {
  return BigInt(n) * sumOfSquares - sum * sum;
}

/** Sample variance; null for fewer than two rows. */
export function varianceOf(group: GroupSums): number | null {
  return group.n < 2 ? null : Number(scatter(group)) / (group.n * (group.n - 1));
}

/** Null without rows. */
export function meanOf({ n, sum }: GroupSums): number | null {
  return n === 0 ? null : Number(sum) / n;
}
