import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { PostgresRunLock } from '../../modules/operations/index.js';
import { BuildModels, lineage, type ModelReport, selectModels } from '../../modules/warehouse/index.js';
import { AppError } from '../kernel/errors.js';
import { STORES } from '../platform/platform.module.js';
import { Postgres } from '../platform/postgres/postgres.js';
import type { Stores } from '../platform/stores.js';
import { withModules } from './context.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { EXIT, print, printJson, progressDisplay, table, thousands } from './output.js';

const SELECT = [
  '--select <models...>',
  'only these: name, name+ (with all that reads it), +name (with all it reads), +name+',
] as const;

/** `warehouse build` and `warehouse lineage`. */
export function addBuild(warehouse: Command): void {
  warehouse
    .command('build')
    .description('bring the models up to date with the raw layer: what changed, or everything with --full')
    .option(...SELECT)
    .option('--full', 'build whole what could be built by its changes')
    .option(...JSON_OPTION)
    .action(async ({ json, select, full }: JsonOption & { select?: string[]; full?: boolean }) => {
      const only = select && selectModels(select);
      const stop = new AbortController();
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
      const progress = progressDisplay();
      const outcome = await withModules(async (modules) => {
        await modules.get<Stores>(STORES).migrate();
        const lock = new PostgresRunLock(modules.get(Postgres));
        const wait = {
          waitMs: 15 * 60_000,
          signal: stop.signal,
          onWait: (done: number) => progress.report({ phase: 'waiting for the run in progress', done }),
        };
        return await lock.hold(wait, (lost) =>
          modules.get(BuildModels).execute(
            {
              runId: randomUUID(),
              asOf: new Date().toISOString(),
              signal: AbortSignal.any([stop.signal, lost]),
              onProgress: progress.report,
            },
            { ...(only ? { only } : {}), full: full ?? false },
          ),
        );
      }).finally(() => progress.stop());
      if (outcome === null) {
        throw new AppError({
          class: 'transient',
          source: 'cli',
          code: 'run_lock_timeout',
          message: 'A run is in progress. Try again when it has ended: cli status',
        });
      }
      if (json) printJson(outcome);
      else {
        print(describeBuild(outcome.detail['models'] as ModelReport[]));
        if (outcome.error) print(`${outcome.error.code}: ${outcome.error.message}`);
      }
      if (outcome.status === 'failed') process.exitCode = EXIT.failed;
      else if (outcome.status !== 'succeeded') process.exitCode = EXIT.partial;
    });

  warehouse
    .command('lineage')
    .description('what each model reads and what reads it')
    .option(...SELECT)
    .option('--mermaid', 'as a Mermaid flow chart')
    .option(...JSON_OPTION)
    .action(({ json, select, mermaid }: JsonOption & { select?: string[]; mermaid?: boolean }) => {
      const { models, asText, asMermaid } = lineage(select);
      if (json) printJson({ models });
      else print(mermaid ? asMermaid : asText);
    });
}

function describeBuild(models: readonly ModelReport[]): string {
  return table(
    ['model', 'status', 'how', 'rows', 'written', 'ms', 'why'],
    models.map((report) => [
      report.model,
      report.status,
      report.mode ?? '',
      thousands(report.rows),
      thousands(report.written),
      report.milliseconds ?? '',
      report.reason ?? '',
    ]),
    [3, 4, 5],
  );
}
