import { mean } from 'simple-statistics';
import { dot, type ScoredDeal, withoutFolds } from './affinity-ridge.js';
import { type Fold, FOLDS } from './pair-folds.js';
import { dyadicStandardError } from './stats/dyadic-mean.js';
import { fitLogistic, logLoss, predictLogistic } from './stats/logistic.js';
import { criticalZ } from './stats/normal.js';
import { pairedAuc } from './stats/paired-auc.js';

export interface ComparedDeal extends ScoredDeal {
  entities: readonly [string, string];
}

/** How a way of weighting judged each deal without having seen it, in the order of the deals. */
export interface Judgement {
  /** The weighted score. */
  scores: number[];
  /** Log loss of the recalibrated score, in nats. */
  losses: number[];
}

/** What some weights gain over others, out of fold. Positive is better. */
export interface WeightComparison {
  /** Log loss per deal, in nats, with its error and 95% limits. */
  gain: number;
  gainStandardError: number;
  gainLow: number;
  gainHigh: number;
  /** Difference of the ROC areas with DeLong's 95% limits, null where its error is unknown: no evidence. Nothing decides by it. */
  aucDifference: number;
  aucLow: number | null;
  aucHigh: number | null;
  aucP: number | null;
}

/**
 * Judges every deal by the weights of its fold, on odds learnt from deals hidden from none: so that the comparison of
 * two ways of weighting is about the weights alone. Null when a calibration does not converge (the score is constant or
 * separates the classes).
 */
export function judgeOutOfFold(
  deals: readonly ScoredDeal[],
  weightsFor: (fold: Fold) => readonly number[],
): Judgement | null {
  const judgement: Judgement = { scores: [], losses: [] };
  for (const fold of FOLDS) {
    const at = deals.flatMap((deal, i) => (deal.fold === fold ? [i] : []));
    const judged = judge(
      withoutFolds(deals, fold),
      at.map((i) => deals[i]!),
      weightsFor(fold),
    );
    if (judged === null) return null;
    at.forEach((i, k) => {
      judgement.scores[i] = judged.scores[k]!;
      judgement.losses[i] = judged.losses[k]!;
    });
  }
  return judgement;
}

/** Judges deals by weights on odds learnt from other deals; null as above. */
export function judge(
  learnt: readonly ScoredDeal[],
  tested: readonly ScoredDeal[],
  weights: readonly number[],
): Judgement | null {
  const calibration = fitLogistic({
    x: learnt.map((deal) => [scoreOf(weights, deal)]),
    y: learnt.map((deal) => deal.success),
  });
  if (calibration.status === 'failed') return null;
  const scores = tested.map((deal) => scoreOf(weights, deal));
  const losses = tested.map((deal, i) =>
    logLoss(predictLogistic(calibration.coefficients, [scores[i]!]), deal.success),
  );
  return { scores, losses };
}

/** Compares two judgements of the same deals; null without both classes. */
export function compare(
  deals: readonly ComparedDeal[],
  judged: Judgement,
  other: Judgement,
): WeightComparison | null {
  const area = pairedAuc(
    judged.scores,
    other.scores,
    deals.map((deal) => deal.success),
  );
  const gains = other.losses.map((loss, i) => loss - judged.losses[i]!);
  const error = dyadicStandardError(
    gains,
    deals.map((deal) => deal.entities),
  );
  if (area === null || error === null) return null;
  const gain = mean(gains);
  const half = criticalZ(0.95) * error;
  return {
    gain,
    gainStandardError: error,
    gainLow: gain - half,
    gainHigh: gain + half,
    aucDifference: area.difference,
    aucLow: area.low,
    aucHigh: area.high,
    aucP: area.p,
  };
}

/** Rounded, since sums of equal scores may differ in the last bit and a tie is no order. */
function scoreOf(weights: readonly number[], deal: ScoredDeal): number {
  return Math.round(dot(weights, deal.x) * 1e9) / 1e9;
}
