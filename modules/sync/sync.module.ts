import { Module } from '@nestjs/common';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { GRAPH, type Graph } from '../../src/platform/graph/graph.js';
import { Postgres } from '../../src/platform/postgres/postgres.js';
import { RunSyncs } from './application/run-syncs.js';
import { createRunSyncs } from './create-run-syncs.js';

@Module({
  providers: [
    {
      provide: RunSyncs,
      useFactory: (clickhouse: ClickHouse, postgres: Postgres, graph: Graph) =>
        createRunSyncs({ clickhouse, postgres, graph }),
      inject: [ClickHouse, Postgres, GRAPH],
    },
  ],
  exports: [RunSyncs],
})
export class SyncModule {}
