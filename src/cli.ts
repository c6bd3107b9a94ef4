import 'reflect-metadata';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { createProductSchema, seedProduct } from './seed/seed.js';
import { describeConfig, readConfig } from './config/env.js';
import { toAppError } from './kernel/errors.js';
import { redact } from './platform/logging/redact.js';
import { withModules, withStores } from './cli/context.js';
import { addInsightBacktest } from './cli/insight-backtest.js';
import { addInsightDeals } from './cli/insight-deals.js';
import { addInsightNetwork } from './cli/insight-network.js';
import { addInsightForecast } from './cli/insight-forecast.js';
import { addInsightBenchmarks } from './cli/insight-benchmarks.js';
import { addInsightReport } from './cli/insight-report.js';
import { addModels } from './cli/insight-model.js';
import { addMigrate } from './cli/migrate.js';
import { count, JSON_OPTION, type JsonOption, positive } from './cli/options.js';
import { EXIT, note, print, printJson, progressDisplay, table, thousands } from './cli/output.js';
import { describePredictiveness, describeRun } from './cli/summary.js';
import { addSync } from './cli/sync.js';
import { PipelineRunner, PostgresRunLedger, type Run } from '../modules/operations/index.js';
import { InsightReader } from '../modules/scoring-insight/index.js';
import { addWarehouse } from './cli/warehouse.js';
import { graphRow } from './platform/graph/graph.js';
import { STORES } from './platform/platform.module.js';
import { type Postgres } from './platform/postgres/postgres.js';
import type { Stores } from './platform/stores.js';

const instant = (text: string): string => {
  const parsed = z.iso.datetime({ offset: true }).safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError('An ISO 8601 instant such as 2026-01-31T08:00:00Z.');
  return new Date(text).toISOString();
};
const scale = (text: string): number => {
  const value = positive(text);
  if (value < 0.02 || value > 10) throw new InvalidArgumentError('A factor from 0.02 to 10.');
  return value;
};
const program = new Command('cli')
  .description(
    'TERAFFI Insights: product data into ClickHouse, insight back to Postgres, the graph and Slack',
  )
  .showHelpAfterError('(add --help for what it takes)')
  .exitOverride();

addMigrate(program);

program
  .command('seed')
  .description(
    'fill the product tables, the graph and the external files with made-up data; refuses a product that holds rows',
  )
  .option('--empty', 'only create the tables, for data of your own')
  .option('--seed <number>', 'which made-up history', count, 1)
  .option('--as-of <instant>', 'the day the history ends', instant)
  .option('--scale <factor>', '1 is the demo: 12,000 partnerships, 500,000 activity events', scale, 1)
  .option(...JSON_OPTION)
  .action(async (options: JsonOption & { empty?: boolean; seed: number; asOf?: string; scale: number }) => {
    const config = readConfig(process.env);
    const progress = progressDisplay();
    const result = await withStores(async (stores) => {
      await stores.migrate();
      return await stores.postgres.withSession(async (session) => {
        if (options.empty) {
          await createProductSchema(session);
          return { created: 'product' };
        }
        return await seedProduct(session, stores.graph, {
          seed: options.seed,
          scale: options.scale,
          asOf: new Date(options.asOf ?? Date.now()),
          dataDir: config.DATA_DIR,
          onProgress: progress.report,
        });
      });
    }).finally(() => progress.stop());
    if (options.json) printJson(result);
    else if ('created' in result) print('The schema product is there, empty. Load your rows, then: cli run');
    else {
      const rows = Object.entries(result).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number',
      );
      print(
        table(
          ['seeded', 'rows'],
          rows.map(([name, value]) => [name, thousands(value)]),
          [1],
        ),
      );
      print('Next: cli run');
    }
  });

program
  .command('run')
  .description('run the pipeline once: extract, model, insight, sync, alert')
  .option('--as-of <instant>', 'the now of this run (default: the clock)', instant)
  .option(...JSON_OPTION)
  .action(async ({ json, asOf }: JsonOption & { asOf?: string }) => {
    const stop = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
    const progress = progressDisplay();
    const run = await withModules(async (modules) => {
      await modules.get<Stores>(STORES).migrate();
      const runner = modules.get(PipelineRunner);
      const requested = await runner.request({ trigger: 'manual', ...(asOf ? { asOf } : {}) });
      if (!requested) throw new Error('a manual run has no schedule slot to lose');
      return await runner.execute(requested.id, { signal: stop.signal, onProgress: progress.report });
    }).finally(() => progress.stop());
    if (json) printJson(run);
    else print(describeRun(run));
    process.exitCode = exitCodeOf(run);
  });

