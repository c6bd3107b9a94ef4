import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { type ScoreSums, SCORE_UNIT } from './predictiveness-sums.js';
import { aucOf, logitInterval, type RocAuc } from './stats/auc.js';
import { type Correlation, pearson, spearman } from './stats/correlation.js';
import { dyadicVariance } from './stats/dyadic.js';
import { type HedgesG, hedgesG } from './stats/effect-size.js';
import { mannWhitneyTest, type MannWhitneyTest } from './stats/mann-whitney.js';
import { type WelchTest, welchTest } from './stats/welch.js';

const CONFIDENCE = 0.95;

/** One score against the outcome, in the ways in which people ask. An undefined figure is null, with a reason. */
export interface Measures {
  /** With the success score. */
  pearson: Correlation;
  /** With success as 0 or 1. Shrinks where one class is rare: not for comparing groups of deals with each other. */
  pointBiserial: Correlation;
  /** Mean score of the successful deals minus that of the others. */
  welch: WelchTest;
  mannWhitney: MannWhitneyTest;
  hedgesG: HedgesG;
  /** 2 AUC - 1, with the AUC's limits likewise. */
  cliffsDelta: {
    delta: number | null;
    low: number | null;
    high: number | null;
    reason: 'undefined_auc' | null;
  };
}

/** The AUC's uncertainty when deals that share an entity are not taken for independent. */
export interface Dyadic {
  /** Distinct entities of the deals. */
  entities: number;
  /** As many deals without common entities would tell as much. */
  effectiveN: number | null;
  low: number | null;
  high: number | null;
  /** Of the AUC's logit. */
  standardError: number | null;
  /** Two-sided, of an AUC of one half. */
  p: number | null;
  /** `mann_whitney`, which takes deals for independent, where the sandwich has no variance. */
  pMethod: 'dyadic_logit' | 'mann_whitney' | null;
  reason: 'undefined_auc' | 'no_variance' | 'not_wider_than_delong' | null;
}

export interface Assessment {
  /** Deals with the score. */
  n: number;
  nSuccessful: number;
  isConstant: boolean;
  /** Null with an empty class or a constant score. */
  auc: RocAuc | null;
  spearman: Correlation;
  measures: Measures;
  dyadic: Dyadic;
}

/** All measures of one score from its sums, each with a 95% interval. */
export function assess(sums: ScoreSums): Assessment {
  const { positives, negatives } = sums;
  const constant = isConstant(sums);
  const auc = constant ? null : aucOf(aucSumsOf(sums), CONFIDENCE);
  const mannWhitney = mannWhitneyTest(positives.n, negatives.n, sums.doubledU, sums.ties);
  return {
    n: positives.n + negatives.n,
    nSuccessful: positives.n,
    isConstant: constant,
    auc,
    spearman: spearman(sums.ranks, CONFIDENCE),
    measures: {
      pearson: pearson(sums.values, CONFIDENCE),
      pointBiserial: pearson(withLabel(sums), CONFIDENCE),
      welch: welchTest(positives, negatives, SCORE_UNIT, CONFIDENCE),
      mannWhitney,
      hedgesG: hedgesG(positives, negatives, CONFIDENCE),
      cliffsDelta:
        auc === null
          ? { delta: null, low: null, high: null, reason: 'undefined_auc' }
          : { delta: 2 * auc.auc - 1, low: 2 * auc.low - 1, high: 2 * auc.high - 1, reason: null },
    },
    dyadic: dyadicOf(sums, auc, mannWhitney),
  };
}

/**
 * Interval and test on the logit scale with the dyadic variance, but never with one below DeLong's: deals of an entity that
 * seem to repel each other are chance or a small sample, and no reason to be surer than independent deals would allow.
 */
function dyadicOf(sums: ScoreSums, area: RocAuc | null, mannWhitney: MannWhitneyTest): Dyadic {
  const { entities } = sums;
  const none = { entities, effectiveN: null, low: null, high: null, standardError: null };
  if (area === null) return { ...none, p: null, pMethod: null, reason: 'undefined_auc' };
  const shared = dyadicVariance(aucSumsOf(sums), sums.byEntity, sums.byPair);
  if (shared === null || area.variance === null || area.interval === 'newcombe_5')
    return { ...none, p: mannWhitney.p, pMethod: 'mann_whitney', reason: 'no_variance' };

  const { auc } = area;
  const variance = Math.max(shared, area.variance);
  const standardError = Math.sqrt(variance) / (auc * (1 - auc));
  const z = Math.log(auc / (1 - auc)) / standardError;
  return {
    entities,
    effectiveN: ((area.positives + area.negatives) * area.variance) / variance,
    ...logitInterval(auc, variance, CONFIDENCE),
    standardError,
    p: 2 * normalCdf(-Math.abs(z), 0, 1),
    pMethod: 'dyadic_logit',
    reason: shared > area.variance ? null : 'not_wider_than_delong',
  };
}

function aucSumsOf({ positives, negatives, doubledU, placementSquares }: ScoreSums) {
  return { positives: positives.n, negatives: negatives.n, doubledU, placementSquares };
}

/** Score and label (1 a success) as two variables. */
function withLabel({ positives, negatives }: ScoreSums) {
  const ones = BigInt(positives.n);
  return {
    n: positives.n + negatives.n,
    x: positives.sum + negatives.sum,
    xx: positives.sumOfSquares + negatives.sumOfSquares,
    y: ones,
    yy: ones,
    xy: positives.sum,
  };
}

function isConstant(sums: ScoreSums): boolean {
  const { n, x, xx } = withLabel(sums);
  return BigInt(n) * xx === x ** 2n;
}
