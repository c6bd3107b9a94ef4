import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { isReconciled, reconciliationText, repairKeys } from '../../modules/sync/index.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { EXIT, print, printJson } from './output.js';
import { oneSync, user, withSyncsAtWork } from './sync-context.js';
import { describeOutcomes, exitCodeOf } from './sync-text.js';

const [SHOWN, REPAIRED] = [10, 5_000];

/** `sync reconcile`. */
export function addSyncReconcile(sync: Command): void {
  sync
    .command('reconcile <name>')
    .description('hold the target against the model: rows that are missing, edited by others, or left over')
    .option('--repair', `send up to ${REPAIRED} missing and edited rows again`)
    .option(...JSON_OPTION)
    .action(async (name: string, { json, repair = false }: JsonOption & { repair?: boolean }) => {
      const { result, runs } = await withSyncsAtWork(async (syncs, asked) => {
        const definition = oneSync(syncs, name);
        const runId = randomUUID();
        const limit = repair ? REPAIRED : SHOWN;
        const found = await syncs.reconcile.reconcile(definition, { ...asked, id: runId, limit });
        const keys = repair ? repairKeys(found) : [];
        if (keys.length === 0) return { result: found, runs: [] };
        const request = {
          ...asked,
          runId,
          trigger: 'reconcile',
          requestedBy: user(),
          selection: { keys },
        } as const;
        return { result: found, runs: [{ runId, ...(await syncs.run.execute(definition, request)) }] };
      });
      if (json) printJson({ reconciled: isReconciled(result), ...result, runs });
      else {
        print(reconciliationText(result));
        if (runs.length > 0) print(describeOutcomes(runs));
        else if (!isReconciled(result) && !repair)
          print(`To send these rows again: cli sync reconcile ${name} --repair`);
      }
      if (runs.length > 0) process.exitCode = exitCodeOf(runs);
      else if (!isReconciled(result)) process.exitCode = EXIT.partial;
    });
}
