import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { BuildModels, type BuildOptions } from '../../modules/warehouse/application/build-models.js';
import { ExtractSources } from '../../modules/warehouse/application/extract-sources.js';
import type { ReadableSource } from '../../modules/warehouse/application/ports.js';
import { fileSource, readFileSources } from '../../modules/warehouse/infrastructure/file-reader.js';
import { graphSource } from '../../modules/warehouse/infrastructure/graph-reader.js';
import { ModelStore } from '../../modules/warehouse/infrastructure/model-store.js';
import { withPostgresSnapshot } from '../../modules/warehouse/infrastructure/postgres-reader.js';
import { RawStore } from '../../modules/warehouse/infrastructure/raw-store.js';
import { listRejects, type Reject } from '../../modules/warehouse/infrastructure/rejects.js';
import { graphSources, postgresSources } from '../../modules/warehouse/infrastructure/sources/catalog.js';
import { Sweeps } from '../../modules/warehouse/infrastructure/sweeps.js';
import { loadStages, type Stage } from '../../modules/warehouse/index.js';
import type { RunContext, StepOutcome } from '../../src/kernel/progress.js';
import { migrateClickHouse } from '../../src/platform/clickhouse/clickhouse-migrations.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { migrateGraph } from '../../src/platform/graph/graph-migrations.js';
import type { Graph } from '../../src/platform/graph/graph.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { createProductSchema } from '../../src/seed/seed.js';
import { put, type ProductRow, type ProductTable } from '../factories/product-rows.js';
import { testStores, type TestStores } from './stores.js';

const report = z.object({
  source: z.string(),
  status: z.enum(['succeeded', 'held', 'failed']),
  staged: z.number(),
  loaded: z.number(),
  rejected: z.number(),
  deleted: z.number(),
  held: z.object({ live: z.number(), missing: z.number(), found: z.number(), next: z.string() }).optional(),
  notes: z.array(z.string()).optional(),
  error: z.object({ class: z.string(), code: z.string(), message: z.string() }).optional(),
});
export type ReportedSource = z.output<typeof report>;
const reports = z.object({ sources: z.array(report) });
const anyRow = z.record(z.string(), z.unknown());

export interface ExtractOptions {
  /** Names of the sources to read; absent: all. */
  only?: readonly string[];
  lagSeconds?: number;
  lagIds?: number;
  /** Seconds between key sweeps; absent: never. */
  sweepEvery?: number;
  stages?: readonly Stage[];
  /** Wraps each source before it is read, e.g. to change the product in the middle of an extraction. */
  around?: (source: ReadableSource) => ReadableSource;
  context?: Partial<RunContext>;
}

/** Steps 1 and 2 over a product of one's own: Postgres, graph and files in, raw_*, dim_*, fact_* and agg_* out. */
export class Warehouse {
  /** Sources that the last extraction told alert rules to be held. */
  heldSweeps: string[] = [];

  private constructor(
    readonly clickhouse: ClickHouse,
    readonly postgres: Postgres,
    readonly graph: Graph,
    readonly stores: TestStores,
  ) {}

  static async open(): Promise<Warehouse> {
    const stores = await testStores();
    await migrateClickHouse(stores.clickhouseUrl);
    await migrateGraph(stores.graph);
    const postgres = new Postgres(createDataSource(stores.postgresUrl, []));
    await postgres.withSession((session) => createProductSchema(session));
    return new Warehouse(new ClickHouse(stores.clickhouseUrl), postgres, stores.graph, stores);
  }

  async close(): Promise<void> {
    await Promise.all([this.clickhouse.close(), this.postgres.close()]);
    await this.stores.close();
  }

  /** Product, files and warehouse as on the first day. */
  async empty(): Promise<void> {
    const tables = postgresSources.map((source) => `product.${source.name}`).join(', ');
    await this.postgres.execute(`TRUNCATE ${tables} CASCADE`);
    await this.graph.write('MATCH (n) WHERE n:Entity OR n:Trend DETACH DELETE n', {}, z.unknown());
    rmSync(join(this.stores.dataDir, 'external'), { recursive: true, force: true });
    await this.forget();
  }

  /** The warehouse alone as on the first day. */
  async forget(): Promise<void> {
    const tables = await this.clickhouse.rows(
      `SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, '^(raw|dim|fact|agg|delta)_') AND (total_rows > 0 OR comment != '')`,
      {},
      z.object({ name: z.string() }),
    );
    for (const { name } of tables) {
      await this.clickhouse.command(`TRUNCATE TABLE ${name}`);
      await this.clickhouse.command(`ALTER TABLE ${name} MODIFY COMMENT ''`);
    }
  }

