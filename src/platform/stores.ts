import type { Config } from '../config/env.js';
import { AppError } from '../kernel/errors.js';
import { migrations as postgresMigrations } from '../../migrations/postgres/index.js';
import { ClickHouse } from './clickhouse/clickhouse.js';
import {
  type ClickHouseLayout,
  migrateClickHouse,
  planClickHouse,
  type PlannedMigration,
} from './clickhouse/clickhouse-migrations.js';
import { EmbeddedStores, type EmbeddedStore } from './embedded/embedded-stores.js';
import { EmbeddedGraph } from './graph/embedded-graph.js';
import type { Graph } from './graph/graph.js';
import { migrateGraph } from './graph/graph-migrations.js';
import { Neo4jGraph } from './graph/neo4j-graph.js';
import { createDataSource, Postgres } from './postgres/postgres.js';

export type StoreConfig = Pick<
  Config,
  | 'CLICKHOUSE_URL'
  | 'CLICKHOUSE_CLUSTER'
  | 'RETENTION_YEARS'
  | 'PARTITION_BY'
  | 'DATABASE_URL'
  | 'NEO4J_URI'
  | 'NEO4J_USER'
  | 'NEO4J_PASSWORD'
  | 'DATA_DIR'
>;

/** The three stores of the service, each a server or embedded, behind the same doors. */
export interface Stores {
  clickhouse: ClickHouse;
  postgres: Postgres;
  graph: Graph;
  /** Brings the schema of one store up to date; names of what was applied now. Stores do not wait for each other. */
  migrations: Record<'postgres' | 'clickhouse' | 'graph', () => Promise<string[]>>;
  /** Brings every schema up to date; names of what was applied now. */
  migrate(): Promise<string[]>;
  /** The ClickHouse statements that migrate would run now; `all`: those that it ran before, too. Changes nothing. */
  planClickHouse(options: { all?: boolean }): Promise<PlannedMigration[]>;
  close(): Promise<void>;
}

/**
 * Opens the stores. A configured server is not contacted here (it may be down, and come back); embedded stores are
 * started or joined, and are free of the servers' packages when all three URLs are set. `log` hears of the embedded
 * host's troubles; `onMoved` that it came back on other ports, which the stores opened here do not follow.
 */
export async function openStores(
  config: StoreConfig,
  log: (line: string) => void = () => undefined,
  onMoved: () => void = () => undefined,
): Promise<Stores> {
  const wanted: EmbeddedStore[] = [];
  if (!config.CLICKHOUSE_URL) wanted.push('clickhouse');
  if (!config.DATABASE_URL) wanted.push('postgres');
  if (!config.NEO4J_URI) wanted.push('graph');
  const embedded =
    wanted.length > 0
      ? await EmbeddedStores.attach({ dataDir: config.DATA_DIR, stores: wanted, log, onMoved })
      : undefined;
  const clickhouseUrl = config.CLICKHOUSE_URL ?? embeddedClickHouseUrl(embedded);
  const clickhouse = new ClickHouse(clickhouseUrl);
  const postgres = new Postgres(
    createDataSource(config.DATABASE_URL ?? required(embedded?.endpoints.postgres?.url), postgresMigrations),
  );
  const graph = config.NEO4J_URI
    ? new Neo4jGraph({
        uri: config.NEO4J_URI,
        user: config.NEO4J_USER,
        password: config.NEO4J_PASSWORD ?? '',
      })
    : new EmbeddedGraph(() => required(embedded?.endpoints.graph));
  const layout: ClickHouseLayout = {
    cluster: config.CLICKHOUSE_CLUSTER,
    retentionYears: config.RETENTION_YEARS,
    partitionBy: config.PARTITION_BY,
  };
  const migrations: Stores['migrations'] = {
    postgres: () => postgres.migrate(),
    clickhouse: async () => {
      if (config.CLICKHOUSE_CLUSTER && !config.CLICKHOUSE_URL) throw clusterWithoutServer();
      return await migrateClickHouse(clickhouseUrl, layout);
    },
    graph: async () => (await migrateGraph(graph)).map((name) => `neo4j/${name}`),
  };
  return {
    clickhouse,
    postgres,
    graph,
    migrations,
    migrate: async () => [
      ...(await migrations.postgres()),
      ...(await migrations.clickhouse()),
      ...(await migrations.graph()),
    ],
    planClickHouse: (options) => planClickHouse(clickhouseUrl, layout, options),
    close: async () => {
      await Promise.allSettled([clickhouse.close(), postgres.close(), graph.close()]);
      await embedded?.close();
    },
  };
}

/**
 * Refuses a cluster for everything that loads rows or builds models: their statements (stages, CLONE, EXCHANGE) are
 * known to be right on one server only, and wrong figures are worse than none. The schema can be made all the same.
 */
export function requireSingleServer(config: Pick<Config, 'CLICKHOUSE_CLUSTER'>): void {
  if (config.CLICKHOUSE_CLUSTER === undefined) return;
  throw new AppError({
    class: 'configuration',
    source: 'clickhouse',
    code: 'cluster_not_supported',
    message:
      'CLICKHOUSE_CLUSTER is set: cli migrate makes the cluster schema, but loading and building on a cluster was never run on a real one and is refused (docs/cluster.md). Unset it to run on one server.',
  });
}

const clusterWithoutServer = (): AppError =>
  new AppError({
    class: 'configuration',
    source: 'clickhouse',
    code: 'cluster_needs_server',
    message:
      'CLICKHOUSE_CLUSTER needs CLICKHOUSE_URL: the embedded ClickHouse is one server. To see the statements: cli migrate --dry-run',
  });

function embeddedClickHouseUrl(embedded: EmbeddedStores | undefined): string {
  const { url, username, password } = required(embedded?.endpoints.clickhouse);
  const full = new URL(url);
  full.username = username;
  full.password = password;
  return full.href;
}

function required<T>(endpoint: T | undefined): T {
  if (endpoint !== undefined) return endpoint;
  throw new AppError({
    class: 'bug',
    source: 'embedded',
    code: 'endpoint_missing',
    message: 'An embedded store was asked for and gave no address.',
  });
}
