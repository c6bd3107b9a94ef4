import type { Command } from 'commander';
import {
  type ForecastReport,
  InsightReader,
  type OpenDealForecast,
} from '../../modules/scoring-insight/index.js';
import { withModules } from './context.js';
import { count, JSON_OPTION, type JsonOption } from './options.js';
import { EXIT, print, printJson, table, thousands } from './output.js';

/** `insight forecast`: the chance of open deals, and what the pipeline is expected to bring. */
export function addInsightForecast(insight: Command): void {
  insight
    .command('forecast')
    .description(
      'open deals by what they are expected to bring: chance of success, what moves it, the worth of the pipeline',
    )
    .option('--backtest', 'how forecasts of the past did, instead of the deals')
    .option('--limit <number>', 'how many deals', count, 20)
    .option(...JSON_OPTION)
    .action(async ({ json, backtest = false, limit }: JsonOption & { backtest?: boolean; limit: number }) => {
      const { report, deals } = await withModules(async (modules) => {
        const reader = modules.get(InsightReader);
        return {
          report: await reader.latestForecast(),
          deals: backtest ? null : (await reader.dealForecasts({ limit })).deals,
        };
      });
      if (json) printJson(report && (deals === null ? report : { ...report, deals }));
      else if (report === null) print('No run has made a forecast yet. Start one: cli run');
      else print(`${describePipeline(report)}\n${deals ? describeDeals(deals) : describeBacktest(report)}`);
      if (report === null) process.exitCode = EXIT.failed;
    });
}

const percent = (share: number | null, digits = 0): string =>
  share === null ? '-' : `${(100 * share).toFixed(digits)} %`;
const money = (value: string | null): string => (value === null ? '-' : thousands(Math.round(Number(value))));

const REASONS: Record<NonNullable<ForecastReport['learnt']['reason']>, string> = {
  no_closed_deals: 'no deal has closed yet',
  too_few_closed_deals: 'fewer than 200 closed deals of each outcome',
  no_backtest: 'no day of the past has enough deals before it to learn from',
  skill_not_proven: 'it was not provably better than that in the past',
  separation: 'the features tell the outcomes apart without error',
  collinear: 'the features repeat each other',
  no_convergence: 'the fit did not end',
  constant_features: 'the features are the same for all deals',
  single_class: 'all deals ended alike',
};

/** What the open deals are worth, and by what method. */
export function describePipeline({ asOf, learnt, pipeline }: ForecastReport): string {
  const { method, reason, skill, coverage, warnings, n } = learnt;
  const how =
    method === 'ridge_logistic'
      ? `a model learnt from up to 3,000 looks at ${thousands(n)} closed deals`
      : `the rate of each stage, and no model: ${reason === null ? 'unknown' : REASONS[reason]}`;
  return [
    `${thousands(pipeline.deals)} open deals as of ${asOf.slice(0, 10)}, by ${how}.`,
    pipeline.expectedValue === null
      ? `No value can be given: ${pipeline.reason}.`
      : `They are expected to bring ${money(pipeline.expectedValue)} of ${money(pipeline.value)}, in four of five cases between ${money(pipeline.valueLow)} and ${money(pipeline.valueHigh)} (reporting currency, whenever they close).`,
    ...(pipeline.withoutRate > 0
      ? [`${thousands(pipeline.withoutRate)} without an exchange rate bring nothing here.`]
      : []),
    ...(pipeline.expectedSuccesses === null
      ? []
      : [
          `Successes: ${pipeline.expectedSuccesses.toFixed(0)}, were deals independent ${pipeline.successesLow} to ${pipeline.successesHigh}.`,
        ]),
    ...(skill === null
      ? []
      : [
          `Past forecasts: Brier skill over the stage rate ${percent(skill.skill, 1)} (95 %: ${percent(skill.low, 1)} to ${percent(skill.high, 1)}); ${percent(coverage)} of the intervals held what came.`,
        ]),
    ...(warnings.length > 0 ? [`Warnings: ${warnings.join(', ')}.`] : []),
  ].join('\n');
}

/** The deals with the contributions that move them most, in log odds. */
export function describeDeals(deals: readonly OpenDealForecast[]): string {
  if (deals.length === 0) return 'No deal is open.';
  return table(
    ['deal', 'stage', 'chance', 'stage rate', 'value', 'brings', 'moved by'],
    deals.map((deal) => [
      deal.partnershipId,
      deal.stage,
      percent(deal.chance),
      percent(deal.baseRate),
      money(deal.valueReporting),
      money(deal.expectedValue),
      movedBy(deal),
    ]),
    [2, 3, 4, 5],
  );
}

function movedBy({ explanation, reason }: OpenDealForecast): string {
  if (explanation === null) return reason ?? '-';
  return Object.entries(explanation.contributions)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .slice(0, 3)
    .map(([feature, moved]) => `${feature.replaceAll('_', ' ')} ${moved < 0 ? '' : '+'}${moved.toFixed(2)}`)
    .join(', ');
}

/** What would have been said on days of the past, beside what came. */
export function describeBacktest({ learnt: { origins, calibration } }: ForecastReport): string {
  if (origins.length === 0) return 'No day of the past has enough closed deals before it to learn from.';
  return [
    table(
      ['on', 'deals', 'open still', 'Brier', 'stage rate', 'expected', 'came', 'low', 'high', 'held'],
      origins.map((each) => [
        each.day,
        thousands(each.deals),
        thousands(each.undecided),
        each.brier.toFixed(4),
        each.baseBrier.toFixed(4),
        money(each.expectedValue),
        money(each.actualValue),
        money(each.valueLow),
        money(each.valueHigh),
        each.isCovered ? 'yes' : 'no',
      ]),
      [1, 2, 3, 4, 5, 6, 7, 8],
    ),
    ...(calibration === null
      ? []
      : [
          `Calibration: slope ${calibration.slope?.toFixed(2) ?? '-'}, log odds too low by ${calibration.inTheLarge?.toFixed(2) ?? '-'}; ideal are 1 and 0.`,
          table(
            ['chance said', 'predictions', 'succeeded'],
            calibration.bands.map((band) => [percent(band.meanScore), thousands(band.n), percent(band.rate)]),
            [0, 1, 2],
          ),
        ]),
  ].join('\n');
}