  async put(table: ProductTable, ...rows: ProductRow[]): Promise<void> {
    await put(this.postgres, table, ...rows);
  }

  putFile(path: string, content: string): void {
    const file = join(this.stores.dataDir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  async step1(options: ExtractOptions = {}): Promise<StepOutcome> {
    const chosen = <T extends { name: string }>(all: readonly T[]) =>
      all.filter((source) => options.only?.includes(source.name) ?? true);
    const others = [
      ...chosen(graphSources).map((source) => graphSource(this.graph, source)),
      ...chosen(readFileSources()).map((source) =>
        fileSource(source, { dataDir: this.stores.dataDir }, this.clickhouse),
      ),
    ];
    const step = new ExtractSources(
      new RawStore(this.clickhouse),
      (work) =>
        withPostgresSnapshot(
          this.postgres,
          chosen(postgresSources),
          { seconds: options.lagSeconds ?? 600, ids: options.lagIds ?? 5000 },
          ({ sources, ...snapshot }) =>
            work({
              ...snapshot,
              sources: [...sources, ...others].map((source) => options.around?.(source) ?? source),
            }),
        ),
      (options.stages ?? loadStages(undefined)).map((stage) => stage.name),
      {
        log: new Sweeps(this.clickhouse),
        intervalSeconds: options.sweepEvery ?? 0,
        signal: (held) => {
          this.heldSweeps = held.map(({ source }) => source);
          return Promise.resolve();
        },
      },
    );
    return await step.execute(this.context(options.context));
  }

  /** Step 1, one report a source. */
  async extract(options: ExtractOptions = {}): Promise<Record<string, ReportedSource>> {
    const outcome = await this.step1(options);
    return Object.fromEntries(reports.parse(outcome.detail).sources.map((found) => [found.source, found]));
  }

  /** What step 1 did with one source: rows loaded and rejected. Throws when it failed. */
  async extractOne(
    source: string,
    options: ExtractOptions = {},
  ): Promise<[loaded: number, rejected: number]> {
    const found = (await this.extract({ ...options, only: [source] }))[source];
    if (!found || found.error) throw new Error(found?.error?.message ?? `no report of ${source}`);
    return [found.loaded, found.rejected];
  }

  /** Step 2: all models and data tests. */
  async step2(
    context: Partial<RunContext> = {},
    stages: readonly Stage[] = loadStages(undefined),
    options: BuildOptions = {},
  ): Promise<StepOutcome> {
    return await new BuildModels(this.models(stages)).execute(this.context(context), options);
  }

  models(stages: readonly Stage[] = loadStages(undefined), currency = 'USD'): ModelStore {
    return new ModelStore(this.clickhouse, stages, currency);
  }

  /** Builds the named models whole, in build order; throws when one is not published. */
  async build(names: readonly string[], stages?: readonly Stage[]): Promise<void> {
    const step = new BuildModels(this.models(stages));
    const { error } = await step.execute(this.context(), { only: new Set(names), full: true });
    if (error) throw new Error(error.message);
  }

  async rows(query: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>[]> {
    return await this.clickhouse.rows(query, params, anyRow);
  }

  /** The first column of every row. */
  async list(query: string, params: Record<string, unknown> = {}): Promise<unknown[]> {
    return (await this.rows(query, params)).map((row) => Object.values(row)[0]);
  }

  /** Every row of a raw table without bookkeeping, as text in a fixed order. */
  async rawRows(source: string): Promise<unknown[]> {
    return await this.list(
      `SELECT toString(tuple(* EXCEPT (_run_id, _extracted_at, _version_at))) AS line FROM raw_${source} ORDER BY line`,
    );
  }

  async rejects(source = ''): Promise<Reject[]> {
    return await listRejects(this.clickhouse, { source, limit: 1000 });
  }

  /** Key and reason of every reject, in order. */
  async rejectCodes(source = ''): Promise<string[]> {
    return (await this.rejects(source))
      .map(({ recordKey, reasonCode }) => `${recordKey} ${reasonCode}`)
      .sort();
  }

  context(overrides: Partial<RunContext> = {}): RunContext {
    return {
      runId: randomUUID(),
      asOf: '2026-06-17T12:00:00.000000Z',
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...overrides,
    };
  }
}
