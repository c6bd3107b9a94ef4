import type { OutcomeRow } from '../components.js';
import { type Score, SCORES, type ScoreSums, type SumsByScore } from '../predictiveness-sums.js';
import { pairKey } from '../pair-folds.js';
import type { ClusterSums } from '../stats/dyadic.js';
import { midRanks } from '../stats/ranks.js';
import type { GroupSums, PairSums } from '../stats/sums.js';

/** A deal with whole numbers for its score and success score. */
export interface SumRow {
  x: number;
  success: boolean;
  y: number | null;
  entity1: string;
  entity2: string;
}

/** The sums of predictiveness by their definitions: every success against every failure, every deal in its clusters. */
export function naiveSums(rows: readonly SumRow[]): ScoreSums {
  const positives = rows.filter(({ success }) => success);
  const negatives = rows.filter(({ success }) => !success);
  const twice = (higher: number, lower: number): number => (higher > lower ? 2 : higher === lower ? 1 : 0);
  const placements = rows.map(({ x, success }) =>
    success
      ? negatives.reduce((total, other) => total + twice(x, other.x), 0)
      : positives.reduce((total, other) => total + twice(other.x, x), 0),
  );
  const placed = rows.map((row, at) => ({ ...row, w: placements[at]! }));
  const squares = (success: boolean): bigint =>
    total(placed.filter((row) => row.success === success).map(({ w }) => w ** 2));
  const both = rows.flatMap(({ x, y }) => (y === null ? [] : [{ x, y }]));
  const [xs, ys] = [both.map(({ x }) => x), both.map(({ y }) => y)];
  const tied = new Map<number, number>();
  for (const { x } of rows) tied.set(x, (tied.get(x) ?? 0) + 1);
  const members = ({ entity1, entity2 }: SumRow): string[] =>
    entity1 === entity2 ? [entity1, `${entity1} again`] : [entity1, entity2];
  return {
    positives: groupSums(positives.map(({ x }) => x)),
    negatives: groupSums(negatives.map(({ x }) => x)),
    doubledU: total(placed.filter(({ success }) => success).map(({ w }) => w)),
    placementSquares: { positives: squares(true), negatives: squares(false) },
    ties: total([...tied.values()].map((t) => t ** 3 - t)),
    values: pairSums(xs, ys),
    ranks: pairSums(
      midRanks(xs).map((rank) => 2 * rank),
      midRanks(ys).map((rank) => 2 * rank),
    ),
    entities: new Set(rows.flatMap(({ entity1, entity2 }) => [entity1, entity2])).size,
    byEntity: clusterSums(placed, members),
    byPair: clusterSums(placed, ({ entity1, entity2 }) => [pairKey(entity1, entity2)]),
  };
}

/** `naiveSums` of every score, in steps of 0.0001 and success scores in steps of 0.01. */
export function naiveSumsByScore(rows: readonly OutcomeRow[]): SumsByScore {
  const scoreOf = (row: OutcomeRow, score: Score) =>
    score === 'confidence' ? row.confidence : row.scores[score];
  const known = (score: Score): SumRow[] =>
    rows.flatMap((row) => {
      const value = scoreOf(row, score);
      if (value === null) return [];
      const { success, entity1Id: entity1, entity2Id: entity2 } = row;
      const y = row.successScore === null ? null : Math.round(row.successScore * 100);
      return [{ x: Math.round(value * 10_000), success, y, entity1, entity2 }];
    });
  return Object.fromEntries(SCORES.map((score) => [score, naiveSums(known(score))]));
}

export function groupSums(values: readonly number[]): GroupSums {
  return { n: values.length, sum: total(values), sumOfSquares: total(values.map((value) => value ** 2)) };
}

export function pairSums(xs: readonly number[], ys: readonly number[]): PairSums {
  const products = (a: readonly number[], b: readonly number[]): bigint =>
    total(a.map((value, i) => value * b[i]!));
  return {
    n: xs.length,
    x: total(xs),
    y: total(ys),
    xx: products(xs, xs),
    yy: products(ys, ys),
    xy: products(xs, ys),
  };
}

function clusterSums(
  rows: readonly (SumRow & { w: number })[],
  clustersOf: (row: SumRow) => string[],
): ClusterSums {
  const clusters = new Map<string, { w: number; p: number; n: number }>();
  for (const row of rows) {
    for (const key of clustersOf(row)) {
      const cluster = clusters.get(key) ?? { w: 0, p: 0, n: 0 };
      cluster.w += row.w;
      if (row.success) cluster.p += 1;
      else cluster.n += 1;
      clusters.set(key, cluster);
    }
  }
  const all = [...clusters.values()];
  return {
    ww: total(all.map(({ w }) => w * w)),
    wp: total(all.map(({ w, p }) => w * p)),
    wn: total(all.map(({ w, n }) => w * n)),
    pp: total(all.map(({ p }) => p * p)),
    pn: total(all.map(({ p, n }) => p * n)),
    nn: total(all.map(({ n }) => n * n)),
  };
}

function total(values: readonly number[]): bigint {
  return values.reduce((sum, value) => sum + BigInt(value), 0n);
}
