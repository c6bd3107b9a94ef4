import { mean } from 'simple-statistics';
import {
  type ComparedDeal,
  compare,
  type WeightComparison,
  judge,
  type Judgement,
  judgeOutOfFold,
} from './affinity-comparison.js';
import { type LadderStep, sampleLadder } from './affinity-ladder.js';
import { fitRidge, type RidgeModel, searchRidge, withoutFolds } from './affinity-ridge.js';
import { type Component, COMPONENTS, type OutcomeRow, SUSPICIOUS_AUC, type Weights } from './components.js';
import { foldByEntity, foldByPair, FOLDS, pairKey } from './pair-folds.js';
import { rocAuc } from './stats/auc.js';

/** Why the current weights are kept. */
export type NoSuggestionReason =
  | 'too_few_deals'
  | 'leakage_risk'
  | 'no_convergence'
  | 'all_clipped'
  | 'same_weights'
  | 'no_improvement'
  /** There is no last period to confirm the gain on: all deals began at once, or too few before it. */
  | 'last_period_missing'
  | 'worse_in_last_period';

/** One figure per way of weighting; null where the decision fell before it was computed. */
export interface ByWeighting {
  current: number | null;
  equal: number | null;
  /** As far as a release would go. */
  suggested: number | null;
  /** All the way. */
  wanted: number | null;
}

/** The deals that began last, judged by weights that were learnt from the deals before them. */
export interface LastPeriod {
  /** Start of its first deal, ISO 8601 UTC. */
  from: string;
  n: number;
  nBefore: number;
  /** Log loss per deal of the current weights minus that of the suggested ones; null where nothing was learnt. */
  gain: number | null;
}

export interface WeightEvidence {
  /** Deals with all five scores. */
  n: number;
  nSuccessful: number;
  /** Distinct entities of those deals. */
  entities: number;
  ladder: LadderStep;
  /** Deals from which on the ladder says `full`; null without both outcomes. */
  requiredDeals: number | null;
  /** `entity`: no deal is judged by a model that saw its entity's group; `pair`: that saw its pair. */
  folds: 'entity' | 'pair';
  /** Ridge strength; null when none was chosen. */
  lambda: number | null;
  /** Out-of-fold log loss per deal of the recalibrated score, in nats. */
  logLoss: ByWeighting;
  /** Out-of-fold ROC area of the score. */
  auc: ByWeighting;
  /** What the wanted weights gain over the current and over equal ones. */
  overCurrent: WeightComparison | null;
  overEqual: WeightComparison | null;
  lastPeriod: LastPeriod | null;
  /** What the ridge asked for, before the limit of a release; null where nothing was learnt. */
  wanted: Weights | null;
  /** True when a weight wanted to move further than a release may move it. */
  limited: boolean;
  /** Components whose fitted weight was negative and became 0. */
  clipped: Component[];
}

export type WeightSuggestion =
  | { status: 'suggested'; weights: Weights; n: number; evidence: WeightEvidence }
  | { status: 'none'; reason: NoSuggestionReason; evidence: WeightEvidence };

export interface SuggestWeightsInput {
  /** `startedAt`: ISO 8601 UTC, all of one precision. */
  rows: readonly (OutcomeRow & { startedAt: string })[];
  current: Weights;
  /** What the analysis of the components flagged: scores that may know the outcome. */
  leakSuspected?: boolean;
}

/** How far one release may move a weight: a wrong one stays small, and the next may go on. */
export const MAX_MOVE = 0.1;

/** The share of deals, the last to begin, that must confirm a gain. */
const LAST_PERIOD_SHARE = 0.2;

const NO_FIGURES: ByWeighting = { current: null, equal: null, suggested: null, wanted: null };

/** Weights are published in ten-thousandths. */
const UNITS = 10_000;

/**
 * Suggests new weights for the affinity score, or says why the current ones are kept.
 *
 * Fits a logistic ridge centred on the current weights (`searchRidge`); wanted = max(0, k w0 + d), normalised; suggested
 * = the point on the way there at which the first weight has moved by MAX_MOVE, rounded to four decimals that sum to 1.
 *
 * The gate judges on deals that neither the coefficients nor the choice of the ridge's strength has seen. It opens when
 * the lower 95% limit of what the wanted weights gain in log loss over the current ones is above zero, the suggested
 * ones gain as well and are not worse in the last period, judged by what was learnt before it, the deals are enough, and
 * no leak is suspected. The interval is that of the whole way, because it is the direction that is in doubt: log loss is
 * convex along it, so that a part of the way gains its part. All scores are recalibrated alike, so the comparison is
 * about weights alone. Same rows, in any order, same answer.
 */
