import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { createReplay } from '../../modules/operations/index.js';
import {
  listRejects,
  loadStages,
  REJECT_STATUSES,
  type Reject,
  type ReplayReport,
} from '../../modules/warehouse/index.js';
import { readConfig } from '../config/env.js';
import { requireSingleServer } from '../platform/stores.js';
import { withStores } from './context.js';
import { count, JSON_OPTION, type JsonOption } from './options.js';
import { EXIT, note, print, printJson, table, thousands } from './output.js';

type Which = JsonOption & { source?: string; reason?: string };

/** `warehouse rejects` and `warehouse replay`. */
export function addRejects(warehouse: Command): void {
  warehouse
    .command('rejects')
    .description('rows that broke the source contract, newest first, with the reason and what to do')
    .option('--source <name>', 'only this source')
    .option('--reason <code>', 'only this reason code')
    .addOption(new Option('--status <status>', 'which rejects').choices([...REJECT_STATUSES]).default('all'))
    .option('--limit <number>', 'how many', count, 50)
    .option(...JSON_OPTION)
    .action(
      async ({ json, ...filter }: Which & { status: (typeof REJECT_STATUSES)[number]; limit: number }) => {
        const rejects = await withStores(({ clickhouse }) => listRejects(clickhouse, filter));
        if (json) printJson({ rejects });
        else print(rejects.length > 0 ? describeRejects(rejects) : 'No rejects.');
      },
    );
  warehouse
    .command('replay')
    .description('judge waiting rejects again by the rules of now, and load those that pass')
    .option('--source <name>', 'only this source')
    .option('--reason <code>', 'only those rejected for this reason code')
    .option('--dry-run', 'only say what would pass')
    .option(...JSON_OPTION)
    .action(async ({ json, dryRun, ...filter }: Which & { dryRun?: boolean }) => {
      const config = readConfig(process.env);
      requireSingleServer(config);
      const report = await withStores(async (stores) => {
        const replay = createReplay(
          config,
          stores.clickhouse,
          stores.postgres,
          loadStages(config.STAGES_FILE),
          {
            waitMs: 15 * 60_000,
            onWait: (seconds) => {
              if (seconds === 0) note('Waiting for the run in progress.');
            },
          },
        );
        const asked = { by: `cli:${userInfo().username}`, now: new Date().toISOString(), dryRun };
        return await replay.execute(filter, asked);
      });
      if (json) printJson(report);
      else print(describeReplay(report));
      process.exitCode = exitCodeOf(report);
    });
}

function describeRejects(rejects: readonly Reject[]): string {
  const place = ({ recordKey, file, line }: Reject): string =>
    recordKey || `${file ?? ''}${line === null ? '' : `:${line}`}`;
  const steps = new Map(rejects.map((reject) => [`${reject.source} ${reject.reasonCode}`, reject.next]));
  return [
    table(
      ['source', 'record', 'code', 'reason', 'replayed'],
      rejects.map((one) => [one.source, place(one), one.reasonCode, one.reason, one.replayedAt ?? '']),
    ),
    ...[...steps].map(([what, next]) => `${what}: ${next}`),
  ].join('\n');
}

function describeReplay(report: ReplayReport): string {
  if (report.sources.length === 0) return 'No reject waits.';
  const rows = report.sources.flatMap(({ source, replayed, loaded, rejected, error }) => [
    ...(error ? [[source, 'failed', error.code, '', '']] : []),
    ...(replayed > 0 || (rejected.length === 0 && !error)
      ? [[source, report.dryRun ? 'would pass' : 'replayed', '', thousands(replayed), thousands(loaded)]]
      : []),
    ...rejected.map(({ reasonCode, count: many }) => [
      source,
      'still rejected',
      reasonCode,
      thousands(many),
      '',
    ]),
  ]);
  const next = report.replayed > 0 && !report.dryRun ? 'Next: cli warehouse build, or cli run' : '';
  const stay =
    report.rejected > 0 ? 'What to do about those that stay: cli warehouse rejects --status waiting' : '';
  return [table(['source', 'rejects', 'code', 'count', 'rows new in raw'], rows, [3, 4]), next, stay]
    .filter(Boolean)
    .join('\n');
}

/** A dry run changes nothing and cannot be partial. */
function exitCodeOf(report: ReplayReport): number {
  if (report.sources.some(({ error }) => error !== undefined)) return EXIT.failed;
  return report.rejected > 0 && !report.dryRun ? EXIT.partial : EXIT.succeeded;
}
