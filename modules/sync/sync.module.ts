import { Module } from '@nestjs/common';
import { CONFIG } from '../../src/config/config.module.js';
import type { Config } from '../../src/config/env.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { GRAPH, type Graph } from '../../src/platform/graph/graph.js';
import { Postgres } from '../../src/platform/postgres/postgres.js';
import { RunSyncs } from './application/run-syncs.js';
import { createSyncs, type Syncs } from './create-syncs.js';

/** Injection token of the syncs, a `Syncs`. */
export const SYNCS = Symbol('SYNCS');

@Module({
  providers: [
    {
      provide: SYNCS,
      inject: [CONFIG, ClickHouse, Postgres, GRAPH],
      useFactory: (config: Config, clickhouse: ClickHouse, postgres: Postgres, graph: Graph) =>
        createSyncs(
          { clickhouse, postgres, graph },
          {
            secrets: (name) => config.SYNC_WEBHOOK_SECRETS?.get(name),
            allowPrivateAddresses: config.SYNC_PRIVATE_ADDRESSES === 'allow',
          },
        ),
    },
    { provide: RunSyncs, inject: [SYNCS], useFactory: (syncs: Syncs) => syncs.step },
  ],
  exports: [SYNCS, RunSyncs],
})
export class SyncModule {}
