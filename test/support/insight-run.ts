import { createComputeInsight } from '../../modules/scoring-insight/index.js';
import type { RunContext, StepOutcome } from '../../src/kernel/progress.js';
import type { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { market, MARKET_AS_OF } from '../factories/insight-market.js';
import type { DealSpec, InsightWorld } from '../factories/insight-world.js';
import type { InsightStores } from './insight-stores.js';

const stages = [{ name: 'proposal', order: 1, category: 'any', outcome: 'open' as const, stallDays: 5 }];

export interface InsightRun {
  asOf?: string;
  /** Instead of the stores' own, e.g. one that breaks. */
  clickhouse?: ClickHouse;
  cadence?: 'run' | 'week' | 'month';
  /** How the model step of the same run ended. */
  model?: StepOutcome['status'];
}

/** The insight step once, by default as of the planted market. */
export async function runInsight(stores: InsightStores, options: InsightRun = {}): Promise<StepOutcome> {
  const { asOf = MARKET_AS_OF, clickhouse = stores.clickhouse, cadence = 'month', model } = options;
  const context: RunContext = {
    runId: '00000000-0000-4000-8000-000000000001',
    asOf,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...(model === undefined ? {} : { earlier: new Map([['model', { status: model }]]) }),
  };
  const config = { BENCHMARK_SNAPSHOT: cadence, HOLIDAY_COUNTRY: undefined };
  const step = createComputeInsight(config, clickhouse, stores.postgres, stores.graph, stages);
  return await step.execute(context);
}

/** The market with some of its deals changed. */
export function changedMarket(change: (deal: DealSpec) => Partial<DealSpec>): InsightWorld {
  const world = market();
  return { ...world, deals: world.deals.map((deal) => ({ ...deal, ...change(deal) })) };
}