export function suggestWeights({
  rows,
  current,
  leakSuspected = false,
}: SuggestWeightsInput): WeightSuggestion {
  const { deals, folds } = foldedDeals(rows);
  const w0 = COMPONENTS.map((component) => current[component]);
  const evidence = emptyEvidence(deals, folds);
  const none = (reason: NoSuggestionReason): WeightSuggestion => ({ status: 'none', reason, evidence });

  if (evidence.ladder === 'too_few_deals' || !hasBothClassesEverywhere(deals)) return none('too_few_deals');
  if (leakSuspected || looksLeaked(deals)) return none('leakage_risk');

  const before = judgeOutOfFold(deals, () => w0);
  const equal = judgeOutOfFold(deals, () => COMPONENTS.map(() => 1 / COMPONENTS.length));
  evidence.logLoss = { ...NO_FIGURES, current: lossOf(before), equal: lossOf(equal) };
  evidence.auc = { ...NO_FIGURES, current: areaOf(deals, before), equal: areaOf(deals, equal) };
  const search = searchRidge(deals, current);
  if (before === null || search === null) return none('no_convergence');
  evidence.lambda = search.lambda;
  evidence.clipped = COMPONENTS.filter((_, j) => search.model.slopes[j]! < 0);
  const wanted = weightsOf(search.model);
  if (wanted === null) return none('all_clipped');
  evidence.wanted = asWeights(roundToUnits(wanted));
  evidence.limited = wanted.some((weight, j) => Math.abs(weight - w0[j]!) > MAX_MOVE);

  // Where a fold's model leaves no weight, its deals are judged with the current weights: no gain, no loss.
  const wantedBy = (model: RidgeModel): number[] => weightsOf(model) ?? w0;
  const released = (model: RidgeModel): number[] => limitedMove(w0, wantedBy(model));
  const whole = judgeOutOfFold(deals, (fold) => wantedBy(search.withoutFold[fold]!));
  const part = judgeOutOfFold(deals, (fold) => released(search.withoutFold[fold]!));
  if (whole === null || part === null) return none('no_convergence');
  evidence.logLoss = { ...evidence.logLoss, suggested: lossOf(part), wanted: lossOf(whole) };
  evidence.auc = { ...evidence.auc, suggested: areaOf(deals, part), wanted: areaOf(deals, whole) };
  evidence.overCurrent = compare(deals, whole, before);
  evidence.overEqual = equal === null ? null : compare(deals, whole, equal);

  const units = roundToUnits(limitedMove(w0, wanted));
  if (units.every((unit, j) => unit === Math.round(w0[j]! * UNITS))) return none('same_weights');
  const gains = mean(before.losses) > mean(part.losses);
  if (!gains || !((evidence.overCurrent?.gainLow ?? 0) > 0)) return none('no_improvement');
  evidence.lastPeriod = confirmOnLastPeriod(deals, current, released);
  const lastGain = evidence.lastPeriod?.gain ?? null;
  if (lastGain === null) return none('last_period_missing');
  if (lastGain < 0) return none('worse_in_last_period');
  return { status: 'suggested', weights: asWeights(units), n: deals.length, evidence };
}

interface GatedDeal extends ComparedDeal {
  startedAt: string;
}

/**
 * Deals with every score, sorted by pair and start: sums round the same whatever order the store returned. Folds by
 * entity where every set to learn from keeps both outcomes, else by pair.
 */
