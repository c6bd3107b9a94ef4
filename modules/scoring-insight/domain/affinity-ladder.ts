import { COMPONENTS, MIN_DEALS_FOR_WEIGHTS, MIN_DEALS_PER_CLASS } from './components.js';

/** How far the number of deals carries: no weights, weights as an experiment, weights. */
export type LadderStep = 'too_few_deals' | 'experimental' | 'full';

/** Nagelkerke's R2 that a model of the components may be expected to have. */
const EXPECTED_NAGELKERKE = 0.15;
const SHRINKAGE = 0.9;
/** Half the width of the 95% interval that the overall success rate should have. */
const MARGIN = 0.05;
/** Mean absolute error of the predicted probabilities that is tolerated. */
const PREDICTION_ERROR = 0.05;

/** The step of the ladder, and the deals that a full model of the components wants. */
export function sampleLadder(
  n: number,
  nSuccessful: number,
): { step: LadderStep; requiredDeals: number | null } {
  const required = requiredDeals(nSuccessful / n, COMPONENTS.length);
  const isEnough =
    n >= MIN_DEALS_FOR_WEIGHTS && Math.min(nSuccessful, n - nSuccessful) >= MIN_DEALS_PER_CLASS;
  if (!isEnough || required === null) return { step: 'too_few_deals', requiredDeals: required };
  return { step: n < required ? 'experimental' : 'full', requiredDeals: required };
}

/**
 * Sample size for a logistic model of a binary outcome (Riley et al. 2019): the largest of what keeps overfitting below
 * 10%, what estimates the overall rate within 0.05, and what keeps the mean absolute prediction error below 0.05.
 * @param rate share of successes
 * @param expected Nagelkerke's R2 expected of the model
 * @returns null without both classes
 */
export function requiredDeals(
  rate: number,
  predictors: number,
  expected: number = EXPECTED_NAGELKERKE,
): number | null {
  if (!(rate > 0 && rate < 1)) return null;
  const greatest = 1 - (rate ** rate * (1 - rate) ** (1 - rate)) ** 2;
  const coxSnell = expected * greatest;
  const forShrinkage = predictors / ((SHRINKAGE - 1) * Math.log(1 - coxSnell / SHRINKAGE));
  const forRate = (1.96 / MARGIN) ** 2 * rate * (1 - rate);
  const smaller = Math.min(rate, 1 - rate);
  const logOfError =
    -0.508 + 0.259 * Math.log(smaller) + 0.504 * Math.log(predictors) - Math.log(PREDICTION_ERROR);
  return Math.ceil(Math.max(forShrinkage, forRate, Math.exp(logOfError / 0.544)));
}
