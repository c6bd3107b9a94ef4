import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import { BuildModels } from '../../modules/warehouse/application/build-models.js';
import { createStreamChanges, loadStages } from '../../modules/warehouse/index.js';
import { ModelStore } from '../../modules/warehouse/infrastructure/model-store.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { migrateClickHouse } from '../../src/platform/clickhouse/clickhouse-migrations.js';
import { EmbeddedStores } from '../../src/platform/embedded/embedded-stores.js';
import { createLogger } from '../../src/platform/logging/logging.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { createProductSchema } from '../../src/seed/seed.js';
import { putMarket, uuidOf } from '../factories/product-rows.js';

export interface CdcLatencies {
  history: number;
  handOverSeconds: number;
  firstBuildSeconds: number;
  /** Seconds from the commit to the row in fact_user_activity, ascending. */
  latencies: number[];
  /** Seconds from the last commit of a batch to its confirmation in raw: median and 95 %. */
  landing: number[];
}

/**
 * Activity events of `history` rows, streamed; then single-row commits, each `everyMs` after the one before. How long each
 * took into the facts, looked at every 20 ms.
 */
export async function measureCdc(options: {
  history: number;
  commits: number;
  everyMs: number;
}): Promise<CdcLatencies> {
  const dataDir = mkdtempSync(join(tmpdir(), 'insights-bench-cdc-'));
  const stores = await EmbeddedStores.attach({
    dataDir,
    stores: ['clickhouse', 'postgres'],
    timeoutMs: 120_000,
  });
  const { clickhouse: server, postgres: database } = stores.endpoints;
  if (!server || !database) throw new Error('the embedded host gave no addresses');
  const url = new URL(server.url);
  url.username = server.username;
  url.password = server.password;
  await migrateClickHouse(url.href);
  const clickhouse = new ClickHouse(url.href);
  const postgres = new Postgres(createDataSource(database.url, migrations));
  const stop = new AbortController();
  let streaming: Promise<void> = Promise.resolve();
  try {
    await postgres.migrate();
    await postgres.withSession((session) => createProductSchema(session));
    await putMarket(postgres);
    await addActivity(postgres, 1, options.history);
    const stages = loadStages(undefined);
    const models = new BuildModels(new ModelStore(clickhouse, stages, 'USD'));
    const started = performance.now();
    let handedOver = 0;
    const build = async (signal: AbortSignal): Promise<void> => {
      const asOf = new Date().toISOString();
      const outcome = await models.execute({
        runId: randomUUID(),
        asOf,
        signal,
        onProgress: () => undefined,
      });
      if (outcome.error) throw new Error(outcome.error.message);
    };
    const stream = createStreamChanges(
      clickhouse,
      postgres,
      { slot: 'bench', stageNames: stages.map((stage) => stage.name) },
      {
        betweenRuns: (_wait, work) => work(new AbortController().signal),
        build,
        // In the service a run follows, which builds.
        handedOver: async () => {
          handedOver = performance.now();
          await build(stop.signal);
        },
        logger: createLogger('warn'),
      },
    );
    streaming = stream.run(stop.signal);
    await visible(clickhouse, options.history);
    const built = performance.now();
    await delay(5_000);
    const latencies = await commitAndWatch(clickhouse, postgres, options);
    return {
      history: options.history,
      handOverSeconds: (handedOver - started) / 1000,
      firstBuildSeconds: (built - handedOver) / 1000,
      latencies: latencies.sort((a, b) => a - b),
      landing: await landingSeconds(clickhouse),
    };
  } finally {
    stop.abort();
    await streaming;
    await Promise.all([clickhouse.close(), postgres.close()]);
    await stores.close();
    await delay(3_000);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 1000 });
  }
}

const landingSeconds = async (clickhouse: ClickHouse): Promise<number[]> =>
  (
    await clickhouse.row(
      `SELECT quantilesExact(0.5, 0.95)(dateDiff('millisecond', assumeNotNull(committed_at), recorded_at) / 1000) AS seconds
       FROM raw_cdc WHERE state = 'done' AND rows > 0`,
      {},
      z.object({ seconds: z.array(z.number()) }),
    )
  ).seconds;

const addActivity = (postgres: Postgres, from: number, to: number) =>
  postgres.execute(
    `INSERT INTO product.user_activity SELECT n, $1::uuid, 'search', NULL, NULL, '2025-01-01Z'::timestamptz + n * interval '20 seconds' FROM generate_series($2::bigint, $3::bigint) n`,
    [uuidOf('owner'), from, to],
  );

const highest = async (clickhouse: ClickHouse): Promise<number> =>
  (
    await clickhouse.row(
      'SELECT max(activity_id) AS highest FROM fact_user_activity',
      {},
      z.object({ highest: z.coerce.number() }),
    )
  ).highest;

async function visible(clickhouse: ClickHouse, id: number): Promise<void> {
  while ((await highest(clickhouse)) < id) await delay(20);
}

async function commitAndWatch(
  clickhouse: ClickHouse,
  postgres: Postgres,
  { history, commits, everyMs }: { history: number; commits: number; everyMs: number },
): Promise<number[]> {
  const committed = new Map<number, number>();
  const latencies: number[] = [];
  const watching = (async () => {
    while (latencies.length < commits) {
      const seen = await highest(clickhouse);
      const now = performance.now();
      for (const [id, at] of committed) {
        if (id > seen) continue;
        latencies.push((now - at) / 1000);
        committed.delete(id);
      }
      await delay(20);
    }
  })();
  for (let n = 1; n <= commits; n++) {
    await addActivity(postgres, history + n, history + n);
    committed.set(history + n, performance.now());
    await delay(everyMs);
  }
  await watching;
  return latencies;
}

if (process.argv[1] === import.meta.filename) {
  const history = Number(process.argv[2] ?? 1_000_000);
  const { latencies, ...rest } = await measureCdc({
    history,
    commits: 100,
    everyMs: Number(process.argv[3] ?? 500),
  });
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
  console.log(JSON.stringify({ ...rest, p50: at(0.5), p95: at(0.95), max: latencies.at(-1) }));
}
