export type Component = 'semantic' | 'goal_alignment' | 'cultural_momentum' | 'historical' | 'authenticity';

export interface ComponentTruth {
  readonly component: Component;
  /** Log-odds of success per standard deviation of the component, as it stood before the deal began. */
  readonly coefficient: number;
  /** Where the ROC AUC over the contract's row set lies at scale 1. */
  readonly auc: readonly [number, number];
  readonly verdict: 'predicts' | 'no_evidence';
}

/**
 * Success of a closed deal: logit P = INTERCEPT + sum of coefficient x standardised component, on the five components
 * of the last usable score. Goal alignment also moves with semantic (correlation about 0.25).
 */
export const COMPONENT_TRUTH: readonly ComponentTruth[] = [
  { component: 'semantic', coefficient: 0.8, auc: [0.675, 0.725], verdict: 'predicts' },
  { component: 'goal_alignment', coefficient: 0.42, auc: [0.61, 0.67], verdict: 'predicts' },
  { component: 'cultural_momentum', coefficient: 0, auc: [0.485, 0.515], verdict: 'no_evidence' },
  { component: 'historical', coefficient: 0.16, auc: [0.515, 0.56], verdict: 'predicts' },
  { component: 'authenticity', coefficient: 0.38, auc: [0.56, 0.61], verdict: 'predicts' },
];

export const INTERCEPT = -0.1;
