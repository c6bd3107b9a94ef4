import type { Snapshot } from './forecast-deals.js';
import { type BetaPrior, fitBetaBinomial, posteriorMean } from './stats/beta-binomial.js';

/** How deals that were found in a stage ended. */
export interface StageRate {
  stage: string;
  /** Distinct deals. */
  deals: number;
  /** Share of looks whose deal succeeded. */
  rate: number;
  /** The rate pulled towards that of all stages: the chance of success of a deal that is in the stage now. */
  chance: number;
}

export interface StageRates {
  deals: number;
  /** Chance where nothing is known of the stage. */
  pooled: number;
  /** How many deals the pooled chance is worth beside those of a stage. */
  priorDeals: number;
  priorSource: 'fitted' | 'fixed';
  /** By name; those with deals of MIN_TENANTS tenants. */
  stages: StageRate[];
}

interface Looks {
  looks: number;
  successes: number;
  deals: Set<number>;
  tenants: Set<string>;
}

/** What the pooled rate is worth where too few stages tell how much stages differ. */
const PRIOR_DEALS = 20;
/**
 * Tenants whose deals a stage needs for a rate of its own: every tenant sees the rates, and those of a few would tell it how
 * the deals of the others end.
 */
const MIN_TENANTS = 10;

/**
 * Chance of success by stage: posterior mean of a beta-binomial over the stages. The looks are those at deals open on a
 * day, so that a deal that stays longer counts more often, as it does among the deals that are open today. A stage counts as
 * many trials as it has deals, not looks; one with deals of fewer than MIN_TENANTS tenants counts in the pooled rate alone.
 * With ten stages or more the prior is fitted; with fewer it is the pooled rate, worth PRIOR_DEALS deals.
 * @returns null without snapshots
 */
export function learnStageRates(snapshots: readonly Snapshot[]): StageRates | null {
  if (snapshots.length === 0) return null;
  const byStage = new Map<string, Looks>();
  const all: Looks = { looks: 0, successes: 0, deals: new Set(), tenants: new Set() };
  for (const { stage, deal, tenantId, success } of snapshots) {
    const own = byStage.get(stage) ?? { looks: 0, successes: 0, deals: new Set(), tenants: new Set() };
    byStage.set(stage, own);
    for (const counts of [all, own]) {
      counts.looks += 1;
      if (success) counts.successes += 1;
      counts.deals.add(deal);
      counts.tenants.add(tenantId);
    }
  }
  // Half an outcome of either kind: deals that all ended alike do not make the next one certain.
  const pooled = ((all.successes / all.looks) * all.deals.size + 0.5) / (all.deals.size + 1);
  const stages = [...byStage]
    .filter(([, { tenants }]) => tenants.size >= MIN_TENANTS)
    .map(([stage, { looks, successes, deals }]) => ({ stage, deals: deals.size, rate: successes / looks }));
  const fit = fitBetaBinomial(
    stages.map(({ rate, deals }) => ({ successes: Math.round(rate * deals), trials: deals })),
  );
  const prior: BetaPrior =
    fit.status === 'fitted' ? fit.prior : { alpha: PRIOR_DEALS * pooled, beta: PRIOR_DEALS * (1 - pooled) };
  return {
    deals: all.deals.size,
    pooled,
    priorDeals: prior.alpha + prior.beta,
    priorSource: fit.status === 'fitted' ? 'fitted' : 'fixed',
    stages: stages
      .map(({ stage, deals, rate }) => ({
        stage,
        deals,
        rate,
        chance: posteriorMean(prior, { successes: rate * deals, trials: deals }),
      }))
      .sort((a, b) => (a.stage < b.stage ? -1 : 1)),
  };
}

/** The chance of a deal in a stage; that of all stages where it has none of its own. */
export function stageChance({ stages, pooled }: StageRates, stage: string): number {
  return stages.find((each) => each.stage === stage)?.chance ?? pooled;
}
