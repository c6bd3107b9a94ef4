import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import type { Syncs, SyncStores } from '../../modules/sync/index.js';
import { migrateClickHouse } from '../../src/platform/clickhouse/clickhouse-migrations.js';
import { startGraphServer } from '../../src/platform/graph/embedded/graph-server.js';
import { migrateGraph } from '../../src/platform/graph/graph-migrations.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { FakeReceiver } from '../fakes/fake-receiver.js';
import { type TestStores, testStores } from '../support/stores.js';
import { idOf, type Kind, type ModelRow, rowsOf, type Scenario } from './scenario.js';
import { closeWorkerStores, type Job, openSyncs, openWorkerStores } from './sync-worker.js';

const SECRET = 'fault harness';
const count = z.object({ count: z.coerce.number() });
const texts = z.record(z.string(), z.unknown());

/** The stores that all seeds share. */
export class FaultWorld {
  private constructor(
    private readonly testStores: TestStores,
    private readonly graphServer: { url: string; close(): Promise<void> },
    private readonly graphToken: string,
    readonly receiver: FakeReceiver,
    readonly stores: SyncStores,
  ) {}

  static async open(): Promise<FaultWorld> {
    const stores = await testStores();
    await migrateClickHouse(stores.clickhouseUrl);
    const postgres = new Postgres(createDataSource(stores.postgresUrl, migrations));
    await postgres.migrate();
    await postgres.close();
    const token = randomBytes(16).toString('hex');
    const graph = await startGraphServer({ dir: join(stores.dataDir, 'fault-graph'), token });
    const receiver = await FakeReceiver.start({ secret: SECRET });
    const { clickhouseUrl, postgresUrl } = stores;
    const direct = {
      clickhouseUrl,
      postgresUrl,
      graphUrl: graph.url,
      graphToken: token,
      secret: SECRET,
      definition: '',
    };
    const opened = openWorkerStores(direct);
    await migrateGraph(opened.graph);
    return new FaultWorld(stores, graph, token, receiver, opened);
  }

  async close(): Promise<void> {
    await closeWorkerStores(this.stores);
    await this.receiver.stop();
    await this.graphServer.close();
    await this.testStores.close();
  }

  /** Where everything is, without proxies. */
  job(definition: string): Job {
    const { clickhouseUrl, postgresUrl } = this.testStores;
    const { url: graphUrl } = this.graphServer;
    return { clickhouseUrl, postgresUrl, graphUrl, graphToken: this.graphToken, secret: SECRET, definition };
  }

  /** The engine in this process. */
  syncs(definition: string): Syncs {
    return openSyncs(this.stores, this.job(definition));
  }

  /** Model table, target and foreign rows of a seed. */
  async prepare(seed: number, rows: number): Promise<void> {
    const { clickhouse, postgres, graph } = this.stores;
    this.receiver.reset();
    await clickhouse.command(
      `CREATE TABLE insight_fault_${seed} (id String, insightName Nullable(String), insightN Int64, insightFlag Bool) ENGINE = MergeTree ORDER BY id`,
    );
    await postgres.execute(
      `CREATE TABLE insights.fault_${seed} (id text PRIMARY KEY, "insightName" text, "insightN" bigint, "insightFlag" boolean)`,
    );
    await postgres.execute(`INSERT INTO insights.fault_${seed} VALUES ('foreign', 'theirs', 7, true)`);
    const ids = Array.from({ length: rows }, (_, index) => idOf(seed, index));
    const statement = `UNWIND $ids AS id MERGE (e:Entity {id: id}) SET e.name = 'theirs'`;
    if (ids.length > 0) await graph.write(statement, { ids }, z.unknown());
    const foreign = `MERGE (e:Entity {id: 'foreign'}) SET e.name = 'theirs', e.insightN = 7`;
    await graph.write(foreign, {}, z.unknown());
  }

  async setModel(seed: number, rows: readonly ModelRow[]): Promise<void> {
    const { clickhouse } = this.stores;
    const next = `insight_next_${seed}`;
    await clickhouse.command(`CREATE OR REPLACE TABLE ${next} AS insight_fault_${seed}`);
    if (rows.length > 0) await clickhouse.insertRows(next, rows);
    await clickhouse.command(`EXCHANGE TABLES ${next} AND insight_fault_${seed}`);
    await clickhouse.command(`DROP TABLE ${next} SYNC`);
  }

  async forget(seed: number): Promise<void> {
    const { clickhouse, postgres, graph } = this.stores;
    await clickhouse.command(`DROP TABLE IF EXISTS insight_fault_${seed} SYNC`);
    await postgres.execute(`DROP TABLE IF EXISTS insights.fault_${seed}`);
    await graph.write(`MATCH (e:Entity) DETACH DELETE e`, {}, z.unknown());
  }

