import type { Command } from 'commander';
import { count, JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson } from './output.js';
import { oneSync, user, withSyncsAtWork } from './sync-context.js';
import { describeOutcomes, describePlan, exitCodeOf } from './sync-text.js';

const ROWS = 20;

/** `sync plan` and `sync apply`. */
export function addSyncPlans(sync: Command): void {
  sync
    .command('plan <name>')
    .description('what a run would change, field by field; kept for a week, to be applied')
    .option('--full', 'every row of the model, confirmed or not')
    .option('--limit <number>', 'at most so many rows', count)
    .option('--rows <number>', 'how many rows to show', count, ROWS)
    .option(...JSON_OPTION)
    .action(
      async (
        name: string,
        { json, rows: shown, ...selection }: JsonOption & PlanOptions & { rows: number },
      ) => {
        const { plan, rows } = await withSyncsAtWork(async (syncs, asked) => {
          const made = await syncs.plans.plan(oneSync(syncs, name), {
            ...asked,
            by: user(),
            now: new Date().toISOString(),
            selection,
          });
          return { plan: made, rows: await syncs.plans.rows(made.id, { limit: shown }) };
        });
        if (json) printJson({ ...plan, rows });
        else print(describePlan(plan, rows, true));
      },
    );
  sync
    .command('apply <plan-id>')
    .description(
      'do exactly what a plan says, once; refused when the data, the target or the definition moved on',
    )
    .option(...JSON_OPTION)
    .action(async (planId: string, { json }: JsonOption) => {
      const outcome = await withSyncsAtWork(({ plans }, asked) =>
        plans.apply(planId, { ...asked, by: user(), now: new Date().toISOString() }),
      );
      const runs = [{ runId: planId, ...outcome }];
      if (json) printJson({ runs });
      else print(describeOutcomes(runs));
      process.exitCode = exitCodeOf(runs);
    });
}

interface PlanOptions {
  full?: boolean;
  limit?: number;
}
