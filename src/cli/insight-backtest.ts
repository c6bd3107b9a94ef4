import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { type BacktestReport, StallBacktest } from '../../modules/scoring-insight/index.js';
import { withModules } from './context.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson, table, thousands } from './output.js';

const day = (text: string): string => {
  if (!z.iso.date().safeParse(text).success) throw new InvalidArgumentError('A day such as 2026-01-31.');
  return text;
};

/** `insight backtest`: how well stall alerts would have done. */
export function addInsightBacktest(insight: Command): void {
  insight
    .command('backtest')
    .description('replay history: precision, lead time and number of stall alerts, beside fixed days')
    .option('--from <day>', 'first day of the replay (default: a year after the first visit to a stage)', day)
    .option('--to <day>', 'last day of the replay (default: the last one known)', day)
    .option(...JSON_OPTION)
    .action(async ({ json, ...period }: JsonOption & { from?: string; to?: string }) => {
      const report = await withModules((modules) =>
        modules.get(StallBacktest).execute(period, new Date().toISOString()),
      );
      if (json) printJson(report);
      else print(describe(report));
    });
}

const RULES = {
  statistical: () => 'history of the stage (P75)',
  fixed: (days: number | null) => `fixed ${days} days`,
  fixed_matched: (days: number | null) => `fixed ${days} days, as many alerts`,
};

function describe({ from, to, visits, owners, rules }: BacktestReport): string {
  const percent = (share: number | null) => (share === null ? '-' : `${(100 * share).toFixed(1)} %`);
  return [
    `${thousands(visits)} stage visits of ${thousands(owners)} owners, ${from} to ${to}`,
    table(
      ['rule', 'alerts', 'right', 'wrong', 'undecided', 'precision', '95 %', 'lead', 'per owner and week'],
      rules.map((row) => [
        RULES[row.rule](row.days),
        thousands(row.alerts),
        thousands(row.right),
        thousands(row.wrong),
        thousands(row.undecided),
        percent(row.precision),
        row.precision === null ? '-' : `${percent(row.precisionLow)} to ${percent(row.precisionHigh)}`,
        row.leadDays === null ? '-' : `${row.leadDays} d`,
        row.alertsPerOwnerWeek.toFixed(2),
      ]),
      [1, 2, 3, 4, 5, 6, 7, 8],
    ),
    'Right: the visit ended lost, or took longer than 90 % of visits to its stage. Lead: business days left, median.',
  ].join('\n');
}
