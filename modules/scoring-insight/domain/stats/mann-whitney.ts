import normalCdf from '@stdlib/stats-base-dists-normal-cdf';

export interface MannWhitneyTest {
  /** Pairs (first, second) in which the first is higher, ties one half; null without rows in a group. */
  u: number | null;
  /** Two-sided. */
  p: number | null;
  method: 'exact' | 'asymptotic' | null;
  reason: 'empty_group' | null;
}

/** Below this size of the smaller group the normal approximation is poor, and untied ranks have a distribution to count. */
const EXACT_BELOW = 8;

/**
 * Mann-Whitney's U test: normal approximation with continuity correction and the variance corrected for ties, or the
 * exact distribution where the smaller group has fewer than 8 rows and nothing is tied. All tied: p = 1.
 * @param doubledU U of the first group times two, which ties leave a whole number
 * @param ties sum of t^3 - t over groups of t equal values
 */
export function mannWhitneyTest(
  first: number,
  second: number,
  doubledU: bigint,
  ties: bigint,
): MannWhitneyTest {
  if (first === 0 || second === 0) return { u: null, p: null, method: null, reason: 'empty_group' };
  const u = Number(doubledU) / 2;
  const pairs = first * second;
  if (ties === 0n && Math.min(first, second) < EXACT_BELOW) {
    const p = Math.min(1, 2 * probabilityOfAtMost(Math.min(u, pairs - u), first, second));
    return { u, p, method: 'exact', reason: null };
  }
  const n = first + second;
  const variance = (pairs / 12) * (n + 1 - Number(ties) / (n * (n - 1)));
  const distance = Math.abs(u - pairs / 2) - 0.5;
  const p = variance > 0 ? Math.min(1, 2 * normalCdf(-distance / Math.sqrt(variance), 0, 1)) : 1;
  return { u, p, method: 'asymptotic', reason: null };
}

/**
 * P(U <= limit) without ties. The number of orders with each U are the coefficients of the Gaussian binomial
 * product of (1 - q^(larger + i)) / (1 - q^i), i = 1 .. smaller.
 */
function probabilityOfAtMost(limit: number, first: number, second: number): number {
  const [smaller, larger] = [Math.min(first, second), Math.max(first, second)];
  // Whole numbers of any size: the products cancel, and floating point would lose what is left.
  const orders = Array<bigint>(limit + 1).fill(0n);
  orders[0] = 1n;
  let total = 1n;
  for (let i = 1; i <= smaller; i += 1) {
    for (let u = limit; u >= larger + i; u -= 1) orders[u]! -= orders[u - larger - i]!;
    for (let u = i; u <= limit; u += 1) orders[u]! += orders[u - i]!;
    total = (total * BigInt(larger + i)) / BigInt(i);
  }
  return Number(orders.reduce((sum, count) => sum + count, 0n)) / Number(total);
}
