import { COMPONENTS } from './components.js';
import type { ClusterSums } from './stats/dyadic.js';
import type { GroupSums, PairSums } from './stats/sums.js';

/** What can be measured: the components, and the confidence behind them. */
export const SCORES = [...COMPONENTS, 'confidence'] as const;

export type Score = (typeof SCORES)[number];

/** One step of a score (0..1) in the sums. */
export const SCORE_UNIT = 1e-4;

/**
 * What all measures of one score come from, over the deals that have the score. Scores are whole steps of 0.0001, success
 * scores whole steps of 0.01, ranks mid-ranks times two.
 */
export interface ScoreSums {
  /** Successful deals: number, scores, squares. */
  positives: GroupSums;
  negatives: GroupSums;
  /** Twice the number of pairs (success, failure) in which the success scores higher, ties one half. */
  doubledU: bigint;
  /** Squares of the deals' placements, see `ClusterSums`. */
  placementSquares: { positives: bigint; negatives: bigint };
  /** Sum of t^3 - t over groups of t deals with the same score. */
  ties: bigint;
  /** Score and success score, over the deals that have both: their values and their ranks. */
  values: PairSums;
  ranks: PairSums;
  /** Distinct entities of the deals. */
  entities: number;
  byEntity: ClusterSums;
  byPair: ClusterSums;
}

export type SumsByScore = Partial<Record<Score, ScoreSums>>;

/** Of a score that no deal has. */
export const NO_SUMS: ScoreSums = {
  positives: { n: 0, sum: 0n, sumOfSquares: 0n },
  negatives: { n: 0, sum: 0n, sumOfSquares: 0n },
  doubledU: 0n,
  placementSquares: { positives: 0n, negatives: 0n },
  ties: 0n,
  values: { n: 0, x: 0n, y: 0n, xx: 0n, yy: 0n, xy: 0n },
  ranks: { n: 0, x: 0n, y: 0n, xx: 0n, yy: 0n, xy: 0n },
  entities: 0,
  byEntity: { ww: 0n, wp: 0n, wn: 0n, pp: 0n, pn: 0n, nn: 0n },
  byPair: { ww: 0n, wp: 0n, wn: 0n, pp: 0n, pn: 0n, nn: 0n },
};
