import { mean, sampleStandardDeviation } from 'simple-statistics';
import { dot, type RidgeModel, type ScoredDeal, searchRidge } from './affinity-ridge.js';
import {
  type Component,
  COMPONENTS,
  MIN_DEALS_FOR_WEIGHTS,
  MIN_DEALS_PER_CLASS,
  type OutcomeRow,
  SUSPICIOUS_AUC,
  type Weights,
} from './components.js';
import { type Fold, foldOfPair, FOLDS, pairKey } from './pair-folds.js';
import { rocAuc } from './stats/auc.js';
import { fitLogistic, logLoss, predictLogistic } from './stats/logistic.js';
import { criticalZ } from './stats/normal.js';

export type NoSuggestionReason =
  'too_few_deals' | 'leakage_risk' | 'no_convergence' | 'all_clipped' | 'same_weights' | 'no_improvement';

/** One figure per way of weighting; null where the decision fell before it was computed. */
export interface ByWeighting {
  current: number | null;
  equal: number | null;
  suggested: number | null;
}

export interface WeightEvidence {
  /** Deals with all five scores. */
  n: number;
  nSuccessful: number;
  /** Ridge strength; null when none was chosen. */
  lambda: number | null;
  /** Out-of-fold log loss per deal of the recalibrated score, in nats. */
  logLoss: ByWeighting;
  /** Out-of-fold ROC area of the score, over the pairs of deals that share a fold. */
  auc: ByWeighting;
  /** Log loss per deal of the current weights minus that of the suggested ones. */
  gain: number | null;
  /** Standard error of `gain`, paired over deals. */
  gainStandardError: number | null;
  /** Components whose fitted weight was negative and became 0. */
  clipped: Component[];
}

export type WeightSuggestion =
  | { status: 'suggested'; weights: Weights; n: number; evidence: WeightEvidence }
  | { status: 'none'; reason: NoSuggestionReason; evidence: WeightEvidence };

export interface SuggestWeightsInput {
  rows: readonly OutcomeRow[];
  current: Weights;
}

/** One-sided 95%. A gain that chance shows in every other data set is no reason to move weights. */
const Z_GAIN = criticalZ(0.9);

/** Weights are published in ten-thousandths. */
const UNITS = 10_000;

/**
 * Suggests new weights for the affinity score, or says why not.
 *
 * Fits a logistic ridge centred on the current weights (`searchRidge`); suggested = max(0, k w0 + d), normalised and
 * rounded to four decimals that sum to 1. They must beat the current weights on deals that neither the coefficients nor
 * the choice of the ridge's strength has seen. Current, equal and suggested scores are recalibrated alike, so the
 * comparison is about weights alone. Folds come from the pairs' ids: same rows, in any order, same answer.
 */
export function suggestWeights(input: SuggestWeightsInput): WeightSuggestion {
  const deals = scoredDeals(input.rows);
  const { current } = input;
  const evidence = emptyEvidence(deals);
  const none = (reason: NoSuggestionReason): WeightSuggestion => ({ status: 'none', reason, evidence });

  if (!hasEnoughDeals(deals)) return none('too_few_deals');
  if (looksLeaked(deals)) return none('leakage_risk');

  const w0 = COMPONENTS.map((component) => current[component]);
  const before = evaluate(deals, () => w0);
  const equal = evaluate(deals, () => COMPONENTS.map(() => 1 / COMPONENTS.length));
  evidence.logLoss = { current: meanLoss(before), equal: meanLoss(equal), suggested: null };
  evidence.auc = { current: before?.auc ?? null, equal: equal?.auc ?? null, suggested: null };
  const search = searchRidge(deals, current);
  if (before === null || search === null) return none('no_convergence');
  evidence.lambda = search.lambda;
  evidence.clipped = COMPONENTS.filter((_, j) => search.model.slopes[j]! < 0);
  const suggested = weightsOf(search.model);
  if (suggested === null) return none('all_clipped');

  // Where a fold's model leaves no weight, its deals are judged with the current weights: no gain, no loss.
  const after = evaluate(deals, (fold) => weightsOf(search.withoutFold[fold]!) ?? w0);
  if (after === null) return none('no_convergence');
  evidence.logLoss.suggested = meanLoss(after);
  evidence.auc.suggested = after.auc;
  const gains = before.losses.map((loss, i) => loss - after.losses[i]!);
  evidence.gain = mean(gains);
  evidence.gainStandardError = sampleStandardDeviation(gains) / Math.sqrt(gains.length);

  const units = roundToUnits(suggested);
  if (units.every((unit, j) => unit === Math.round(w0[j]! * UNITS))) return none('same_weights');
  if (!(evidence.gain > Z_GAIN * evidence.gainStandardError)) return none('no_improvement');
  return { status: 'suggested', weights: asWeights(units), n: deals.length, evidence };
}

