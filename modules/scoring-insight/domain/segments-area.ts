import type { ComponentPredictiveness } from './predictiveness.js';
import { logitInterval } from './stats/auc.js';
import type { Estimate } from './stats/heterogeneity.js';

/** An AUC with its 95% limits; null where it is undefined. */
export interface Area {
  auc: number | null;
  low: number | null;
  high: number | null;
}

/** The limits that know of shared entities, or those for independent deals where there are none. */
export function areaOf({ auc, aucLow, aucHigh, dyadic }: ComponentPredictiveness): Area {
  return { auc, low: dyadic.low ?? aucLow, high: dyadic.high ?? aucHigh };
}

/** The logit of the AUC; null with too few deals for a verdict, or where it has no variance (an AUC of 0 or 1). */
export function estimateOf({ verdict, auc, dyadic }: ComponentPredictiveness): Estimate | null {
  if (verdict === 'too_few_deals' || auc === null || dyadic.standardError === null) return null;
  return { value: Math.log(auc / (1 - auc)), variance: dyadic.standardError ** 2 };
}

/** The AUC of a mean of logits. */
export function areaOfMean(combined: { mean: number; variance: number } | null): Area {
  if (combined === null) return { auc: null, low: null, high: null };
  const auc = 1 / (1 + Math.exp(-combined.mean));
  return { auc, ...logitInterval(auc, combined.variance * (auc * (1 - auc)) ** 2, 0.95) };
}
