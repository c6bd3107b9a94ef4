import type { AlertMessage } from '../../modules/alerting/index.js';
import type { Run } from '../../modules/operations/index.js';
import type { InsightReport, StalledDeal } from '../../modules/scoring-insight/index.js';
import { table, thousands } from './output.js';

const seconds = (from: string | null, to: string | null): string =>
  from && to ? `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s` : '';
export const figure = (value: number | null, digits = 3): string =>
  value === null ? '-' : value.toFixed(digits);
export const percent = (value: number | null): string =>
  value === null ? '-' : `${(value * 100).toFixed(0)} %`;

/** A run as a person reads it: steps with times and rows, rows written per target, alerts. */
export function describeRun(run: Run): string {
  const steps = table(
    ['step', 'status', 'time', 'rows in', 'rows out', 'rejected'],
    run.steps.map((step) => [
      step.name,
      step.status,
      seconds(step.startedAt, step.finishedAt),
      thousands(step.rowsIn),
      thousands(step.rowsOut),
      thousands(step.rejected),
    ]),
    [2, 3, 4, 5],
  );
  const syncs = table(
    ['sync', 'target', 'status', 'inserted', 'updated', 'deleted', 'unchanged', 'failed', 'held'],
    run.syncs.map((sync) => [
      sync.name,
      sync.target,
      sync.status,
      ...[sync.inserted, sync.updated, sync.deleted, sync.unchanged, sync.failed, sync.held].map(thousands),
    ]),
    [3, 4, 5, 6, 7, 8],
  );
  const { opened, sent, stored, updated, suppressed, resolved } = run.alerts;
  const errors = run.steps.flatMap((step) =>
    step.error ? [`  ${step.name}: ${step.error.code}. ${step.error.message}`] : [],
  );
  return [
    `Run ${run.id}: ${run.status}, as of ${run.asOf}, ${seconds(run.startedAt, run.finishedAt)}`,
    steps,
    ...(run.syncs.length > 0 ? [syncs] : []),
    `Alerts: ${opened} opened, ${updated} updated, ${resolved} resolved, ${suppressed} suppressed; messages: ${sent} sent, ${stored} stored`,
    ...(errors.length > 0 ? ['Errors:', ...errors] : []),
  ].join('\n');
}

const VERDICTS: Record<string, string> = {
  predicts: 'predicts success',
  predicts_inversely: 'predicts failure',
  no_evidence: 'no evidence',
  too_few_deals: 'too few deals',
};

const verdictOf = ({ verdict, reasons }: { verdict: string; reasons: readonly string[] }): string =>
  reasons.includes('shared_entities')
    ? 'no evidence: the same entities again and again'
    : (VERDICTS[verdict] ?? verdict);
export const pValue = (p: number | null): string => (p === null ? '-' : p < 0.001 ? '< 0.001' : p.toFixed(3));

/** Which affinity components predict success, best first, and the weights that follow. */
export function describePredictiveness(report: InsightReport): string {
  const ranked = [...report.components].sort((a, b) => (b.auc ?? 0) - (a.auc ?? 0));
  const { suggested, current, reason, suggestedVersion } = report.weights;
  return [
    `Which affinity components predict success? ${thousands(report.n)} closed deals, ${thousands(report.nSuccessful)} successful (as of ${report.asOf.slice(0, 10)})`,
    table(
      [
        'component',
        'verdict',
        'AUC',
        '95 % interval',
        'Spearman',
        "Hedges' g",
        'adjusted p',
        'weight now',
        'suggested',
      ],
      ranked.map((row) => [
        row.component,
        verdictOf(row),
        figure(row.auc),
        `${figure(row.dyadic?.low ?? row.aucLow)} to ${figure(row.dyadic?.high ?? row.aucHigh)}`,
        figure(row.spearman),
        figure(row.measures?.hedgesG.g ?? null, 2),
        pValue(row.pAdjusted),
        figure(current[row.component]),
        suggested ? figure(suggested[row.component]) : '-',
      ]),
      [2, 3, 4, 5, 6, 7, 8],
    ),
    suggested
      ? `Suggested weights are version ${suggestedVersion ?? '?'} of (:AffinityModel) in the graph, waiting for a person to approve them.`
      : `No weights suggested: ${reason ?? 'unknown'}.`,
    ...(report.categories.length > 0 ? [describeCategories(report.categories)] : []),
    ...(report.segments ? [describeSegments(report.segments)] : []),
    ...(report.drift ? [describeDrift(report.drift)] : []),
    ...(report.selection ? [describeSelection(report.selection)] : []),
    ...(report.warnings.length > 0 ? [`Warnings: ${report.warnings.join(', ')}`] : []),
  ].join('\n');
}

type Section<Name extends 'segments' | 'drift' | 'selection'> = NonNullable<InsightReport[Name]>;

const namesOf = (rows: readonly { component: string }[]): string =>
  [...new Set(rows.map(({ component }) => component))].join(', ') || '-';

