import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { migrations } from '../../../migrations/postgres/index.js';
import { createSyncs, type SyncDefinition, type SyncOutcome } from '../../../modules/sync/index.js';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import type { Graph } from '../../../src/platform/graph/graph.js';
import { Neo4jGraph } from '../../../src/platform/graph/neo4j-graph.js';
import { createDataSource, Postgres } from '../../../src/platform/postgres/postgres.js';
import { median, timed } from '../measure.js';
import type { BenchStores } from '../stores.js';
import { createModel, createTarget, postgresDefinition, writeCsv } from './data.js';
import { createLimit, type Limit } from './limit.js';

/** The model, and the targets of the product and of the limit. */
export const MODEL = 'insight_bench_items';
export const TARGET = 'insights.bench_items';

/** One run of a sync: what it did, and how long that took. */
export interface Synced {
  seconds: number;
  outcome: SyncOutcome;
}
export type RunSync = (definition: SyncDefinition) => Promise<Synced>;

export interface SyncStores {
  clickhouse: ClickHouse;
  postgres: Postgres;
  graph: Graph;
}

/** The product's own way to run a sync. A run that does not succeed is no measurement: it throws. */
export function runSyncOn(stores: SyncStores, definitions: readonly SyncDefinition[]): RunSync {
  const { run } = createSyncs(stores, { definitions });
  return async (definition) => {
    const { seconds, result: outcome } = await timed(() =>
      run.execute(definition, {
        runId: randomUUID(),
        trigger: 'manual',
        requestedBy: 'bench',
        signal: new AbortController().signal,
        onProgress: () => undefined,
      }),
    );
    if (outcome.status !== 'succeeded')
      throw new Error(
        `sync ${outcome.name} ended ${outcome.status}: ${outcome.error?.message ?? outcome.reason}`,
      );
    return { seconds, outcome };
  };
}

/** A graph for syncs that have none to write to: it connects when it is asked, and nobody asks. */
export const noGraph = (): Graph =>
  new Neo4jGraph({ uri: 'bolt://127.0.0.1:1', user: 'neo4j', password: 'none' });

/** Seconds of one full load each way, and the sync that the rows are confirmed under. */
export interface Loaded {
  definition: SyncDefinition;
  product: number;
  limit: number;
}

/** Migrated stores with a model of so many rows, and what the parts of the bench share. */
export class World {
  private readonly loads: Loaded[] = [];
  private turns = 0;

  private constructor(
    readonly stores: SyncStores & Pick<BenchStores, 'dataDir' | 'clickhouseUrl' | 'postgresUrl'>,
    readonly rows: number,
    readonly seed: number,
    readonly limit: Limit,
    readonly log: (line: string) => void,
  ) {}

  static async open(
    { dataDir, clickhouse, clickhouseUrl, postgresUrl }: BenchStores,
    { rows, seed }: { rows: number; seed: number },
    log: (line: string) => void,
  ): Promise<World> {
    const postgres = new Postgres(createDataSource(postgresUrl, migrations));
    await postgres.migrate();
    await createModel(clickhouse, MODEL, rows, seed);
    for (const table of [TARGET, 'insights.bench_limit']) await postgres.execute(createTarget(table));
    const stores = { dataDir, clickhouse, clickhouseUrl, postgres, postgresUrl, graph: noGraph() };
    const limit = await createLimit(postgres, postgresUrl);
    log(`the limit is ${limit.how}; ${rows.toLocaleString('en-US')} rows are in the model`);
    return new World(stores, rows, seed, limit, log);
  }

  async close(): Promise<void> {
    await Promise.all([this.stores.postgres.close(), this.stores.graph.close()]);
  }

  /** The last full load; the first one where no part has made any. */
  async loaded(): Promise<Loaded> {
    return this.loads.at(-1) ?? (await this.load());
  }

  /** Seconds of a full load: the median of all that were made. */
  async loadSeconds(): Promise<number> {
    await this.loaded();
    return median(this.loads.map(({ product }) => product));
  }

  /**
   * Both targets emptied and loaded, one after the other; who begins changes with every load. Each load is a sync of
   * another name, so that it starts without a state.
   */
  async load(): Promise<Loaded> {
    const { postgres } = this.stores;
    const definition = postgresDefinition(`bench_load_${this.loads.length + 1}`, MODEL, TARGET);
    await postgres.execute(`TRUNCATE ${TARGET}, insights.bench_limit`);
    const csv = await this.csv();
    const { product, limit } = await this.inTurn(
      () => this.sync(definition),
      () => this.limit.merge(csv),
    );
    if (product.outcome.inserted !== this.rows) throw new Error(`${product.outcome.inserted} rows arrived`);
    const loaded = { definition, product: product.seconds, limit };
    this.loads.push(loaded);
    this.log(`full load: ${told(product)}; limit ${limit.toFixed(2)} s`);
    return loaded;
  }

  /** Once each, without a checkpoint of the other's writes in between; the second time the other way round. */
  async inTurn(product: () => Promise<Synced>, limit: () => Promise<number>) {
    const flushed = () => this.stores.postgres.execute('CHECKPOINT');
    this.turns++;
    await flushed();
    if (this.turns % 2 === 0) {
      const first = await limit();
      await flushed();
      return { product: await product(), limit: first };
    }
    const first = await product();
    await flushed();
    return { product: first, limit: await limit() };
  }

  async sync(definition: SyncDefinition): Promise<Synced> {
    return await runSyncOn(this.stores, [definition])(definition);
  }

  /** The model as it is now, as a file that the limit and the rivals read; at most `rows` rows. */
  async csv(rows = this.rows): Promise<string> {
    const path = join(this.stores.dataDir, 'items.csv');
    await writeCsv(this.stores.clickhouse, MODEL, rows, path);
    return path;
  }
}

/** Seconds and phases in words. */
export const told = ({ seconds, outcome }: Synced): string =>
  `${seconds.toFixed(2)} s (${Object.entries(outcome.timings)
    .map(([phase, ms]) => `${phase} ${(ms / 1000).toFixed(2)}`)
    .join(', ')})`;