  /** What is wrong at the end; empty: target = model, nothing foreign touched, nothing twice, nothing left behind. */
  async problems(seed: number, { kind, models, fault }: Scenario): Promise<string[]> {
    const history = models.map((versions) => rowsOf(seed, versions));
    const model = history.at(-1) ?? [];
    // Who has everything sent again wants it sent again.
    const replays = fault.action === 'replay' ? 1 : 0;
    const { clickhouse } = this.stores;
    const problems: string[] = [];
    const expected = asText([...model].map((row) => ({ ...row })));
    const actual = asText(await this.rowsOfTarget(seed, kind));
    if (actual !== expected)
      problems.push(`the target differs from the model\n  model  ${expected}\n  target ${actual}`);
    problems.push(
      ...(await this.foreignProblems(seed)),
      ...(kind === 'webhook' ? this.doubledEffects(history, replays) : []),
    );
    const sync = `fault_${seed}`;
    const state = `SELECT count() AS count FROM sync_state FINAL WHERE sync = {sync: String} AND deleted = 0`;
    const known = (await clickhouse.row(state, { sync }, count)).count;
    const confirmed = (await clickhouse.row(`${state} AND row_hash > 1`, { sync }, count)).count;
    if (known !== model.length || confirmed !== model.length)
      problems.push(`the state knows ${known} rows, ${confirmed} of them confirmed, of ${model.length}`);
    const stages = `SELECT count() AS count FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'sync_stage_')`;
    const left = (await clickhouse.row(stages, {}, count)).count;
    if (left > 0) problems.push(`${left} stage tables were left behind`);
    return problems;
  }

  private async rowsOfTarget(seed: number, kind: Kind): Promise<Record<string, unknown>[]> {
    const { postgres, graph } = this.stores;
    if (kind === 'postgres')
      return await postgres.query(`SELECT * FROM insights.fault_${seed} WHERE id <> 'foreign'`, [], texts);
    if (kind === 'webhook')
      return [...this.receiver.rows].map(([key, fields]) => ({ ...texts.parse(JSON.parse(key)), ...fields }));
    return await graph.read(
      `MATCH (e:Entity) WHERE e.id <> 'foreign' AND e.insightN IS NOT NULL
       RETURN e.id AS id, e.insightName AS insightName, e.insightN AS insightN, e.insightFlag AS insightFlag`,
      {},
      texts,
    );
  }

  private async foreignProblems(seed: number): Promise<string[]> {
    const { postgres, graph } = this.stores;
    const rows = await postgres.query(`SELECT * FROM insights.fault_${seed} WHERE id = 'foreign'`, [], texts);
    const expected = asText([{ id: 'foreign', insightName: 'theirs', insightN: '7', insightFlag: true }]);
    const touched = await graph.read(
      `MATCH (e:Entity) WHERE e.name <> 'theirs' OR e.name IS NULL OR (e.id = 'foreign' AND (e.insightN <> 7 OR e.insightN IS NULL)) RETURN e.id AS id`,
      {},
      texts,
    );
    return [
      ...(asText(rows) === expected ? [] : ['the foreign row of the table was touched']),
      ...(touched.length === 0
        ? []
        : [`foreign parts of the graph were touched: ${JSON.stringify(touched)}`]),
    ];
  }

  /**
   * Changes that had their effect more often than the model made them: sent again under another id, the receiver could
   * not know them. Values that left the model and came back are another change, whether or not anything was sent between.
   */
  private doubledEffects(history: readonly (readonly ModelRow[])[], replays: number): string[] {
    const allowed = new Map<string, number>();
    const effects = new Map<string, number>();
    const add = (counts: Map<string, number>, what: string): unknown =>
      counts.set(what, (counts.get(what) ?? 0) + 1);
    const ids = new Set(history.flatMap((rows) => rows.map(({ id }) => id)));
    for (const id of ids) {
      let before = 'gone';
      for (const rows of history) {
        const now = contentOf(rows.find((row) => row.id === id));
        if (now !== before) add(allowed, `${id}: ${now}`);
        before = now;
      }
    }
    for (const { op, key, ...effect } of this.receiver.effects) {
      const fields = 'fields' in effect ? effect.fields : undefined;
      add(effects, `${String(key.id)}: ${op === 'delete' ? 'gone' : contentOf(fields)}`);
    }
    return [...effects].flatMap(([what, times]) =>
      times > (allowed.get(what) ?? 0) + replays
        ? [`the receiver applied ${times} times what changed less often: ${what}`]
        : [],
    );
  }
}

function contentOf(row: Record<string, unknown> | ModelRow | undefined): string {
  if (row === undefined) return 'gone';
  const { insightName, insightN, insightFlag } = row;
  return JSON.stringify([insightName, insightN, insightFlag]);
}

/** The file of a seed's definition. `url` of the receiver: the proxy's. */
export function definitionOf(seed: number, kind: Kind, batchSize: number, url: string): string {
  const targets = {
    postgres: { kind, table: `insights.fault_${seed}` },
    webhook: { kind, url, secret: 'FAULT' },
    graph: { kind, node: { label: 'Entity', existing: true } },
  };
  return stringify({
    name: `fault_${seed}`,
    model: `insight_fault_${seed}`,
    mode: 'mirror',
    key: ['id'],
    target: targets[kind],
    mapping: { id: 'text', insightName: 'text', insightN: 'integer', insightFlag: 'boolean' },
    trigger: 'manual',
    guard: { deletes: { share: 1, at_least: 1000 }, empty: 'allow' },
    batch_size: batchSize,
  });
}

/** Rows by id, every value as text. */
function asText(rows: readonly Record<string, unknown>[]): string {
  return rows
    .map(({ id, insightName = null, insightN, insightFlag }) =>
      JSON.stringify([id, insightName, String(insightN), insightFlag]),
    )
    .sort()
    .join(' ');
}
