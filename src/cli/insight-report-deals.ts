import type {
  DealCount,
  MissingFigures,
  OpenDealHealth,
  StageTimes,
  StoredBacktest,
} from '../../modules/scoring-insight/index.js';
import { barChart, fitted, grid, intervalChart, percentileChart, wrap } from './charts.js';
import { dayOf, listed, money, type SectionText, words } from './insight-report-section.js';
import { thousands } from './output.js';
import { figure, percent } from './summary.js';

const SOURCES = { statistical: 'history', pipeline: 'pipeline', configured: 'declared' } as const;

/** Time in stage: median, P75 and P90 of all deals of a stage. */
export function describeStageTimes({ stages, window, method }: StageTimes, width: number): SectionText {
  const whole = stages.filter(({ partnershipType }) => partnershipType === '*');
  const most = Math.max(0, ...whole.flatMap(({ median, p75, p90 }) => [median ?? 0, p75 ?? 0, p90 ?? 0]));
  const slowest = whole
    .filter(({ stage, median }) => stage !== '*' && median !== null)
    .reduce<(typeof whole)[number] | null>(
      (slow, row) => (slow === null || (row.median ?? 0) > (slow.median ?? 0) ? row : slow),
      null,
    );
  return {
    lines: [
      ...fitted(width, (places) =>
        grid(
          ['stage', 'exits', 'median', 'P75', 'P90', 'warn', 'from', `to ${figure(most, 0)} days`],
          whole.map((row) => [
            row.stage === '*' ? 'all stages' : words(row.stage),
            thousands(row.exits),
            figure(row.median, 1),
            figure(row.p75, 1),
            figure(row.p90, 1),
            row.warnDays,
            SOURCES[row.source],
            percentileChart(row, most, places),
          ]),
          [1, 2, 3, 4, 5],
        ),
      ),
      ...wrap(
        `Business days until half have left █, three quarters ▒, nine tenths ░; visits from ${window.from} to ${window.to}, ${words(method)}.`,
        width,
      ),
      ...whole
        .filter(({ warnings }) => warnings.length > 0)
        .flatMap(({ stage, warnings }) =>
          wrap(`${stage === '*' ? 'all stages' : words(stage)}: ${listed(warnings)}`, width),
        ),
    ],
    meaning:
      slowest === null
        ? 'too few visits have ended to say how long a stage takes.'
        : `half of the deals leave ${words(slowest.stage)}, the slowest stage, within ${figure(slowest.median, 0)} business days; beyond "warn" a deal counts as stalled.`,
  };
}

const SEVERITIES = { critical: 'crit', warn: 'warn', ok: 'ok' } as const;

export interface OpenDeals {
  counts: DealCount[];
  /** The stalled ones, the worst first. */
  worst: OpenDealHealth[];
}

/** Open deals by severity, and the worst of them. */
export function describeOpenDeals({ counts, worst }: OpenDeals, width: number): SectionText {
  const total = counts.reduce((sum, { deals }) => sum + deals, 0);
  const stalled = total - (counts.find(({ severity }) => severity === 'ok')?.deals ?? 0);
  const losses = (row: DealCount): string =>
    Object.entries(row.expectedLoss)
      .map(([currency, sum]) => `${money(sum)} ${currency}`)
      .join('\n');
  return {
    lines: [
      ...fitted(width, (places) =>
        grid(
          ['severity', 'deals', '', 'no per-\ncentile', 'no\nchance', 'expected loss'],
          counts.map((row) => [
            row.severity,
            thousands(row.deals),
            barChart(row.deals, total, places),
            thousands(row.withoutPercentile),
            thousands(row.withoutChance),
            losses(row) || '-',
          ]),
          [1, 3, 4, 5],
        ),
      ),
      ...(worst.length === 0 ? [] : ['The worst (all: cli insight deals):', ...worstDeals(worst)]),
      ...reasonsOf(worst).flatMap((line) => wrap(line, width)),
    ],
    meaning:
      total === 0
        ? 'there is no open deal.'
        : `${thousands(stalled)} of ${thousands(total)} open deals have stayed longer in their stage than is usual there.`,
  };
}

function worstDeals(worst: readonly OpenDealHealth[]): string[] {
  return grid(
    ['deal', 'stage', 'days', 'limit', 'from', 'over\nsooner', 'in\n30 d', 'expected\nloss', ''],
    worst.map((deal) => [
      deal.partnershipId.slice(0, 8),
      words(deal.stage),
      deal.daysInStage,
      deal.thresholdDays,
      SOURCES[deal.thresholdSource],
      deal.stagePercentile === null ? '-' : `${deal.stagePercentile.toFixed(0)} %`,
      percent(deal.chance30d),
      deal.expectedLoss === null ? '-' : `${money(deal.expectedLoss)} ${deal.currency}`,
      SEVERITIES[deal.severity],
    ]),
    [2, 3, 5, 6, 7],
  );
}

/** Why there is a `-` in the table. */
function reasonsOf(deals: readonly OpenDealHealth[]): string[] {
  const about: Record<keyof MissingFigures, string> = {
    stagePercentile: 'No percentile',
    chance30d: 'No chance',
    expectedLoss: 'No expected loss',
  };
  return Object.entries(about).flatMap(([field, text]) => {
    const codes = deals.flatMap(({ reasons }) => reasons[field as keyof MissingFigures] ?? []);
    return codes.length === 0 ? [] : [`${text}: ${listed(codes)}.`];
  });
}

const ruleOf = ({ rule, days }: StoredBacktest['rules'][number]): string =>
  rule === 'statistical' ? 'history (P75)' : `fixed ${days ?? '-'} d${rule === 'fixed' ? '' : ', as many'}`;

/** How well stall alerts would have done. */
export function describeBacktest(
  { asOf, window, visits, owners, rules }: StoredBacktest,
  width: number,
): SectionText {
  const own = rules.find(({ rule }) => rule === 'statistical');
  const reasons = rules.flatMap((row) => row.reasons.map((code) => `${ruleOf(row)}: ${words(code)}`));
  return {
    lines: [
      ...wrap(
        `Replayed ${window.from} to ${window.to}: ${thousands(visits)} stage visits of ${thousands(owners)} owners (on ${dayOf(asOf)}).`,
        width,
      ),
      ...fitted(width, (places) =>
        grid(
          [
            'rule',
            'alerts',
            'right',
            'wrong',
            'preci-\nsion',
            `0 %${'100 %'.padStart(places - 3)}`,
            'lead',
            'owner,\nweek',
          ],
          rules.map((row) => [
            ruleOf(row),
            thousands(row.alerts),
            thousands(row.right),
            thousands(row.wrong),
            percent(row.precision),
            intervalChart(
              { point: row.precision, low: row.precisionLow, high: row.precisionHigh },
              { from: 0, to: 1, reference: 0.5 },
              places,
            ),
            row.leadDays === null ? '-' : `${row.leadDays} d`,
            row.alertsPerOwnerWeek.toFixed(2),
          ]),
          [1, 2, 3, 4, 6, 7],
        ),
      ),
      ...reasons.flatMap((line) => wrap(line, width)),
    ],
    meaning:
      own === undefined || own.precision === null
        ? 'too few alerts have been decided to judge the rule in force.'
        : `of 100 alerts of the rule in force, ${Math.round(100 * own.precision)} were about deals that were lost or dragged on, ` +
          `${figure(own.leadDays, 0)} business days before that was over.`,
  };
}
