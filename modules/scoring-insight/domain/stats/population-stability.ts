import { sum } from 'simple-statistics';
import { chiSquareTail } from './chi-square.js';

/** How many rows have a value. */
export interface ValueCount {
  value: number;
  n: number;
}

export interface PopulationStability {
  /** Sum of (p - q) ln(p/q) over the bins; 0 where the shares are equal. */
  psi: number;
  /** 95% point of the PSI when nothing has changed. */
  threshold: number;
  /** Chance of a PSI at least as large when nothing has changed. */
  p: number;
  bins: number;
}

/** 95% points of chi-square with 1 to 4 degrees of freedom; the @stdlib quantile function would serve these four alone. */
const CHI_SQUARE_95 = [3.841458820694124, 5.991464547107979, 7.814727903251179, 9.487729036781154] as const;

/** Few bins: with many of them the index of two small samples is mostly noise. */
export const MAX_BINS = CHI_SQUARE_95.length + 1;

/**
 * Upper bounds of all bins but the last, so that about as many rows fall into each: the quantiles of the baseline. Ties
 * merge bins, so there may be fewer; none for a constant.
 * @param counts one entry a value, in any order
 */
export function cutPoints(counts: readonly ValueCount[], bins = MAX_BINS): number[] {
  const ascending = counts.filter(({ n }) => n > 0).sort((a, b) => a.value - b.value);
  const total = sum(ascending.map(({ n }) => n));
  const cuts = new Set<number>();
  let below = 0;
  let bin = 1;
  // The largest value bounds nothing.
  for (const { value, n } of ascending.slice(0, -1)) {
    below += n;
    if (below * bins < bin * total) continue;
    cuts.add(value);
    bin = Math.floor((below * bins) / total) + 1;
  }
  return [...cuts];
}

/** Rows per bin; a bin holds its upper bound. */
export function binCounts(counts: readonly ValueCount[], cuts: readonly number[]): number[] {
  const bins = Array.from({ length: cuts.length + 1 }, () => 0);
  for (const { value, n } of counts) {
    const at = cuts.findIndex((cut) => value <= cut);
    bins[at === -1 ? cuts.length : at]! += n;
  }
  return bins;
}

/**
 * Population stability index of two samples over the same bins, one half added to each count so that an empty bin has a
 * logarithm. The index of n and m rows from one distribution is about (1/n + 1/m) chi-square with bins - 1 degrees of
 * freedom (Yurdakul 2018), so its threshold depends on how many rows there are, unlike the usual 0.1 and 0.25.
 * @param baseline counts of 2 to `MAX_BINS` bins
 * @param current counts of the same bins
 * @returns null without rows or with a single bin
 */
export function populationStability(
  baseline: readonly number[],
  current: readonly number[],
): PopulationStability | null {
  const bins = baseline.length;
  const point = CHI_SQUARE_95[bins - 2];
  const [n, m] = [sum([...baseline]), sum([...current])];
  if (point === undefined || n === 0 || m === 0) return null;
  const psi = sum(
    baseline.map((count, bin) => {
      const p = (count + 0.5) / (n + bins / 2);
      const q = (current[bin]! + 0.5) / (m + bins / 2);
      return (p - q) * Math.log(p / q);
    }),
  );
  const scale = 1 / n + 1 / m;
  return { psi, threshold: point * scale, p: chiSquareTail(psi / scale, bins - 1), bins };
}