/** Deals with every score, sorted by pair: sums round the same whatever order the store returned. */
function scoredDeals(rows: readonly OutcomeRow[]): ScoredDeal[] {
  return rows
    .map((row) => ({ row, pair: pairKey(row.entity1Id, row.entity2Id) }))
    .sort((a, b) => (a.pair < b.pair ? -1 : a.pair > b.pair ? 1 : 0))
    .flatMap(({ row, pair }) => {
      const x = COMPONENTS.flatMap((component) => {
        const score = row.scores[component];
        return score !== null && Number.isFinite(score) ? [score] : [];
      });
      return x.length < COMPONENTS.length ? [] : [{ x, success: row.success, fold: foldOfPair(pair) }];
    });
}

function emptyEvidence(deals: readonly ScoredDeal[]): WeightEvidence {
  return {
    n: deals.length,
    nSuccessful: deals.filter((deal) => deal.success).length,
    lambda: null,
    logLoss: { current: null, equal: null, suggested: null },
    auc: { current: null, equal: null, suggested: null },
    gain: null,
    gainStandardError: null,
    clipped: [],
  };
}

function hasEnoughDeals(deals: readonly ScoredDeal[]): boolean {
  const successes = deals.filter((deal) => deal.success).length;
  if (deals.length < MIN_DEALS_FOR_WEIGHTS) return false;
  if (Math.min(successes, deals.length - successes) < MIN_DEALS_PER_CLASS) return false;
  // A few pairs that met often may fill one or two folds; without those there must be both classes left to learn from.
  return FOLDS.every((f) =>
    FOLDS.every((g) => {
      const rest = deals.filter((deal) => deal.fold !== f && deal.fold !== g);
      return rest.some((deal) => deal.success) && rest.some((deal) => !deal.success);
    }),
  );
}

function looksLeaked(deals: readonly ScoredDeal[]): boolean {
  const labels = deals.map((deal) => deal.success);
  return COMPONENTS.some((_, j) => {
    const area = rocAuc(
      deals.map((deal) => deal.x[j]!),
      labels,
    );
    return area !== null && Math.max(area.auc, 1 - area.auc) > SUSPICIOUS_AUC;
  });
}

/** Clipped at 0 and normalised; null when the current score points the wrong way (k <= 0) or nothing is left. */
function weightsOf(model: RidgeModel): number[] | null {
  const kept = model.slopes.map((slope) => Math.max(0, slope));
  const total = kept.reduce((a, b) => a + b, 0);
  return model.slopeOfCurrent <= 0 || total === 0 ? null : kept.map((weight) => weight / total);
}

interface Evaluation {
  /** In the order of the deals. */
  losses: number[];
  auc: number | null;
}

/**
 * Loss of each deal and ROC area of the score w'x, fold by fold, with calibration learnt on the other folds.
 * Null when a calibration does not converge (the score is constant or separates the classes).
 */
function evaluate(
  deals: readonly ScoredDeal[],
  weightsFor: (fold: Fold) => readonly number[],
): Evaluation | null {
  const losses = new Array<number>(deals.length);
  let comparable = 0;
  let concordant = 0;
  for (const fold of FOLDS) {
    const weights = weightsFor(fold);
    const learnt = deals.filter((deal) => deal.fold !== fold);
    const calibration = fitLogistic({
      x: learnt.map((deal) => [dot(weights, deal.x)]),
      y: learnt.map((deal) => deal.success),
    });
    if (calibration.status === 'failed') return null;
    const scores: number[] = [];
    const labels: boolean[] = [];
    deals.forEach((deal, i) => {
      if (deal.fold !== fold) return;
      const score = dot(weights, deal.x);
      losses[i] = logLoss(predictLogistic(calibration.coefficients, [score]), deal.success);
      scores.push(score);
      labels.push(deal.success);
    });
    const area = rocAuc(scores, labels);
    if (area !== null) {
      comparable += area.positives * area.negatives;
      concordant += area.auc * area.positives * area.negatives;
    }
  }
  return { losses, auc: comparable === 0 ? null : concordant / comparable };
}

function meanLoss(evaluation: Evaluation | null): number | null {
  return evaluation === null ? null : mean(evaluation.losses);
}

/** Whole ten-thousandths that sum to 10,000: the largest remainders round up. */
function roundToUnits(weights: readonly number[]): number[] {
  const units = weights.map((weight) => Math.floor(weight * UNITS));
  const missing = UNITS - units.reduce((a, b) => a + b, 0);
  weights
    .map((weight, j) => ({ j, remainder: weight * UNITS - units[j]! }))
    .sort((a, b) => b.remainder - a.remainder || a.j - b.j)
    .slice(0, missing)
    .forEach(({ j }) => (units[j]! += 1));
  return units;
}

function asWeights(units: readonly number[]): Weights {
  const [semantic, goalAlignment, culturalMomentum, historical, authenticity] = units.map((u) => u / UNITS);
  return {
    semantic: semantic!,
    goal_alignment: goalAlignment!,
    cultural_momentum: culturalMomentum!,
    historical: historical!,
    authenticity: authenticity!,
  };
}
