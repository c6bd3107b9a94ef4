import { Module } from '@nestjs/common';
import { CONFIG } from '../../src/config/config.module.js';
import type { Config } from '../../src/config/env.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { GRAPH, type Graph } from '../../src/platform/graph/graph.js';
import { Postgres } from '../../src/platform/postgres/postgres.js';
import { BuildModels } from './application/build-models.js';
import { ExtractSources } from './application/extract-sources.js';
import type { Stage } from './domain/stages.js';
import { fileSource, readFileSources } from './infrastructure/file-reader.js';
import { graphSource } from './infrastructure/graph-reader.js';
import { ModelStore } from './infrastructure/model-store.js';
import { withPostgresSnapshot } from './infrastructure/postgres-reader.js';
import { RawStore } from './infrastructure/raw-store.js';
import { graphSources, postgresSources } from './infrastructure/sources/catalog.js';
import { loadStages } from './infrastructure/stages-file.js';

/** Injection token of the deal stages, a `Stage[]` in order. */
export const STAGES = Symbol('STAGES');

@Module({
  providers: [
    { provide: STAGES, inject: [CONFIG], useFactory: (config: Config) => loadStages(config.STAGES_FILE) },
    {
      provide: ExtractSources,
      inject: [CONFIG, ClickHouse, Postgres, GRAPH, STAGES],
      useFactory: (
        config: Config,
        clickhouse: ClickHouse,
        postgres: Postgres,
        graph: Graph,
        stages: Stage[],
      ) => createExtractSources(config, clickhouse, postgres, graph, stages),
    },
    {
      provide: BuildModels,
      inject: [CONFIG, ClickHouse, STAGES],
      useFactory: (config: Config, clickhouse: ClickHouse, stages: Stage[]) =>
        new BuildModels(new ModelStore(clickhouse, stages, config.REPORTING_CURRENCY)),
    },
  ],
  exports: [STAGES, ExtractSources, BuildModels],
})
export class WarehouseModule {}

/** ExtractSources over all declared sources: Postgres tables, graph relationships, files. */
export function createExtractSources(
  config: Pick<Config, 'DATA_DIR' | 'EXTRACT_LAG_SECONDS'>,
  clickhouse: ClickHouse,
  postgres: Postgres,
  graph: Graph,
  stages: readonly Stage[],
): ExtractSources {
  const others = [
    ...graphSources.map((source) => graphSource(graph, source)),
    ...readFileSources().map((source) => fileSource(source, config.DATA_DIR)),
  ];
  return new ExtractSources(
    new RawStore(clickhouse),
    (work) =>
      withPostgresSnapshot(postgres, postgresSources, config.EXTRACT_LAG_SECONDS, (snapshot) =>
        work({ bound: snapshot.bound, sources: [...snapshot.sources, ...others] }),
      ),
    stages.map((stage) => stage.name),
  );
}
