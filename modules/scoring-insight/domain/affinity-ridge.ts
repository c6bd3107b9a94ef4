import { COMPONENTS, type Weights } from './components.js';
import { type Fold, type FoldPlace, FOLDS } from './pair-folds.js';
import { fitLogistic, logLoss, predictLogistic } from './stats/logistic.js';

/** A deal as the regression sees it: scores in the order of COMPONENTS. */
export interface ScoredDeal extends FoldPlace {
  x: number[];
  success: boolean;
}

export interface RidgeModel {
  intercept: number;
  /** k w0 + d: log odds per unit of each component, in the order of COMPONENTS; not normalised, may be negative. */
  slopes: number[];
  /** k: log odds per unit of the current score. */
  slopeOfCurrent: number;
}

export interface RidgeSearch {
  /** Strength with the least out-of-fold log loss over all folds. */
  lambda: number;
  /** Learnt from every row with that strength. */
  model: RidgeModel;
  /** For each fold the model that never saw it: neither its coefficients nor the choice of its strength did. */
  withoutFold: RidgeModel[];
}

/** Strong to weak. The strongest reproduces the current weights, so that they are the model to beat. */
const LAMBDAS: readonly number[] = Array.from({ length: 7 }, (_, step) => 10 ** (4 - step));

/** The deals that models without these folds learn from. */
export function withoutFolds<Deal extends FoldPlace>(deals: readonly Deal[], ...folds: Fold[]): Deal[] {
  return deals.filter((deal) => !folds.some((fold) => deal.hiddenFrom.includes(fold)));
}

/**
 * Logistic ridge centred on the current weights, logit P(success) = a + k s0 + d'x with the penalty lambda/2 |d|^2 on d
 * only, its strength chosen by nested cross-validation.
 *
 * The inner search of fold f needs models without f and g, judged on g; that of fold g needs the same models judged on
 * f. So ten pairs and five single folds serve the whole nested search.
 * @returns null when a fit does not converge (the current score separates the classes, or is constant)
 */
export function searchRidge(deals: readonly ScoredDeal[], current: Weights): RidgeSearch | null {
  const single: RidgeModel[][] = [];
  /** At [f][g]: loss per strength on what is tested in g and hidden from neither, of the models learnt without both. */
  const losses: number[][][] = FOLDS.map(() => []);
  for (const f of FOLDS) {
    for (const g of FOLDS.slice(f)) {
      const models = fitPath(withoutFolds(deals, f, g), current);
      if (models === null) return null;
      if (f === g) single.push(models);
      losses[f]![g] = lossesOn(f === g ? deals : withoutFolds(deals, f), g, models);
      losses[g]![f] = lossesOn(f === g ? deals : withoutFolds(deals, g), f, models);
    }
  }
  const chosen = fitBest(
    deals,
    current,
    FOLDS.map((fold) => losses[fold]![fold]!),
  );
  if (chosen === null) return null;
  const withoutFold: RidgeModel[] = [];
  for (const f of FOLDS) {
    const model = single[f]![leastLoss(FOLDS.filter((g) => g !== f).map((g) => losses[f]![g]!))];
    if (model === undefined) return null;
    withoutFold.push(model);
  }
  return { ...chosen, withoutFold };
}

/** The ridge of `searchRidge` learnt from all deals, its strength chosen by plain cross-validation. Null likewise. */
export function fitRidge(
  deals: readonly ScoredDeal[],
  current: Weights,
): Pick<RidgeSearch, 'lambda' | 'model'> | null {
  const losses: number[][] = [];
  for (const fold of FOLDS) {
    const models = fitPath(withoutFolds(deals, fold), current);
    if (models === null) return null;
    losses.push(lossesOn(deals, fold, models));
  }
  return fitBest(deals, current, losses);
}

function fitBest(
  deals: readonly ScoredDeal[],
  current: Weights,
  losses: readonly (readonly number[])[],
): Pick<RidgeSearch, 'lambda' | 'model'> | null {
  const best = leastLoss(losses);
  const model = fitPath(deals, current)?.[best];
  return model === undefined ? null : { lambda: LAMBDAS[best]!, model };
}

/** Total loss per strength on the deals tested in a fold; infinite for a strength without a model. */
function lossesOn(deals: readonly ScoredDeal[], fold: Fold, models: readonly RidgeModel[]): number[] {
  const tested = deals.filter((deal) => deal.fold === fold);
  return LAMBDAS.map((_, i) => {
    const model = models[i];
    if (model === undefined) return Infinity;
    const coefficients = [model.intercept, ...model.slopes];
    return tested.reduce(
      (sum, { x, success }) => sum + logLoss(predictLogistic(coefficients, x), success),
      0,
    );
  });
}

/**
 * One model per strength, each starting from its stronger neighbour, as far as they converge: a weak ridge may not hold
 * separated classes. Null when even the strongest does not.
 */
function fitPath(deals: readonly ScoredDeal[], current: Weights): RidgeModel[] | null {
  const w0 = COMPONENTS.map((component) => current[component]);
  const x = deals.map((deal) => [dot(w0, deal.x), ...deal.x]);
  const y = deals.map((deal) => deal.success);
  const models: RidgeModel[] = [];
  let start: number[] | undefined;
  for (const lambda of LAMBDAS) {
    const fit = fitLogistic({ x, y, ridge: [0, ...w0.map(() => lambda)], start });
    if (fit.status === 'failed') break;
    start = fit.coefficients;
    const [intercept, slopeOfCurrent, ...moves] = fit.coefficients;
    models.push({
      intercept: intercept!,
      slopeOfCurrent: slopeOfCurrent!,
      slopes: moves.map((move, j) => slopeOfCurrent! * w0[j]! + move),
    });
  }
  return models.length === 0 ? null : models;
}

/** Index of the strength with the least total loss; of two equals the stronger, closer to the current weights. */
function leastLoss(lossesPerFold: readonly (readonly number[])[]): number {
  const totals = LAMBDAS.map((_, i) => lossesPerFold.reduce((sum, losses) => sum + losses[i]!, 0));
  return totals.indexOf(Math.min(...totals));
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
