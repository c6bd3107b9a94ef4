import { Module } from '@nestjs/common';
import { CONFIG } from '../../src/config/config.module.js';
import type { Config } from '../../src/config/env.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { GRAPH, type Graph } from '../../src/platform/graph/graph.js';
import { Postgres } from '../../src/platform/postgres/postgres.js';
import { type Stage, STAGES, WarehouseModule } from '../warehouse/index.js';
import { StallBacktest } from './application/backtest-stalls.js';
import { ComputeInsight } from './application/compute-insight.js';
import { DecideModel } from './application/decide-model.js';
import { AffinityModels, DecidedAffinityModels } from './infrastructure/affinity-model-store.js';
import { ClickHouseBadgeStore } from './infrastructure/badge-store.js';
import { ClickHouseBenchmarkStore } from './infrastructure/benchmark-store.js';
import { ClickHouseDealStore } from './infrastructure/deal-store.js';
import { loadBadgeDeclarations, loadCategories, loadDefaultWeights } from './infrastructure/definitions.js';
import { ClickHouseForecastStore } from './infrastructure/forecast-store.js';
import { InsightReader } from './infrastructure/insight-reader.js';
import { ClickHouseNetworkStore } from './infrastructure/network-store.js';
import { ClickHouseOutcomeStore } from './infrastructure/outcome-store.js';
import { PublicHolidays } from './infrastructure/public-holidays.js';
import { ClickHouseResultStore } from './infrastructure/result-store.js';
import { ClickHouseStageTimeStore } from './infrastructure/stage-time-store.js';
import { PostgresStallSignals } from './infrastructure/stall-signals.js';
import { ClickHouseSuccessStore } from './infrastructure/success-store.js';
import { ClickHouseTrendStore } from './infrastructure/trend-store.js';

@Module({
  imports: [WarehouseModule],
  providers: [
    {
      provide: ComputeInsight,
      inject: [CONFIG, ClickHouse, Postgres, GRAPH, STAGES],
      useFactory: createComputeInsight,
    },
    {
      provide: StallBacktest,
      inject: [CONFIG, ClickHouse, STAGES],
      useFactory: createStallBacktest,
    },
    {
      provide: InsightReader,
      inject: [ClickHouse, Postgres, GRAPH],
      useFactory: (clickhouse: ClickHouse, postgres: Postgres, graph: Graph) =>
        new InsightReader(clickhouse, postgres, graph),
    },
    {
      provide: DecideModel,
      inject: [ClickHouse, GRAPH, Postgres],
      useFactory: (clickhouse: ClickHouse, graph: Graph, postgres: Postgres) =>
        new DecideModel(new DecidedAffinityModels(clickhouse, graph, postgres), loadDefaultWeights()),
    },
  ],
  exports: [ComputeInsight, DecideModel, InsightReader, StallBacktest],
})
export class ScoringInsightModule {}

/** ComputeInsight on the real stores, with the module's definitions. */
export function createComputeInsight(
  config: Pick<Config, 'BENCHMARK_SNAPSHOT' | 'HOLIDAY_COUNTRY'>,
  clickhouse: ClickHouse,
  postgres: Postgres,
  graph: Graph,
  stages: readonly Stage[],
): ComputeInsight {
  return new ComputeInsight({
    outcomes: new ClickHouseOutcomeStore(clickhouse),
    models: new AffinityModels(clickhouse, graph),
    defaultWeights: loadDefaultWeights(),
    categoricalPredictors: loadCategories(),
    benchmarks: new ClickHouseBenchmarkStore(clickhouse),
    badges: new ClickHouseBadgeStore(clickhouse),
    trends: new ClickHouseTrendStore(clickhouse),
    badgeDeclarations: loadBadgeDeclarations(),
    cadence: config.BENCHMARK_SNAPSHOT,
    success: new ClickHouseSuccessStore(clickhouse),
    results: new ClickHouseResultStore(clickhouse),
    network: new ClickHouseNetworkStore(clickhouse),
    forecasts: new ClickHouseForecastStore(clickhouse),
    deals: new ClickHouseDealStore(clickhouse),
    stageTimes: new ClickHouseStageTimeStore(clickhouse),
    signals: new PostgresStallSignals(postgres),
    holidays: new PublicHolidays(config.HOLIDAY_COUNTRY),
    stallDays: stallDaysOf(stages),
  });
}

/** StallBacktest on the real stores. */
function createStallBacktest(
  config: Pick<Config, 'HOLIDAY_COUNTRY'>,
  clickhouse: ClickHouse,
  stages: readonly Stage[],
): StallBacktest {
  return new StallBacktest({
    stageTimes: new ClickHouseStageTimeStore(clickhouse),
    holidays: new PublicHolidays(config.HOLIDAY_COUNTRY),
    stallDays: stallDaysOf(stages),
  });
}

function stallDaysOf(stages: readonly Stage[]): Map<string, number> {
  return new Map(
    stages.flatMap(({ name, stallDays }) => (stallDays === undefined ? [] : [[name, stallDays] as const])),
  );
}
