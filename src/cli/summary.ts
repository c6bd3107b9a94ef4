import type { AlertMessage } from '../../modules/alerting/index.js';
import type { Run } from '../../modules/operations/index.js';
import type { InsightReport, StalledDeal } from '../../modules/scoring-insight/index.js';
import { table, thousands } from './output.js';

const seconds = (from: string | null, to: string | null): string =>
  from && to ? `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s` : '';
const figure = (value: number | null, digits = 3): string => (value === null ? '-' : value.toFixed(digits));
const percent = (value: number | null): string => (value === null ? '-' : `${(value * 100).toFixed(0)} %`);

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

const verdictOf = ({ verdict, reasons }: InsightReport['components'][number]): string =>
  reasons.includes('shared_entities')
    ? 'no evidence: the same entities again and again'
    : (VERDICTS[verdict] ?? verdict);
const pValue = (p: number | null): string => (p === null ? '-' : p < 0.001 ? '< 0.001' : p.toFixed(3));

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
    ...(report.warnings.length > 0 ? [`Warnings: ${report.warnings.join(', ')}`] : []),
  ].join('\n');
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
