import 'reflect-metadata';
import { parseArgs } from 'node:util';
import type { INestApplicationContext } from '@nestjs/common';
import { z } from 'zod';
import { AlertReader } from '../modules/alerting/index.js';
import { PipelineRunner, readOrCreateApiKey, type Run } from '../modules/operations/index.js';
import { InsightReader } from '../modules/scoring-insight/index.js';
import { calibrate } from './cli/calibration.js';
import { withModules } from './cli/context.js';
import { EXIT, note, print, progressDisplay, thousands } from './cli/output.js';
import { describeBadges, describePredictiveness, describeRun, describeStalls } from './cli/summary.js';
import { type Config, readConfig } from './config/env.js';
import { AppError, toAppError } from './kernel/errors.js';
import { redact } from './platform/logging/redact.js';
import { STORES } from './platform/platform.module.js';
import { Postgres } from './platform/postgres/postgres.js';
import type { Stores } from './platform/stores.js';
import { seedProduct } from './seed/seed.js';

const HELP = `npm run demo [-- --once] [-- --scale X]

Seeds a made-up product into the configured stores (embedded ones under DATA_DIR by default), runs the pipeline twice
and shows what it found, then serves it on http://HOST:PORT. A product that already holds rows is left as it is.

  --once      exit after the summary instead of serving
  --scale X   size of the made-up product (default 1: 12,000 partnerships, 500,000 activity events)
  --help      this text`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean' },
      scale: { type: 'string', default: '1' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return print(HELP);
  const scale = z.coerce.number().min(0.02).max(10).safeParse(values.scale);
  if (!scale.success) {
    note('--scale takes a number from 0.02 to 10');
    process.exitCode = EXIT.usage;
    return;
  }
  const config = readConfig(process.env);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Seeding and starting cannot stop half way; a second signal ends them hard, which is safe to repeat.
      if (stop.signal.aborted) process.exit(EXIT.failed);
      note('Stopping after the work in hand; once more to stop at once');
      stop.abort();
    });
  }

  note(`Starting the stores (data under ${config.DATA_DIR})`);
  const succeeded = await withModules((modules) => show(modules, config, scale.data, stop.signal));
  if (!succeeded || stop.signal.aborted) {
    process.exitCode = EXIT.failed;
    return;
  }
  if (values.once) return;
  const { startService } = await import('./service.js');
  const service = await startService({
    ...config,
    LOG_LEVEL: config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL,
  });
  print(serving(service.url ?? '', config));
  await new Promise<void>((resolve) => {
    if (stop.signal.aborted) resolve();
    else stop.signal.addEventListener('abort', () => resolve());
  });
  await service.close();
  process.exit(0);
}

/** Seed, calibrate, run, summary, run again. False when a run did not succeed. */
async function show(
  modules: INestApplicationContext,
  config: Config,
  scale: number,
  signal: AbortSignal,
): Promise<boolean> {
  const stores = modules.get<Stores>(STORES);
  await stores.migrate();
  await seedIfEmpty(stores, config, scale);
  const calibration = await calibrate(modules.get(Postgres));

  note('Running the pipeline');
  const first = await runOnce(modules, signal);
  print(`\n${describeRun(first)}`);
  print(
    `Calibration: COPY of 1,000,000 rows out of Postgres takes ${calibration.toFixed(1)} s on this machine.`,
  );
  if (first.status !== 'succeeded') return false;

  const insight = modules.get(InsightReader);
  const report = await insight.latestPredictiveness();
  const messages = await modules.get(AlertReader).recentMessages(200);
  const [message] = messages.sort((a, b) => b.incidentIds.length - a.incidentIds.length);
  if (report) print(`\n${describePredictiveness(report)}`);
  print(`\n${describeBadges(await insight.topBadges(8))}`);
  print(`\n${describeStalls(await insight.stalledDeals(8), message)}`);

  note('\nRunning again on unchanged data');
  const second = await runOnce(modules, signal);
  const written = second.syncs.reduce((sum, sync) => sum + sync.inserted + sync.updated + sync.deleted, 0);
  const took =
    second.startedAt && second.finishedAt
      ? (Date.parse(second.finishedAt) - Date.parse(second.startedAt)) / 1000
      : NaN;
  print(
    `Second run: ${second.status} in ${took.toFixed(1)} s, ${thousands(written)} target rows written, ${second.alerts.sent + second.alerts.stored} messages.`,
  );
  return second.status === 'succeeded';
}

/** Seeds an empty product, or finishes a seed that was killed half way; anything else is somebody's data and stays. */
async function seedIfEmpty(stores: Stores, config: Config, scale: number): Promise<void> {
  const progress = progressDisplay();
  const started = performance.now();
  try {
    const counts = await stores.postgres.withSession((session) =>
      seedProduct(session, stores.graph, {
        seed: 1,
        scale,
        asOf: new Date(),
        dataDir: config.DATA_DIR,
        onProgress: (step) => {
          if (step.phase === 'generate' && step.done === 0) note('Seeding a made-up product');
          progress.report(step);
        },
      }),
    );
    progress.stop();
    note(
      `Seeded ${thousands(counts.tenants)} tenants, ${thousands(counts.entities)} entities, ${thousands(counts.partnerships)} partnerships, ` +
        `${thousands(counts.affinityScores)} affinity snapshots, ${thousands(counts.userActivity)} activity events in ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  } catch (error) {
    progress.stop();
    if (!(error instanceof AppError && error.code === 'seed_not_empty')) throw error;
    note('The product holds data already: using it as it is');
  }
}

async function runOnce(modules: INestApplicationContext, signal: AbortSignal): Promise<Run> {
  const runner = modules.get(PipelineRunner);
  const requested = await runner.request({ trigger: 'manual', requestedBy: 'demo' });
  if (!requested) throw new Error('a manual run has no schedule slot to lose');
  const progress = progressDisplay();
  return await runner
    .execute(requested.id, { signal, onProgress: progress.report })
    .finally(() => progress.stop());
}

function serving(url: string, config: Config): string {
  const key = config.API_KEYS ? undefined : readOrCreateApiKey(config.DATA_DIR);
  return [
    `\nServing on ${url}`,
    `  ${url}/docs            the API`,
    `  ${url}/health/ready    the stores`,
    `  ${url}/metrics         for Prometheus`,
    ...(key
      ? [
          `API key (admin): ${key}`,
          `  curl -H 'Authorization: Bearer ${key}' ${url}/api/v1/insights/predictiveness`,
        ]
      : []),
    'Stop with Ctrl-C.',
  ].join('\n');
}

main().catch((error: unknown) => {
  const failure = toAppError(error, 'demo');
  note(redact(`${failure.code}: ${failure.message}`));
  if (failure.class === 'bug') note(redact(failure.stack ?? ''));
  process.exit(EXIT.failed);
});