program
  .command('status')
  .description('the stores and the latest runs')
  .option('--limit <number>', 'how many runs', count, 5)
  .option(...JSON_OPTION)
  .action(async ({ json, limit }: JsonOption & { limit: number }) => {
    const status = await withStores(async ({ clickhouse, postgres, graph }) => {
      const stores = await Promise.all(
        Object.entries({ postgres, clickhouse, graph }).map(async ([name, store]) => {
          const failure = await store.ping().then(
            () => null,
            (error: unknown) => toAppError(error, name),
          );
          return { name, status: failure === null ? 'up' : 'down', error: failure?.code ?? null };
        }),
      );
      const migrated = stores.every((store) => store.status === 'up') && (await hasLedger(postgres));
      return { stores, runs: migrated ? await new PostgresRunLedger(postgres).list({ limit }) : [] };
    });
    if (json) printJson(status);
    else {
      print(
        table(
          ['store', 'status', 'error'],
          status.stores.map((store) => [store.name, store.status, store.error ?? '']),
        ),
      );
      print(
        status.runs.length > 0
          ? table(
              ['run', 'status', 'trigger', 'as of', 'finished'],
              status.runs.map((run) => [run.id, run.status, run.trigger, run.asOf, run.finishedAt ?? '']),
            )
          : 'No run yet. Start one: cli run',
      );
    }
    if (status.stores.some((store) => store.status === 'down')) process.exitCode = EXIT.failed;
  });

program
  .command('config')
  .description('every environment variable of the service, where its value comes from and what it means')
  .option(...JSON_OPTION)
  .action(({ json }: JsonOption) => {
    readConfig(process.env);
    const variables = describeConfig(process.env);
    if (json) printJson({ variables });
    else
      print(
        table(
          ['variable', 'value', 'from', 'meaning'],
          variables.map((v) => [v.name, v.value ?? '', v.source, v.meaning]),
        ),
      );
  });

const insight = program.command('insight').description('what the latest run learned');
insight
  .command('predictiveness')
  .description('which affinity components predict success, with intervals')
  .option(...JSON_OPTION)
  .action(async ({ json }: JsonOption) => {
    const report = await withModules((modules) => modules.get(InsightReader).latestPredictiveness());
    if (json) printJson(report);
    else print(report ? describePredictiveness(report) : 'No run has finished yet. Start one: cli run');
    if (!report) process.exitCode = EXIT.failed;
  });

addInsightBacktest(insight);
addInsightDeals(insight);
addInsightBenchmarks(insight);
addInsightForecast(insight);
addInsightNetwork(insight);
addInsightReport(insight);

addModels(insight);
addWarehouse(program);
addSync(program);

const graph = program.command('graph').description('the affinity graph');
graph
  .command('query <cypher>')
  .description('run one read-only Cypher statement')
  .option(...JSON_OPTION)
  .action(async (cypher: string, { json }: JsonOption) => {
    const rows = await withStores((stores) => stores.graph.read(cypher, {}, graphRow));
    if (json) printJson({ rows });
    else {
      const columns = Object.keys(rows[0] ?? {});
      const text = (value: unknown) =>
        typeof value === 'string' ? value : (JSON.stringify(value, bigintAsText) ?? '');
      print(
        rows.length > 0
          ? table(
              columns,
              rows.map((row) => columns.map((column) => text(row[column]))),
            )
          : 'No rows.',
      );
    }
  });

const bigintAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

async function hasLedger(postgres: Postgres): Promise<boolean> {
  const [found] = await postgres.query(
    `SELECT to_regclass('insights_ops.pipeline_runs') IS NOT NULL AS found`,
    [],
    z.object({ found: z.boolean() }),
  );
  return found?.found ?? false;
}

function exitCodeOf(run: Run): number {
  if (run.status === 'succeeded') return EXIT.succeeded;
  return run.status === 'partial' || run.status === 'held' ? EXIT.partial : EXIT.failed;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.succeeded : EXIT.usage;
  } else {
    const failure = toAppError(error, 'cli');
    // ClickHouse knows no such table or database: the schema is not there yet.
    const unmigrated = failure.code === 'clickhouse_60' || failure.code === 'clickhouse_81';
    const message = unmigrated
      ? 'There is nothing here yet. Run: cli migrate, then cli run'
      : redact(failure.message);
    if (process.argv.includes('--json')) {
      printJson({ error: { class: failure.class, source: failure.source, code: failure.code, message } });
    }
    note(`${failure.code}: ${message}`);
    if (failure.class === 'bug' && !unmigrated && failure.cause instanceof Error)
      note(redact(failure.cause.stack ?? ''));
    process.exitCode = EXIT.failed;
  }
}