function foldedDeals(rows: SuggestWeightsInput['rows']): { deals: GatedDeal[]; folds: 'entity' | 'pair' } {
  const sorted = rows
    .map((row) => ({ row, key: `${pairKey(row.entity1Id, row.entity2Id)}|${row.startedAt}` }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .flatMap(({ row }) => {
      const x = COMPONENTS.map((component) => row.scores[component] ?? NaN);
      return x.every(Number.isFinite) ? [{ row, x }] : [];
    });
  const place = (byWhat: typeof foldByPair): GatedDeal[] =>
    sorted.map(({ row: { entity1Id, entity2Id, success, startedAt }, x }) => ({
      x,
      success,
      startedAt,
      entities: [entity1Id, entity2Id],
      ...byWhat(entity1Id, entity2Id),
    }));
  const byEntity = place(foldByEntity);
  if (hasBothClassesEverywhere(byEntity)) return { deals: byEntity, folds: 'entity' };
  return { deals: place(foldByPair), folds: 'pair' };
}

/** Whether every set that the nested search learns from has both outcomes. */
function hasBothClassesEverywhere(deals: readonly GatedDeal[]): boolean {
  return FOLDS.every((f) =>
    FOLDS.every((g) => {
      const rest = withoutFolds(deals, f, g);
      return rest.some((deal) => deal.success) && rest.some((deal) => !deal.success);
    }),
  );
}

function emptyEvidence(deals: readonly GatedDeal[], folds: WeightEvidence['folds']): WeightEvidence {
  const nSuccessful = deals.filter((deal) => deal.success).length;
  const { step, requiredDeals } = sampleLadder(deals.length, nSuccessful);
  return {
    n: deals.length,
    nSuccessful,
    entities: new Set(deals.flatMap((deal) => deal.entities)).size,
    ladder: step,
    requiredDeals,
    folds,
    lambda: null,
    logLoss: NO_FIGURES,
    auc: NO_FIGURES,
    overCurrent: null,
    overEqual: null,
    lastPeriod: null,
    wanted: null,
    limited: false,
    clipped: [],
  };
}

function looksLeaked(deals: readonly GatedDeal[]): boolean {
  const labels = deals.map((deal) => deal.success);
  return COMPONENTS.some((_, j) => {
    const area = rocAuc(
      deals.map((deal) => deal.x[j]!),
      labels,
    );
    return area !== null && Math.max(area.auc, 1 - area.auc) > SUSPICIOUS_AUC;
  });
}

/**
 * Learns from the deals before the last period and judges those in it. Deals that began at the same instant are on one
 * side. Null when there are no two sides.
 */
function confirmOnLastPeriod(
  deals: readonly GatedDeal[],
  current: Weights,
  released: (model: RidgeModel) => number[],
): LastPeriod | null {
  const starts = deals.map((deal) => deal.startedAt).sort();
  const from = starts[Math.floor(starts.length * (1 - LAST_PERIOD_SHARE))]!;
  const past = deals.filter((deal) => deal.startedAt < from);
  const last = deals.filter((deal) => deal.startedAt >= from);
  if (past.length === 0) return null;
  const period: LastPeriod = { from, n: last.length, nBefore: past.length, gain: null };
  const learnt = hasBothClassesEverywhere(past) ? fitRidge(past, current) : null;
  if (learnt === null) return period;
  const before = judge(
    past,
    last,
    COMPONENTS.map((component) => current[component]),
  );
  const after = judge(past, last, released(learnt.model));
  if (before === null || after === null) return period;
  return { ...period, gain: mean(before.losses) - mean(after.losses) };
}

/** Clipped at 0 and normalised; null when the current score points the wrong way (k <= 0) or nothing is left. */
function weightsOf(model: RidgeModel): number[] | null {
  const kept = model.slopes.map((slope) => Math.max(0, slope));
  const total = kept.reduce((a, b) => a + b, 0);
  return model.slopeOfCurrent <= 0 || total === 0 ? null : kept.map((weight) => weight / total);
}

/** As far from `from` towards `to` as lets no weight move by more than MAX_MOVE: in between, the sum stays 1. */
function limitedMove(from: readonly number[], to: readonly number[]): number[] {
  const farthest = Math.max(...to.map((weight, j) => Math.abs(weight - from[j]!)));
  const share = farthest > MAX_MOVE ? MAX_MOVE / farthest : 1;
  return to.map((weight, j) => from[j]! + share * (weight - from[j]!));
}

function lossOf(judgement: Judgement | null): number | null {
  return judgement === null ? null : mean(judgement.losses);
}

function areaOf(deals: readonly GatedDeal[], judgement: Judgement | null): number | null {
  const labels = deals.map((deal) => deal.success);
  return judgement === null ? null : (rocAuc(judgement.scores, labels)?.auc ?? null);
}

/** Whole ten-thousandths that sum to 10,000: the largest remainders round up. */
function roundToUnits(weights: readonly number[]): number[] {
  // A product such as 0.2999999999999998 x 10,000 is a whole number but for its last bits.
  const exact = weights.map((weight) => Math.round(weight * UNITS * 1e6) / 1e6);
  const units = exact.map(Math.floor);
  const missing = UNITS - units.reduce((a, b) => a + b, 0);
  exact
    .map((value, j) => ({ j, remainder: value - units[j]! }))
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
