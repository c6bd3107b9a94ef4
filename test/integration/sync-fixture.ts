import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import {
  createSyncs,
  parseSyncDefinition,
  type Selection,
  type SyncDefinition,
  type SyncOptions,
  type SyncOutcome,
  type Syncs,
} from '../../modules/sync/index.js';
import { ClickHouseChangeStore } from '../../modules/sync/infrastructure/change-store/clickhouse-change-store.js';
import { GraphTarget } from '../../modules/sync/infrastructure/graph-target/graph-target.js';
import { PostgresTarget } from '../../modules/sync/infrastructure/postgres-target/postgres-target.js';
import type { ChangeStore, StagedChanges, SyncTarget } from '../../modules/sync/application/ports.js';
import { migrateClickHouse } from '../../src/platform/clickhouse/clickhouse-migrations.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { migrateGraph } from '../../src/platform/graph/graph-migrations.js';
import type { Graph } from '../../src/platform/graph/graph.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import type { RunContext } from '../../src/kernel/progress.js';
import { testStores, type TestStores } from '../support/stores.js';

/** Where the process is killed: before the target's transaction commits, or after it and before the state is written. */
export type Kill = 'before commit' | 'before confirm';

/** Migrated stores of one test file and the syncs on them. */
export class SyncFixture {
  private constructor(
    readonly clickhouse: ClickHouse,
    readonly postgres: Postgres,
    readonly graph: Graph,
    private readonly stores: TestStores,
  ) {}

  /** `graph` instead of the embedded one of the test stores; the caller closes it. */
  static async open(graph?: Graph): Promise<SyncFixture> {
    const stores = await testStores();
    await migrateClickHouse(stores.clickhouseUrl);
    await migrateGraph(graph ?? stores.graph);
    const postgres = new Postgres(createDataSource(stores.postgresUrl, migrations));
    await postgres.migrate();
    return new SyncFixture(new ClickHouse(stores.clickhouseUrl), postgres, graph ?? stores.graph, stores);
  }

  async close(): Promise<void> {
    await Promise.all([this.clickhouse.close(), this.postgres.close()]);
    await this.stores.close();
  }

  /** A run that exists in the ledger, as the pipeline hands it to its steps. */
  async context(overrides: Partial<RunContext> = {}): Promise<RunContext> {
    const runId = overrides.runId ?? randomUUID();
    await this.postgres.execute(
      `INSERT INTO insights_ops.pipeline_runs (id, trigger, status, as_of) VALUES ($1, 'manual', 'running', now()) ON CONFLICT DO NOTHING`,
      [runId],
    );
    return {
      runId,
      asOf: '2026-11-01T00:00:00.000000Z',
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...overrides,
    };
  }

  syncs(definitions: readonly SyncDefinition[], options: SyncOptions = {}): Syncs {
    return createSyncs(this, { definitions, ...options });
  }

  async run(definitions: readonly SyncDefinition[], context?: RunContext): Promise<SyncOutcome[]> {
    const outcome = await this.syncs(definitions).step.execute(context ?? (await this.context()));
    return outcomes(outcome.detail.syncs);
  }

  /** One sync, run alone. */
  async sync(
    definition: SyncDefinition,
    { selection, ...options }: SyncOptions & { selection?: Selection } = {},
  ): Promise<SyncOutcome> {
    return await this.syncs([definition], options).run.execute(definition, {
      runId: randomUUID(),
      trigger: 'manual',
      requestedBy: 'test',
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...(selection === undefined ? {} : { selection }),
    });
  }

  /** A run whose process ends at `kill`, as far as the stores can tell. */
  async runAndKill(definitions: readonly SyncDefinition[], kill: Kill): Promise<void> {
    const store = new ClickHouseChangeStore(this.clickhouse);
    const changes: ChangeStore = {
      check: (definition) => store.check(definition),
      dropStale: (sync, token) => store.dropStale(sync, token),
      stage: async (definition, run, selection) => dying(await store.stage(definition, run, selection)),
    };
    const targets = {
      postgres: mortal(new PostgresTarget(this.postgres), kill),
      graph: mortal(new GraphTarget(this.graph), kill),
    };
    await this.syncs(definitions, { changes, targets }).step.execute(await this.context());
  }

  async count(query: string): Promise<number> {
    const [row] = await this.postgres.query(query, [], z.object({ count: z.coerce.number() }));
    return row?.count ?? 0;
  }

  /** Keys that the state says the target holds; a hash of 0 or 1 says only that a run meant to write. */
  async confirmed(sync: string): Promise<number> {
    const query = `SELECT count() AS count FROM sync_state FINAL WHERE sync = {sync: String} AND deleted = 0 AND row_hash > 1`;
    return (await this.clickhouse.row(query, { sync }, z.object({ count: z.coerce.number() }))).count;
  }
}

const die = () => Promise.reject(new Error('killed'));

/** A killed process never confirms and never clears up after itself. */
function dying(staged: StagedChanges): StagedChanges {
  staged.confirm = die;
  staged.finish = die;
  staged.drop = () => Promise.resolve();
  return staged;
}

/** Killed before the commit, nothing of the write has happened. */
function mortal(target: SyncTarget, kill: Kill): SyncTarget {
  if (kill === 'before commit') target.write = die;
  return target;
}

const counts = {
  inserted: z.number(),
  updated: z.number(),
  deleted: z.number(),
  unchanged: z.number(),
  failed: z.number(),
  held: z.number(),
};
const outcomes = (syncs: unknown): SyncOutcome[] =>
  z
    .array(
      z.object({
        name: z.string(),
        target: z.string(),
        status: z.enum(['succeeded', 'partial', 'failed', 'held', 'cancelled', 'skipped']),
        ...counts,
        reason: z.string(),
        timings: z.record(z.string(), z.number()),
        error: z
          .object({
            class: z.enum(['transient', 'rejected', 'configuration', 'bug']),
            code: z.string(),
            message: z.string(),
          })
          .optional(),
      }),
    )
    .parse(syncs);

/** Figures of a sync that did nothing. */
export const NONE = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, failed: 0, held: 0 };

/** Only the figures of an outcome, to compare whole. */
export function figures({ inserted, updated, deleted, unchanged, failed, held }: SyncOutcome) {
  return { inserted, updated, deleted, unchanged, failed, held };
}

/** A definition from YAML text, as a file would give it. */
export function definition(yaml: string): SyncDefinition {
  return parseSyncDefinition(yaml, 'test.yaml');
}
