import type { Command } from 'commander';
import { InsightReader, type NetworkEffectsReport } from '../../modules/scoring-insight/index.js';
import { fitted, grid, intervalChart, wrap } from './charts.js';
import { withModules } from './context.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { EXIT, print, printJson, thousands } from './output.js';

const WIDTH = 80;

/** `insight network`: whether partnerships make matching better. */
export function addInsightNetwork(insight: Command): void {
  insight
    .command('network')
    .description('does each partnership improve matching? learning curve, density, cohorts, concentration')
    .option(...JSON_OPTION)
    .action(async ({ json }: JsonOption) => {
      const report = await withModules((modules) => modules.get(InsightReader).latestNetworkEffects());
      if (json) printJson(report);
      else
        print(
          report
            ? describeNetwork(report, process.stdout.columns ?? WIDTH)
            : 'No run has finished yet. Start one: cli run',
        );
      if (!report) process.exitCode = EXIT.failed;
    });
}

/** The report as text; sentences and the chart keep to `width` columns. */
export function describeNetwork(report: NetworkEffectsReport, width: number): string {
  const { asOf, window, n, warnings, learning, density, cohorts, concentration, scope, seed } = report;
  return [
    ...wrap(
      `Network effects as of ${asOf.slice(0, 10)}: ${thousands(n.outcomes)} finished deals, ` +
        `${thousands(n.entitiesJoined)} entities that joined in the last 12 quarters or this one, ` +
        `${thousands(n.partnerships)} partnerships in two years`,
      width,
    ),
    ...(warnings.length > 0 ? wrap(`Warnings: ${warnings.join(', ')}`, width) : []),
    '',
    `Learning (${learning.repeats} groups of entities held out, seed ${seed})`,
    ...learningLines(learning, width),
    ...wrap(learning.sentence, width),
    '',
    `Density (segments of industry and tier, ${window.from ?? 'no month'} to ${window.to ?? 'no month'})`,
    ...densityLines(density),
    ...wrap(density.sentence, width),
    '',
    'Cohorts by quarter of joining',
    ...cohortLines(cohorts),
    ...wrap(cohorts.sentence, width),
    '',
    'Concentration of partnerships',
    ...concentrationLines(concentration),
    '',
    ...wrap(scope, width),
  ].join('\n');
}

function learningLines({ steps, aucUntaught }: NetworkEffectsReport['learning'], width: number): string[] {
  if (steps.length === 0) return [];
  const values = [
    ...steps.flatMap(({ auc, low, high }) => [low ?? auc, high ?? auc]),
    ...(aucUntaught === null ? [] : [aucUntaught]),
  ];
  const [from, to] = [Math.min(...values), Math.max(...values)];
  const reference = aucUntaught ?? from;
  const lines = fitted(width, (places) =>
    grid(
      ['outcomes', 'AUC', '95 %', `${from.toFixed(2)} to ${to.toFixed(2)}`],
      steps.map(({ n, auc, low, high }) => [
        thousands(n),
        auc.toFixed(4),
        low === null || high === null ? '-' : `${low.toFixed(3)}-${high.toFixed(3)}`,
        intervalChart({ point: auc, low: low ?? auc, high: high ?? auc }, { from, to, reference }, places),
      ]),
      [0, 1, 2],
    ),
  );
  const untaught =
    aucUntaught === null ? [] : [`│ is the plain sum of the scores: ${aucUntaught.toFixed(4)}`];
  return [...lines, ...untaught];
}

function densityLines({ estimate, placebo }: NetworkEffectsReport['density']): string[] {
  const rows = [
    { name: 'peers now', row: estimate },
    { name: `peers ${placebo?.monthsAhead ?? ''} months later (placebo)`, row: placebo },
  ].flatMap(({ name, row }) => (row === null ? [] : [{ name, ...row }]));
  if (rows.length === 0) return [];
  return grid(
    ['', 'elasticity', '95 %', 'p'],
    rows.map(({ name, elasticity, low, high, p }) => [
      name,
      elasticity.toFixed(3),
      `${low.toFixed(3)} to ${high.toFixed(3)}`,
      p < 0.001 ? '<0.001' : p.toFixed(3),
    ]),
    [1, 2, 3],
  );
}

function cohortLines({ cohorts, trends }: NetworkEffectsReport['cohorts']): string[] {
  if (cohorts.length === 0) return [];
  return grid(
    ['joined', 'entities', ...trends.map(({ age }) => `within ${age} d`), 'median days', 'none yet'],
    cohorts.map(({ cohort, entities, rates, medianDays, unmatchedShare }) => [
      cohort,
      thousands(entities),
      ...rates.map((rate) =>
        rate === null
          ? '-'
          : `${percent(rate.rate)} (${(100 * rate.low).toFixed(0)}-${(100 * rate.high).toFixed(0)})`,
      ),
      medianDays ?? '-',
      percent(unmatchedShare),
    ]),
    [1, 2, 3, 4, 5],
  );
}

function concentrationLines(rows: NetworkEffectsReport['concentration']): string[] {
  return grid(
    ['from', 'to', 'partnerships', 'entities', 'HHI', 'as if equal', 'top ten'],
    rows.map(({ from, to, partnerships, entities, hhi, equalEntities, topTenShare }) => [
      from,
      to,
      thousands(partnerships),
      thousands(entities),
      hhi === null ? '-' : hhi.toFixed(5),
      equalEntities === null ? '-' : thousands(Math.round(equalEntities)),
      topTenShare === null ? '-' : percent(topTenShare),
    ]),
    [2, 3, 4, 5, 6],
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
