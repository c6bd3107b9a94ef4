import { COMPONENTS, type Weights } from './components.js';
import { type Fold, FOLDS } from './pair-folds.js';
import { fitLogistic, logLoss, predictLogistic } from './stats/logistic.js';

/** A deal as the regression sees it: scores in the order of COMPONENTS. */
export interface ScoredDeal {
  x: number[];
  success: boolean;
  fold: Fold;
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
const LAMBDAS: readonly number[] = Array.from({ length: 13 }, (_, step) => 10 ** (4 - step / 2));

/**
 * Logistic ridge centred on the current weights, logit P(success) = a + k s0 + d'x with the penalty lambda/2 |d|^2 on d
 * only, its strength chosen by nested cross-validation.
 *
 * The inner search of fold f needs models without f and g, judged on g; that of fold g needs the same models judged on
 * f. So ten pairs and five single folds serve the whole nested search.
 * @returns null when a fit does not converge (the current score separates the classes, or is constant)
 */
export function searchRidge(deals: readonly ScoredDeal[], current: Weights): RidgeSearch | null {
  const lossOn = (fold: Fold, models: readonly RidgeModel[]): number[] => {
    const held = deals.filter((deal) => deal.fold === fold);
    return models.map((model) => held.reduce((sum, deal) => sum + lossOf(model, deal), 0));
  };
  const single: RidgeModel[][] = [];
  /** At [f][g]: loss per strength on g of the models learnt without f and g. */
  const losses: number[][][] = FOLDS.map(() => []);
  for (const f of FOLDS) {
    for (const g of FOLDS.slice(f)) {
      const models = fitPath(
        deals.filter((deal) => deal.fold !== f && deal.fold !== g),
        current,
      );
      if (models === null) return null;
      if (f === g) single.push(models);
      losses[f]![g] = lossOn(g, models);
      losses[g]![f] = lossOn(f, models);
    }
  }
  const best = leastLoss(FOLDS.map((fold) => losses[fold]![fold]!));
  const all = fitPath(deals, current);
  if (all === null) return null;
  return {
    lambda: LAMBDAS[best]!,
    model: all[best]!,
    withoutFold: FOLDS.map((f) => {
      const inner = leastLoss(FOLDS.filter((g) => g !== f).map((g) => losses[f]![g]!));
      return single[f]![inner]!;
    }),
  };
}

/** One model per strength, each starting from its stronger neighbour. */
function fitPath(deals: readonly ScoredDeal[], current: Weights): RidgeModel[] | null {
  const w0 = COMPONENTS.map((component) => current[component]);
  const x = deals.map((deal) => [dot(w0, deal.x), ...deal.x]);
  const y = deals.map((deal) => deal.success);
  const models: RidgeModel[] = [];
  let start: number[] | undefined;
  for (const lambda of LAMBDAS) {
    const fit = fitLogistic({ x, y, ridge: [0, ...w0.map(() => lambda)], start });
    if (fit.status === 'failed') return null;
    start = fit.coefficients;
    const [intercept, slopeOfCurrent, ...moves] = fit.coefficients;
    models.push({
      intercept: intercept!,
      slopeOfCurrent: slopeOfCurrent!,
      slopes: moves.map((move, j) => slopeOfCurrent! * w0[j]! + move),
    });
  }
  return models;
}

/** Index of the strength with the least total loss; of two equals the stronger, closer to the current weights. */
function leastLoss(lossesPerFold: readonly (readonly number[])[]): number {
  const totals = LAMBDAS.map((_, i) => lossesPerFold.reduce((sum, losses) => sum + losses[i]!, 0));
  return totals.indexOf(Math.min(...totals));
}

function lossOf(model: RidgeModel, deal: ScoredDeal): number {
  return logLoss(predictLogistic([model.intercept, ...model.slopes], deal.x), deal.success);
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
