import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type Selection,
  selectSyncs,
  type SyncDefinition,
  type SyncOutcome,
  type SyncPlan,
} from '../../modules/sync/index.js';
import { AppError } from '../kernel/errors.js';
import { count, JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson } from './output.js';
import { oneSync, user, withSyncsAtWork } from './sync-context.js';
import { describeOutcomes, describePlan, exitCodeOf } from './sync-text.js';

type RunOptions = JsonOption & { select: string[]; full?: boolean; limit?: number; dryRun?: boolean };
type ReplayOptions = JsonOption & { run?: string; key?: [string, string][]; rejected?: string | true };
type Ran = SyncOutcome & { runId: string };

const collect = (text: string, before: string[]): string[] => [...before, ...text.split(',')];
const keyPart = (text: string, before: [string, string][] = []): [string, string][] => {
  const [, column, value] = /^(\w+)=([\s\S]*)$/.exec(text) ?? [];
  if (column === undefined || value === undefined)
    throw new InvalidArgumentError('A key column and its value, such as partnership_id=42.');
  return [...before, [column, value]];
};

/** `sync run` and `sync replay`. */
export function addSyncRuns(sync: Command): void {
  sync
    .command('run [names...]')
    .description('bring targets to what the models say; without a name all of them, one after the other')
    .option('--select <selector>', 'tag:<tag>, or a name with *; may be repeated', collect, [])
    .option('--full', 'send every row of the model, confirmed or not')
    .option('--limit <number>', 'at most so many rows of each sync', count)
    .option('--dry-run', 'only say what would change; nothing is written or kept')
    .option(...JSON_OPTION)
    .action(async (names: string[], { json, select, dryRun, ...selection }: RunOptions) => {
      if (dryRun === true) {
        const plans = await dryRuns(names, select, selection);
        if (json) printJson({ plans: plans.map(({ id: _unkept, ...plan }) => plan) });
        else print(plans.map((plan) => describePlan(plan, [], false)).join('\n'));
        return;
      }
      const runs = await withSyncsAtWork(async ({ definitions, controls, run }, asked) => {
        const pauses = await controls.pauses();
        for (const name of names) refusePaused(name, pauses.get(name)?.by);
        const ran: Ran[] = [];
        for (const definition of selectSyncs(definitions, names, select)) {
          if (asked.signal.aborted) break;
          const runId = randomUUID();
          const request = { ...asked, runId, trigger: 'manual', requestedBy: user(), selection } as const;
          ran.push({ runId, ...(await run.execute(definition, request)) });
        }
        return ran;
      });
      report(runs, json);
    });
  sync
    .command('replay <name>')
    .description(
      'send rows again that were confirmed or refused: those of a run, one row, or what is refused',
    )
    .option('--run <id>', 'the rows that this run wrote')
    .option('--key <column=value>', 'the row with this key; repeated for a key of several columns', keyPart)
    .option('--rejected [code]', 'the rows that the target refuses, of one error code where it is given')
    .option(...JSON_OPTION)
    .action(async (name: string, { json, ...which }: ReplayOptions) => {
      const runs = await withSyncsAtWork(async (syncs, asked) => {
        const definition = oneSync(syncs, name);
        const selection = replayed(definition, which);
        refusePaused(name, (await syncs.controls.paused(name))?.by);
        const runId = randomUUID();
        const request = { ...asked, runId, trigger: 'replay', requestedBy: user(), selection } as const;
        return [{ runId, ...(await syncs.run.execute(definition, request)) }];
      });
      report(runs, json);
    });
}

function report(runs: readonly Ran[], json: boolean | undefined): void {
  if (json) printJson({ runs });
  else print(describeOutcomes(runs));
  process.exitCode = exitCodeOf(runs);
}

async function dryRuns(names: string[], select: string[], selection: Selection): Promise<SyncPlan[]> {
  return await withSyncsAtWork(async ({ definitions, plans }, asked) => {
    const made: SyncPlan[] = [];
    for (const definition of selectSyncs(definitions, names, select)) {
      const request = { ...asked, by: user(), now: new Date().toISOString(), selection, keep: false };
      made.push(await plans.plan(definition, request));
    }
    return made;
  });
}

/** What a replay names, as one selection. Throws `replay_unclear`. */
function replayed(
  { name, keys }: SyncDefinition,
  { run, key, rejected }: Omit<ReplayOptions, 'json'>,
): Selection {
  if ([run, key, rejected].filter((one) => one !== undefined).length !== 1)
    throw unclear('Name one of --run <id>, --key <column=value> and --rejected [code].');
  if (run !== undefined) return { fromRun: run };
  if (rejected !== undefined) return { rejected: rejected === true ? {} : { code: rejected } };
  const given = new Map(key);
  const columns = keys.map(({ target }) => target);
  if (given.size !== columns.length || !columns.every((column) => given.has(column)))
    throw unclear(`The key of ${name} is: ${columns.map((column) => `--key ${column}=...`).join(' ')}`);
  return { keys: [columns.map((column) => given.get(column) ?? '')] };
}

function refusePaused(name: string, by: string | undefined): void {
  if (by === undefined) return;
  throw new AppError({
    class: 'rejected',
    source: 'sync',
    code: 'sync_paused',
    message: `Sync ${name} is paused by ${by}. Let it run again with: cli sync resume ${name}`,
  });
}

const unclear = (message: string) =>
  new AppError({ class: 'configuration', source: 'cli', code: 'replay_unclear', message });
