import type { DealHealth } from './stall.js';

/** Why a figure of an open deal is null; null when it is not. */
export interface MissingFigures {
  stagePercentile: 'too_few_exits' | null;
  chance30d: 'too_few_exits' | 'too_few_visits_as_long' | null;
  expectedLoss: 'no_chance' | null;
}

/**
 * Which figures of an open deal are missing, and why: `too_few_exits` where no group of peers tells anything,
 * `too_few_visits_as_long` where too few of them stayed as long as the deal, `no_chance` where a loss of chance cannot
 * be known without both chances.
 */
export function missingFigures(
  deal: Pick<DealHealth, 'stagePercentile' | 'chance30d' | 'expectedLoss'>,
): MissingFigures {
  const unknownPeers = deal.stagePercentile === null;
  return {
    stagePercentile: unknownPeers ? 'too_few_exits' : null,
    chance30d: deal.chance30d !== null ? null : unknownPeers ? 'too_few_exits' : 'too_few_visits_as_long',
    expectedLoss: deal.expectedLoss === null ? 'no_chance' : null,
  };
}
