import { type Command, InvalidArgumentError } from 'commander';
import { InsightReader, type InsightReport } from '../../modules/scoring-insight/index.js';
import { withModules } from './context.js';
import { describeBacktest, describeOpenDeals, describeStageTimes } from './insight-report-deals.js';
import {
  describeCategories,
  describeDrift,
  describeSegments,
  describeSelection,
} from './insight-report-look.js';
import { describeGrowth, describeOutlook } from './insight-report-outlook.js';
import { describeBadgeCounts, describeBenchmarks, describeResults } from './insight-report-market.js';
import {
  dataOf,
  describeComponents,
  describeData,
  describeTogether,
  describeWeights,
} from './insight-report-scores.js';
import {
  pageWidth,
  type ReadSection,
  renderReport,
  type Section,
  section,
  type SectionText,
} from './insight-report-section.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { EXIT, print, printJson } from './output.js';

/** Deals that a section shows one by one. */
const TOP_DEALS = 10;

/** A section about a part of the predictiveness report; null in a report of before there was that part. */
const ofReport = <T>(
  name: string,
  title: string,
  part: (report: InsightReport) => T | null,
  describe: (data: T, width: number) => SectionText,
): Section =>
  section({
    name,
    title,
    computedBy: 'cli run',
    read: ({ predictiveness }) => predictiveness && part(predictiveness),
    describe,
  });

/** What the report is made of, in its order. */
const SECTIONS: readonly Section[] = [
  ofReport('data', 'The deals behind the figures', dataOf, describeData),
  ofReport(
    'components',
    'Which scores foretell success',
    ({ components, confidence }) => ({ components, confidence }),
    describeComponents,
  ),
  ofReport('together', 'The scores in one model', ({ together }) => together, describeTogether),
  ofReport('weights', 'Weights of the affinity score', ({ weights }) => weights, describeWeights),
  ofReport(
    'segments',
    'Scores in kinds of deals',
    ({ segments, components }) => segments && { segments, components },
    ({ segments, components }, width) => describeSegments(segments, components, width),
  ),
  ofReport('drift', 'Scores over time', ({ drift }) => drift, describeDrift),
  ofReport('selection', 'Who becomes a partner', ({ selection }) => selection, describeSelection),
  ofReport(
    'categories',
    'Kinds of deals and success',
    ({ categories }) => (categories.length > 0 ? categories : null),
    describeCategories,
  ),
  section({
    name: 'benchmarks',
    title: 'Benchmarks',
    computedBy: 'cli run',
    read: async ({ reader }) => orNull(await reader.benchmarkCoverage()),
    describe: describeBenchmarks,
  }),
  section({
    name: 'badges',
    title: 'Badges',
    computedBy: 'cli run',
    // Nobody may hold a badge; that the part was computed shows in what it goes on from.
    read: async ({ reader }) => orNull(await reader.benchmarkCoverage()) && (await reader.badgeCounts()),
    describe: describeBadgeCounts,
  }),
  section({
    name: 'stage-time',
    title: 'Time in stage',
    computedBy: 'cli run',
    read: ({ reader }) => reader.latestStageTimes(),
    describe: describeStageTimes,
  }),
  section({
    name: 'deals',
    title: 'Open deals',
    computedBy: 'cli run',
    // There may be no open deal; the part computes the time in stage as well.
    read: async ({ reader }) =>
      (await reader.latestStageTimes()) && {
        counts: await reader.dealCounts(),
        worst: await reader.dealHealth({ all: false, limit: TOP_DEALS }),
      },
    describe: describeOpenDeals,
  }),
  section({
    name: 'forecast',
    title: 'Forecast of open deals',
    computedBy: 'cli run',
    read: async ({ reader }) => {
      const forecast = await reader.latestForecast();
      return forecast && { forecast, deals: (await reader.dealForecasts({ limit: TOP_DEALS })).deals };
    },
    describe: describeOutlook,
  }),
  section({
    name: 'network-effects',
    title: 'Does the market get better as it grows',
    computedBy: 'cli run',
    read: ({ reader }) => reader.latestNetworkEffects(),
    describe: describeGrowth,
  }),
  section({
    name: 'backtest',
    title: 'Stall alerts in the past',
    computedBy: 'cli insight backtest',
    read: ({ reader }) => reader.latestBacktest(),
    describe: describeBacktest,
  }),
  section({
    name: 'results',
    title: 'What the tables stand on',
    computedBy: 'cli run',
    read: async ({ reader }) => orNull(await reader.resultVersions()),
    describe: describeResults,
  }),
];

const NAMES = SECTIONS.map(({ name }) => name);
const sectionName = (text: string, earlier: string[] = []): string[] => {
  if (!NAMES.includes(text)) throw new InvalidArgumentError(`One of ${NAMES.join(', ')}.`);
  return [...earlier, text];
};

/** `insight report`: all that is stored, as tables and small charts. Exit code 1 while nothing is computed. */
export function addInsightReport(insight: Command): void {
  insight
    .command('report')
    .description('all that the service has learned, as tables and small charts; computes nothing')
    .option('--section <name>', `only this one, may be repeated: ${NAMES.join(', ')}`, sectionName)
    .option(...JSON_OPTION)
    .action(async ({ json, section: names = NAMES }: JsonOption & { section?: string[] }) => {
      const sections = await withModules((modules) => readReport(modules.get(InsightReader), names));
      if (json) printJson({ sections: sections.map(asJson) });
      else print(renderReport(sections, pageWidth(process.stdout.columns), emphasis(process.stdout.isTTY)));
      if (sections.every(({ data }) => data === null)) process.exitCode = EXIT.failed;
    });
}

/** The sections of these names, in the order of the report. */
async function readReport(reader: InsightReader, names: readonly string[]): Promise<ReadSection[]> {
  const sources = { reader, predictiveness: await reader.latestPredictiveness() };
  const wanted = SECTIONS.filter(({ name }) => names.includes(name));
  return await Promise.all(wanted.map((each) => each.read(sources)));
}

function asJson({ name, title, computedBy, data }: ReadSection) {
  return { name, title, computedBy, reason: data === null ? 'not_computed' : null, data };
}

const emphasis = (isTerminal: boolean) => (title: string) =>
  isTerminal ? `\u001b[1m${title}\u001b[22m` : `== ${title} ==`;

function orNull<T>(rows: T[]): T[] | null {
  return rows.length > 0 ? rows : null;
}
