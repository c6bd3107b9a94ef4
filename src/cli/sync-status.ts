import type { Command } from 'commander';
import {
  selectSyncs,
  type SyncRejectView,
  type SyncStatusView,
  type TargetProblem,
} from '../../modules/sync/index.js';
import { count, JSON_OPTION, type JsonOption } from './options.js';
import { EXIT, print, printJson, table, thousands } from './output.js';
import { withSyncs } from './sync-context.js';
import { describeRuns } from './sync-text.js';

/** `sync validate`, `sync status` and `sync rejects`: what is declared, and where it stands. */
export function addSyncStatus(sync: Command): void {
  sync
    .command('validate [names...]')
    .description('hold definitions against the model and the live target; writes nothing')
    .option(...JSON_OPTION)
    .action(async (names: string[], { json }: JsonOption) => {
      const checked = await withSyncs(async (syncs) => {
        const found: { name: string; problems: TargetProblem[] }[] = [];
        for (const definition of selectSyncs(syncs.definitions, names))
          found.push({ name: definition.name, problems: await syncs.problems(definition) });
        return found;
      });
      const broken = checked.some(({ problems }) => problems.some(({ severity }) => severity === 'error'));
      if (json) printJson({ valid: !broken, syncs: checked });
      else print(describeProblems(checked));
      if (broken) process.exitCode = EXIT.failed;
    });
  sync
    .command('status [name]')
    .description('every sync: last run, pause, hold, rejects, next run; with a name, its latest runs')
    .option('--limit <number>', 'how many runs of a named sync', count, 10)
    .option(...JSON_OPTION)
    .action(async (name: string | undefined, { json, limit }: JsonOption & { limit: number }) => {
      const syncs = await withSyncs(({ definitions, status }) =>
        status.list(selectSyncs(definitions, name === undefined ? [] : [name]), {
          runs: name === undefined ? 1 : limit,
          now: Date.now(),
        }),
      );
      if (json) printJson({ syncs });
      else print(name === undefined ? describeAll(syncs) : syncs.map(describeOne).join('\n'));
    });
  sync
    .command('rejects [name]')
    .description('rows that a target refuses, the latest attempt first')
    .option('--code <code>', 'only this error code')
    .option('--limit <number>', 'how many', count, 50)
    .option(...JSON_OPTION)
    .action(
      async (
        name: string | undefined,
        { json, code, limit }: JsonOption & { code?: string; limit: number },
      ) => {
        const rejects = await withSyncs(({ definitions, status }) => {
          const chosen = selectSyncs(definitions, name === undefined ? [] : [name]);
          return status.rejects(
            chosen.map((one) => one.name),
            { limit, ...(code === undefined ? {} : { code }) },
          );
        });
        if (json) printJson({ rejects });
        else print(rejects.length === 0 ? 'No row is refused.' : describeRejects(rejects));
      },
    );
}

function describeProblems(checked: readonly { name: string; problems: TargetProblem[] }[]): string {
  return table(
    ['sync', 'verdict', 'code', 'what'],
    checked.flatMap(({ name, problems }) =>
      problems.length === 0
        ? [[name, 'fits', '', '']]
        : problems.map(({ severity, code, message }) => [name, severity, code, message]),
    ),
  );
}

function describeAll(syncs: readonly SyncStatusView[]): string {
  return table(
    ['sync', 'target', 'last run', 'finished', 'rejects', 'starts', 'note'],
    syncs.map((one) => [
      one.name,
      one.target,
      one.runs[0]?.status ?? 'never ran',
      one.runs[0]?.finishedAt ?? '',
      one.openRejects === null ? 'unknown' : thousands(one.openRejects),
      one.nextRunAt ?? one.trigger,
      noteOf(one),
    ]),
    [4],
  );
}

function describeOne(one: SyncStatusView): string {
  const { hold } = one;
  return [
    `${one.name}: ${one.mode} to ${one.target}, ${one.trigger}${one.nextRunAt === null ? '' : `, next ${one.nextRunAt}`}`,
    ...(one.description === '' ? [] : [one.description]),
    ...(one.paused === null
      ? []
      : [`Paused since ${one.paused.at} by ${one.paused.by}. Go on with: cli sync resume ${one.name}`]),
    ...(hold === null
      ? []
      : [
          `${hold.state}: ${thousands(hold.creates)} creates, ${thousands(hold.updates)} updates, ${thousands(hold.deletes)} deletes (${hold.reason})${hold.decidedBy === null ? '' : `, by ${hold.decidedBy}`}.`,
          ...(hold.state === 'held'
            ? [
                `Look with: cli sync plan ${one.name}; then: cli sync release ${one.name}, or cli sync reject ${one.name}`,
              ]
            : []),
        ]),
    ...(one.holder === null ? [] : [`Run ${one.holder.runId} writes now.`]),
    ...(one.openRejects
      ? [`${thousands(one.openRejects)} rows are refused. Look with: cli sync rejects ${one.name}`]
      : []),
    one.runs.length === 0 ? `It never ran. Start it: cli sync run ${one.name}` : describeRuns(one.runs),
  ].join('\n');
}

function noteOf({ paused, hold, holder }: SyncStatusView): string {
  if (paused !== null) return `paused by ${paused.by}`;
  if (hold !== null) return hold.state;
  return holder === null ? '' : 'runs now';
}

function describeRejects(rejects: readonly SyncRejectView[]): string {
  const names = [...new Set(rejects.map(({ sync }) => sync))];
  return [
    table(
      ['sync', 'key', 'code', 'what', 'attempts', 'last try'],
      rejects.map((one) => [
        one.sync,
        one.key.join(', '),
        one.error.code,
        one.error.message,
        thousands(one.attempts),
        one.rejectedAt,
      ]),
      [4],
    ),
    'A refused row is tried again with every run. To try now, after its cause is mended:',
    ...names.map((name) => `  cli sync replay ${name} --rejected`),
  ].join('\n');
}
