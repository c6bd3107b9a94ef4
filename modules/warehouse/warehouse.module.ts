import { Module } from '@nestjs/common';
import { CONFIG } from '../../src/config/config.module.js';
import type { Config } from '../../src/config/env.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { GRAPH, type Graph } from '../../src/platform/graph/graph.js';
import { Postgres } from '../../src/platform/postgres/postgres.js';
import { BuildModels } from './application/build-models.js';
import { ExtractSources } from './application/extract-sources.js';
import { ReplayRejects } from './application/replay-rejects.js';
import { RaiseSignals } from './application/raise-signals.js';
import type { Stage } from './domain/stages.js';
import { createSlotMonitor } from './infrastructure/cdc/create-cdc.js';
import { type FileAccess, fileSource, readFileSources } from './infrastructure/file-reader.js';
import { graphSource } from './infrastructure/graph-reader.js';
import { ModelStore } from './infrastructure/model-store.js';
import { withPostgresSnapshot } from './infrastructure/postgres-reader.js';
import { RawStore } from './infrastructure/raw-store.js';
import { ClickHouseRejectReplay } from './infrastructure/reject-replay.js';
import { WarehouseSignals } from './infrastructure/signals.js';
import { graphSources, postgresSources } from './infrastructure/sources/catalog.js';
import { loadStages } from './infrastructure/stages-file.js';
import { Sweeps } from './infrastructure/sweeps.js';
import { WarehouseStatus } from './infrastructure/warehouse-status.js';

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
    { provide: Sweeps, inject: [ClickHouse], useFactory: (clickhouse: ClickHouse) => new Sweeps(clickhouse) },
    {
      provide: WarehouseStatus,
      inject: [CONFIG, ClickHouse],
      useFactory: (config: Config, clickhouse: ClickHouse) =>
        new WarehouseStatus(clickhouse, config.FRESHNESS_SLO_MINUTES, config.SOURCES_DIR),
    },
    {
      provide: RaiseSignals,
      inject: [WarehouseStatus, Postgres],
      useFactory: (status: WarehouseStatus, postgres: Postgres) =>
        new RaiseSignals({ status, signals: new WarehouseSignals(postgres) }),
    },
    {
      provide: BuildModels,
      inject: [CONFIG, ClickHouse, STAGES, RaiseSignals],
      useFactory: (config: Config, clickhouse: ClickHouse, stages: Stage[], signals: RaiseSignals) =>
        new BuildModels(new ModelStore(clickhouse, stages, config.REPORTING_CURRENCY), (now) =>
          signals.failedTests(now),
        ),
    },
  ],
  exports: [STAGES, ExtractSources, Sweeps, WarehouseStatus, RaiseSignals, BuildModels],
})
export class WarehouseModule {}

type FileSettings =
  | 'SOURCES_DIR'
  | 'AWS_ACCESS_KEY_ID'
  | 'AWS_SECRET_ACCESS_KEY'
  | 'AWS_SESSION_TOKEN'
  | 'AWS_REGION'
  | 'S3_ENDPOINT';

/** Where declared files may come from. */
function fileAccess(config: Pick<Config, 'DATA_DIR' | FileSettings>): FileAccess {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = config;
  return {
    dataDir: config.DATA_DIR,
    s3: {
      region: config.AWS_REGION,
      ...(config.S3_ENDPOINT ? { endpoint: config.S3_ENDPOINT } : {}),
      ...(id && secret
        ? { keys: { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) } }
        : {}),
    },
  };
}

/** ExtractSources over all declared sources: Postgres tables, graph relationships, files. */
function createExtractSources(
  config: Pick<
    Config,
    | 'DATA_DIR'
    | 'CDC'
    | 'CDC_SLOT'
    | 'EXTRACT_LAG_SECONDS'
    | 'EXTRACT_LAG_IDS'
    | 'KEY_SWEEP_INTERVAL_SECONDS'
    | FileSettings
  >,
  clickhouse: ClickHouse,
  postgres: Postgres,
  graph: Graph,
  stages: readonly Stage[],
): ExtractSources {
  const others = [
    ...graphSources.map((source) => graphSource(graph, source)),
    ...readFileSources(config.SOURCES_DIR).map((source) =>
      fileSource(source, fileAccess(config), clickhouse),
    ),
  ];
  const lag = { seconds: config.EXTRACT_LAG_SECONDS, ids: config.EXTRACT_LAG_IDS };
  const stageNames = stages.map((stage) => stage.name);
  const monitor =
    config.CDC === 'on'
      ? createSlotMonitor(clickhouse, postgres, { slot: config.CDC_SLOT, stageNames })
      : undefined;
  return new ExtractSources(
    new RawStore(clickhouse),
    async (work) => {
      await monitor?.report();
      // Streamed rows may be newer than this snapshot, and would look deleted.
      const streamed = (await monitor?.streamed()) ?? [];
      const read = postgresSources.filter(({ name }) => !streamed.includes(name));
      return await withPostgresSnapshot(postgres, read, lag, (snapshot) =>
        work({ ...snapshot, sources: [...snapshot.sources, ...others] }),
      );
    },
    stageNames,
    {
      log: new Sweeps(clickhouse),
      intervalSeconds: config.KEY_SWEEP_INTERVAL_SECONDS,
      signal: (held, now) => new WarehouseSignals(postgres).heldSweeps(held, now),
    },
  );
}

/** ReplayRejects over all declared sources, which are those that ExtractSources reads. */
export function createReplayRejects(
  config: Pick<Config, 'SOURCES_DIR'>,
  clickhouse: ClickHouse,
  stages: readonly Stage[],
  alone: ConstructorParameters<typeof ReplayRejects>[1],
): ReplayRejects {
  const sources = [...postgresSources, ...graphSources, ...readFileSources(config.SOURCES_DIR)];
  const replay = new ClickHouseRejectReplay(
    clickhouse,
    sources,
    stages.map((stage) => stage.name),
  );
  return new ReplayRejects(replay, alone);
}
