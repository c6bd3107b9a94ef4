import type { Command } from 'commander';
import { InsightReader, type OpenDealHealth } from '../../modules/scoring-insight/index.js';
import { withModules } from './context.js';
import { count, JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson, table } from './output.js';

/** `insight deals`: the open deals beside their peers. */
export function addInsightDeals(insight: Command): void {
  insight
    .command('deals')
    .description('stalled deals, the worst first: place among peers, chance to advance, expected loss')
    .option('--all', 'open deals that are not stalled, too')
    .option('--limit <number>', 'how many deals', count, 20)
    .option(...JSON_OPTION)
    .action(async ({ json, all = false, limit }: JsonOption & { all?: boolean; limit: number }) => {
      const deals = await withModules((modules) => modules.get(InsightReader).dealHealth({ all, limit }));
      if (json) printJson({ deals });
      else print(deals.length > 0 ? describe(deals) : 'No such deal. Is there a run? Start one: cli run');
    });
}

function describe(deals: readonly OpenDealHealth[]): string {
  const percent = (value: number | null) => (value === null ? '-' : `${value.toFixed(0)} %`);
  return table(
    [
      'deal',
      'stage',
      'days',
      'limit',
      'from',
      'over sooner',
      'advances in 30 d',
      'at entry',
      'expected loss',
      '',
    ],
    deals.map((deal) => [
      deal.partnershipId,
      deal.stage,
      deal.daysInStage,
      deal.thresholdDays,
      deal.thresholdSource,
      percent(deal.stagePercentile),
      percent(deal.chance30d === null ? null : 100 * deal.chance30d),
      percent(deal.chanceAtEntry === null ? null : 100 * deal.chanceAtEntry),
      deal.expectedLoss === null ? '-' : `${deal.expectedLoss} ${deal.currency}`,
      deal.severity,
    ]),
    [2, 3, 5, 6, 7, 8],
  );
}