/** Where components hold otherwise than over all deals. */
function describeSegments({ segmentations }: Section<'segments'>): string {
  return table(
    ['segments by', 'shown', 'left out', 'enough deals in', 'differ between segments', 'reversed within'],
    segmentations.map(({ segmentation, segments, leftOut, across }) => [
      segmentation,
      segments.length,
      leftOut.length,
      segments.filter(({ components }) => components.some(({ verdict }) => verdict !== 'too_few_deals'))
        .length,
      across.some(({ q }) => q !== null)
        ? namesOf(across.filter(({ pAdjusted }) => pAdjusted !== null && pAdjusted < 0.05))
        : 'not tested',
      namesOf(across.filter(({ reversed }) => reversed)),
    ]),
    [1, 2, 3],
  );
}

/** Whether components foretell as they did, from one quarter to the next. */
function describeDrift({ quarters, changes, baseline }: Section<'drift'>): string {
  const tested = changes.filter(({ p }) => p !== null).length;
  const changed = changes
    .filter((change) => change.changed)
    .map(({ component, from, to, difference }) => `${component} ${figure(difference)} from ${from} to ${to}`);
  const shifted = quarters.flatMap(({ quarter, components }) =>
    components.filter(({ shift }) => shift.shifted).map(({ component }) => `${component} in ${quarter}`),
  );
  return [
    `Drift: ${changed.length} of ${tested} changes of AUC between quarters flagged${listed(changed)};`,
    `score distributions unlike those of ${baseline ?? 'a baseline'}: ${shifted.length}${listed(shifted)}`,
  ].join(' ');
}

const LISTED = 5;

const listed = (items: readonly string[]): string =>
  items.length === 0
    ? ''
    : ` (${items.slice(0, LISTED).join(', ')}${items.length > LISTED ? `, and ${items.length - LISTED} more` : ''})`;

/** Whom the figures are about, and what that does to correlations. */
function describeSelection({ scope, share, scoredPairs, components }: Section<'selection'>): string {
  const corrected = components.flatMap(({ component, ratio, r, corrected: there }) =>
    there === null
      ? []
      : [`${component} ${figure(r, 2)} -> ${figure(there, 2)} (spread x ${figure(ratio, 2)})`],
  );
  return [
    `Scope: ${scope} Of ${thousands(scoredPairs)} scored pairs ${share === null ? '-' : `${(share * 100).toFixed(1)} %`} became partnerships.`,
    ...(corrected.length > 0
      ? [`Correlation in the range of all scored pairs: ${corrected.join(', ')}`]
      : []),
  ].join('\n');
}

/** The categories with the most deals; the rest would not fit on a screen. */
const LEVELS_SHOWN = 3;

/** Whether success goes with the declared categories. */
function describeCategories(categories: InsightReport['categories']): string {
  return table(
    [
      'category',
      'verdict',
      "Cramer's V",
      '95 % interval',
      'adjusted p',
      'most deals, with their success rate',
    ],
    categories.map((row) => [
      row.predictor,
      verdictOf(row),
      figure(row.cramersVCorrected),
      `${figure(row.dyadic.low)} to ${figure(row.dyadic.high)}`,
      pValue(row.pAdjusted),
      row.levels
        .slice(0, LEVELS_SHOWN)
        .map(({ value, rate }) => `${value} ${percent(rate)}`)
        .join(', '),
    ]),
    [2, 3, 4],
  );
}

export interface BadgeLine {
  entityName: string;
  badge: string;
  level: string;
  evidence: { percentile: number | null; value: number | null; n: number; cohort: string | null };
}

export function describeBadges(badges: readonly BadgeLine[]): string {
  return [
    'Top badges',
    table(
      ['entity', 'badge', 'level', 'percentile', 'value', 'n', 'compared with'],
      badges.map(({ entityName, badge, level, evidence }) => [
        entityName,
        badge,
        level,
        evidence.percentile === null ? '-' : evidence.percentile.toFixed(1),
        badge === 'top_performer' || badge === 'reliable_partner'
          ? percent(evidence.value)
          : figure(evidence.value, 1),
        evidence.n,
        evidence.cohort ?? '-',
      ]),
      [3, 4, 5],
    ),
  ].join('\n');
}

export function describeStalls(deals: readonly StalledDeal[], message: AlertMessage | undefined): string {
  return [
    'Stalled deals, the longest first',
    table(
      ['deal', 'stage', 'business days', 'threshold', 'severity', 'value', 'owner'],
      deals.map((deal) => [
        deal.partners.map((name) => name ?? 'unknown').join(' + '),
        deal.stage,
        deal.daysInStage,
        deal.thresholdDays,
        deal.severity,
        `${deal.dealValue} ${deal.currency}`,
        deal.ownerName ?? 'unknown',
      ]),
      [2, 3, 5],
    ),
    ...(message ? [`A message as its owner gets it (${message.status}):`, indent(message.preview)] : []),
  ].join('\n');
}

const indent = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  | ${line}`)
    .join('\n');
