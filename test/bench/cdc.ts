import { randomUUID } from 'node:crypto';
import { cpus, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import { BuildModels } from '../../modules/warehouse/application/build-models.js';
import { createStreamChanges, loadStages } from '../../modules/warehouse/index.js';
import { ModelStore } from '../../modules/warehouse/infrastructure/model-store.js';
import type { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { createLogger } from '../../src/platform/logging/logging.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { createProductSchema } from '../../src/seed/seed.js';
import { putMarket, uuidOf } from '../factories/product-rows.js';
import { asLine, judged, type Measure, quantile } from './measure.js';
import { type BenchStores, openBenchStores } from './stores.js';

const HELP = `npm run bench:cdc -- [--rows N] [--commits N] [--every MS] [--json] [--keep]

Measures change data capture behind N activity events of history, in embedded stores of its own, in a temporary folder that
is removed at the end: how long a commit in Postgres takes into the facts, the build of the models included.

  --rows N      activity events that are there before (default 1,000,000)
  --commits N   commits of one row each that are followed (default 100)
  --every MS    pause between two commits in milliseconds (default 500)
  --json        one JSON document on standard output instead of lines
  --keep        leave the data folder and print where it is

It asserts nothing: a goal that is missed is a line that says so. What is measured and how to read it: docs/benchmarks.md`;

/** From the commit to the row in fact_user_activity, 95 of 100. */
const GOAL_SECONDS = 5;

const wanted = z.object({
  rows: z.coerce.number().int().min(1).default(1_000_000),
  commits: z.coerce.number().int().min(1).default(100),
  every: z.coerce.number().int().nonnegative().default(500),
  json: z.boolean().default(false),
  keep: z.boolean().default(false),
  help: z.boolean().default(false),
});
type Wanted = z.output<typeof wanted>;

/** The command line, or undefined when it asks for something else. */
function parsedArguments(): Wanted | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    const { values } = parseArgs({
      options: { rows: text, commits: text, every: text, json: flag, keep: flag, help: flag },
    });
    return wanted.parse(values);
  } catch {
    return undefined;
  }
}

async function bench({ rows, commits, every, json, keep }: Wanted): Promise<void> {
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const log = (line: string): void =>
    void process.stderr.write(`${elapsed().toFixed(1).padStart(8)} s  ${line}\n`);
  const stores = await openBenchStores();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stores.close(keep).finally(() => process.exit(130)));
  try {
    const measures = await measureCdc(stores, { history: rows, commits, everyMs: every }, log);
    if (!json) for (const measure of measures) process.stdout.write(`${asLine(measure)}\n`);
    const machine = {
      cpus: cpus().length,
      model: cpus()[0]?.model ?? 'unknown',
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    };
    const seconds = Math.round(elapsed());
    if (json)
      process.stdout.write(
        `${JSON.stringify({ bench: 'cdc', rows, commits, every, machine, seconds, measures }, null, 2)}\n`,
      );
    log(`done; ${measures.filter((measure) => measure.holds === false).length} goals missed`);
  } finally {
    await stores.close(keep);
    if (keep) log(`kept ${stores.dataDir}`);
  }
}

/** History, a stream that has read it whole, then commits of one row, `everyMs` apart, each followed into the facts. */
async function measureCdc(
  { clickhouse, postgresUrl }: BenchStores,
  options: { history: number; commits: number; everyMs: number },
  log: (line: string) => void,
): Promise<Measure[]> {
  const postgres = new Postgres(createDataSource(postgresUrl, migrations));
  const stop = new AbortController();
  let streaming: Promise<void> = Promise.resolve();
  try {
    await postgres.migrate();
    await postgres.withSession((session) => createProductSchema(session));
    await putMarket(postgres);
    await addActivity(postgres, 1, options.history);
    log(`${options.history} activity events are in Postgres`);
    const stages = loadStages(undefined);
    const models = new BuildModels(new ModelStore(clickhouse, stages, 'USD'));
    const build = async (signal: AbortSignal): Promise<void> => {
      const asOf = new Date().toISOString();
      const { error } = await models.execute({
        runId: randomUUID(),
        asOf,
        signal,
        onProgress: () => undefined,
      });
      if (error) throw new Error(error.message);
    };
    const started = performance.now();
    let handedOver = Number.NaN;
    let built: () => void = () => undefined;
    const firstBuild = new Promise<void>((resolve) => (built = resolve));
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
          log('read whole; building');
          await build(stop.signal);
          built();
        },
        logger: createLogger('warn'),
      },
    );
    streaming = stream.run(stop.signal);
    await firstBuild;
    const ready = performance.now();
    log('built; following commits');
    const latencies = await commitAndWatch(clickhouse, postgres, options);
    return measuresOf(
      {
        handOver: (handedOver - started) / 1000,
        firstBuild: (ready - handedOver) / 1000,
        latencies,
        landing: await landingSeconds(clickhouse),
      },
      options.history,
    );
  } finally {
    stop.abort();
    await streaming;
    await postgres.close();
  }
}

interface Seconds {
  handOver: number;
  firstBuild: number;
  /** From a commit to its row in fact_user_activity. */
  latencies: readonly number[];
  /** From the last commit of a batch to its confirmation in raw: half of them, and 95 of 100. */
  landing: readonly [number, number];
}

function measuresOf({ handOver, firstBuild, latencies, landing }: Seconds, history: number): Measure[] {
  const unit = 's';
  const goal = { what: 'goal', value: GOAL_SECONDS, unit };
  const p95 = quantile(latencies, 0.95);
  return [
    { name: `hand-over: ${history.toLocaleString('en-US')} events read whole`, value: handOver, unit },
    { name: 'hand-over: first build of the models', value: firstBuild, unit },
    { name: 'commit to raw, p50', value: landing[0], unit },
    { name: 'commit to raw, p95', value: landing[1], unit },
    { name: 'commit to fact, p50', value: quantile(latencies, 0.5), unit },
    // Judged by the seconds: a ratio of a limit would hide how many they are.
    judged(
      { name: `commit to fact, p95 of ${latencies.length}`, value: p95, unit, against: goal },
      {
        under: GOAL_SECONDS,
      },
    ),
    { name: 'commit to fact, slowest', value: Math.max(...latencies), unit },
  ];
}

const landingSeconds = async (clickhouse: ClickHouse): Promise<[number, number]> =>
  (
    await clickhouse.row(
      `SELECT quantilesExact(0.5, 0.95)(dateDiff('millisecond', assumeNotNull(committed_at), recorded_at) / 1000) AS seconds
       FROM raw_cdc WHERE state = 'done' AND rows > 0`,
      {},
      z.object({ seconds: z.tuple([z.number(), z.number()]) }),
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

/** Seconds from each commit to its row in the facts, which are looked at every 20 ms. */
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

const options = parsedArguments();
if (options === undefined) {
  process.stderr.write(`${HELP}\n`);
  process.exitCode = 64;
} else if (options.help) process.stdout.write(`${HELP}\n`);
else await bench(options);
