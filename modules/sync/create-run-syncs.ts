import type { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import type { Graph } from '../../src/platform/graph/graph.js';
import type { Postgres } from '../../src/platform/postgres/postgres.js';
import { RunSyncs } from './application/run-syncs.js';
import type { SyncDefinition } from './domain/definition.js';
import { ClickHouseChangeStore } from './infrastructure/change-store/clickhouse-change-store.js';
import { GraphTarget } from './infrastructure/graph-target/graph-target.js';
import { StoredSyncLedger } from './infrastructure/ledger/sync-ledger.js';
import { loadSyncDefinitions } from './infrastructure/load-definitions.js';
import { PostgresTarget } from './infrastructure/postgres-target/postgres-target.js';

export interface SyncStores {
  clickhouse: ClickHouse;
  postgres: Postgres;
  graph: Graph;
}

/** The use case on real stores, with the shipped definitions unless others are given. Throws `invalid_sync_definition`. */
export function createRunSyncs(
  { clickhouse, postgres, graph }: SyncStores,
  definitions: readonly SyncDefinition[] = loadSyncDefinitions(),
): RunSyncs {
  return new RunSyncs({
    definitions,
    changes: new ClickHouseChangeStore(clickhouse),
    targets: { postgres: new PostgresTarget(postgres), graph: new GraphTarget(graph) },
    ledger: new StoredSyncLedger(postgres, clickhouse),
  });
}
