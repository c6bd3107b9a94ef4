import neo4j, { type Driver } from 'neo4j-driver';
import { z } from 'zod';
import { parseSyncDefinition } from '../../../modules/sync/index.js';
import { migrateGraph } from '../../../src/platform/graph/graph-migrations.js';
import { Neo4jGraph } from '../../../src/platform/graph/neo4j-graph.js';
import { startNeo4j } from '../../servers/neo4j.js';
import { judged, type Measure, median, timed } from '../measure.js';
import { createModel } from './data.js';
import { runSyncOn, told, type World } from './world.js';

const NODE_MODEL = 'insight_bench_nodes';
const MOST = 100_000;
const BATCH = 5000;
const ROUNDS = 3;

const node = z.object({
  id: z.coerce.bigint(),
  name: z.string(),
  insightScore: z.number(),
  insightQty: z.coerce.bigint(),
  insightActive: z.boolean(),
});
type Node = z.output<typeof node>;
const NODES = `SELECT id, name, d1 AS insightScore, qty AS insightQty, active AS insightActive FROM ${NODE_MODEL} ORDER BY id`;

/** New nodes through the product and through the driver alone, in batches of one size, in turn. */
export async function graphLoad(world: World): Promise<Measure[]> {
  const server = await startNeo4j();
  if ('unavailable' in server) {
    world.log(`NOT MEASURED: Neo4j, because ${server.unavailable}`);
    return [];
  }
  const auth = neo4j.auth.basic(server.user, server.password);
  const driver = neo4j.driver(server.uri, auth, { useBigInt: true });
  const graph = new Neo4jGraph(server);
  try {
    await migrateGraph(graph);
    const rows = Math.min(world.rows, MOST);
    await createModel(world.stores.clickhouse, NODE_MODEL, rows, world.seed);
    const nodes = await world.stores.clickhouse.rows(NODES, {}, node);
    const product: number[] = [];
    const raw: number[] = [];
    // The first round warms the server up, and is not counted.
    for (let round = 0; round <= ROUNDS; round++) {
      const label = `BenchItem${round}`;
      const definition = nodeDefinition(`bench_graph_${round}`, label);
      await prepare(driver, [label, `${label}Raw`]);
      const rawSeconds = (await timed(() => sendRaw(driver, `${label}Raw`, nodes))).seconds;
      const run = await runSyncOn({ ...world.stores, graph }, [definition])(definition);
      if (run.outcome.inserted !== rows) throw new Error(`${run.outcome.inserted} nodes were made`);
      world.log(`graph: ${told(run)}; driver alone ${rawSeconds.toFixed(2)} s`);
      if (round === 0) continue;
      product.push(run.seconds);
      raw.push(rawSeconds);
    }
    const perSecond = (seconds: number[]): number => Math.round(rows / median(seconds));
    return [
      judged(
        {
          name: `Neo4j: ${rows.toLocaleString('en-US')} nodes in batches of ${BATCH.toLocaleString('en-US')}`,
          value: perSecond(product),
          unit: 'nodes/s',
          against: { what: 'the driver alone', value: perSecond(raw), unit: 'nodes/s' },
          ratio: median(raw.map((alone, round) => alone / (product[round] ?? Number.NaN))),
        },
        { atLeast: 0.9 },
      ),
    ];
  } finally {
    await Promise.all([graph.close(), driver.close()]);
    await server.stop();
  }
}

const nodeDefinition = (name: string, label: string) =>
  parseSyncDefinition(
    `
name: ${name}
model: ${NODE_MODEL}
mode: upsert
key: [id]
target: { kind: graph, node: { label: ${label}, existing: false } }
mapping:
  id: integer
  name: text
  insightScore: { from: d1, type: float }
  insightQty: { from: qty, type: integer }
  insightActive: { from: active, type: boolean }
batch_size: ${BATCH}
`,
    `${name}.yaml`,
  );

async function prepare(driver: Driver, labels: readonly string[]): Promise<void> {
  for (const label of labels)
    await driver.executeQuery(
      `CREATE CONSTRAINT ${label}_id IF NOT EXISTS FOR (n:${label}) REQUIRE n.id IS UNIQUE`,
    );
}

/** What anybody would write who has the rows in memory: one MERGE statement and one transaction a batch. */
async function sendRaw(driver: Driver, label: string, nodes: readonly Node[]): Promise<void> {
  const session = driver.session();
  try {
    for (let at = 0; at < nodes.length; at += BATCH) {
      const rows = nodes.slice(at, at + BATCH);
      await session.executeWrite((tx) =>
        tx.run(`UNWIND $rows AS row MERGE (n:${label} {id: row.id}) SET n += row`, { rows }),
      );
    }
  } finally {
    await session.close();
  }
}
