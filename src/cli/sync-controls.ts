import type { Command } from 'commander';
import type { Hold } from '../../modules/sync/index.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson, thousands } from './output.js';
import { oneSync, user, withSyncs } from './sync-context.js';

/** `sync pause`, `resume`, `cancel`, `release` and `reject`: what a person decides. */
export function addSyncControls(sync: Command): void {
  sync
    .command('pause <name>')
    .description('start no run of this sync until it is resumed; a run under way goes on')
    .option(...JSON_OPTION)
    .action(async (name: string, { json }: JsonOption) => {
      const paused = await withSyncs((syncs) => syncs.controls.pause(oneSync(syncs, name).name, decision()));
      if (json) printJson({ sync: name, paused });
      else print(`${name} is paused by ${paused.by}. Go on with: cli sync resume ${name}`);
    });
  sync
    .command('resume <name>')
    .description(
      'let a paused sync run again; times of its schedule that passed meanwhile are not made up for',
    )
    .option(...JSON_OPTION)
    .action(async (name: string, { json }: JsonOption) => {
      await withSyncs((syncs) => syncs.controls.resume(oneSync(syncs, name).name));
      if (json) printJson({ sync: name, paused: null });
      else print(`${name} runs again when it is due. To run it now: cli sync run ${name}`);
    });
  sync
    .command('cancel <name>')
    .description('stop its runs: what was confirmed stays, the next run does the rest')
    .option(...JSON_OPTION)
    .action(async (name: string, { json }: JsonOption) => {
      const runs = await withSyncs((syncs) => syncs.controls.cancel(oneSync(syncs, name).name, decision()));
      if (json) printJson({ sync: name, runs });
      else if (runs.length === 0) print(`${name} neither runs nor waits.`);
      else
        print(
          runs
            .map(({ runId, status }) =>
              status === 'queued'
                ? `Run ${runId} waited and is cancelled.`
                : `Run ${runId} stops within seconds. Look with: cli sync status ${name}`,
            )
            .join('\n'),
        );
    });
  sync
    .command('release <name>')
    .description('let the next run do what was held, up to the number of rows held')
    .option('--run <id>', 'only the hold of this run')
    .option(...JSON_OPTION)
    .action(async (name: string, { json, run }: JsonOption & { run?: string }) => {
      const hold = await withSyncs((syncs) =>
        syncs.controls.release(oneSync(syncs, name).name, { ...decision(), runId: run }),
      );
      if (json) printJson({ hold });
      else print(`Released: ${rowsOf(hold)}. To do it now: cli sync run ${name}`);
    });
  sync
    .command('reject <name>')
    .description('leave the target as it is; no other alert until more rows would change')
    .option('--run <id>', 'only the hold of this run')
    .option(...JSON_OPTION)
    .action(async (name: string, { json, run }: JsonOption & { run?: string }) => {
      const hold = await withSyncs((syncs) =>
        syncs.controls.reject(oneSync(syncs, name).name, { ...decision(), runId: run }),
      );
      if (json) printJson({ hold });
      else print(`Rejected: ${rowsOf(hold)}. To change your mind: cli sync release ${name}`);
    });
}

const decision = () => ({ by: user(), now: new Date().toISOString() });

const rowsOf = ({ creates, updates, deletes }: Hold): string =>
  `${thousands(creates)} creates, ${thousands(updates)} updates, ${thousands(deletes)} deletes`;
