import type { PlanRow, SyncOutcome, SyncPlan, SyncRunView } from '../../modules/sync/index.js';
import { EXIT, table, thousands } from './output.js';

/** Outcomes of runs that were just made, with what to do next. */
export function describeOutcomes(outcomes: readonly (SyncOutcome & { runId: string })[]): string {
  const next = outcomes.flatMap(({ name, status, reason, error }) => {
    if (status === 'held') return [`  ${name}: ${error?.message ?? reason}`];
    if (reason === 'paused') return [`  ${name} is paused. Go on with: cli sync resume ${name}`];
    if (reason === 'overlap') return [`  ${name} runs already. Look with: cli sync status ${name}`];
    if (status === 'partial') return [`  ${name}: ${reason}. Look with: cli sync rejects ${name}`];
    if (status === 'failed' && error !== undefined) return [`  ${name}: ${error.code}. ${error.message}`];
    return [];
  });
  return [
    table(
      ['sync', 'target', 'status', 'inserted', 'updated', 'deleted', 'unchanged', 'failed', 'held'],
      outcomes.map((one) => [one.name, one.target, one.status, ...figures(one)]),
      [3, 4, 5, 6, 7, 8],
    ),
    ...next,
  ].join('\n');
}

/** Runs of the ledger, the newest first. */
export function describeRuns(runs: readonly SyncRunView[]): string {
  return table(
    [
      'run',
      'status',
      'by',
      'started',
      'inserted',
      'updated',
      'deleted',
      'unchanged',
      'failed',
      'held',
      'rows/s',
      'reason',
    ],
    runs.map((run) => [
      run.runId,
      run.status,
      run.requestedBy === '' ? run.trigger : run.requestedBy,
      run.startedAt ?? '',
      ...figures(run),
      run.rowsPerSecond === null ? '' : thousands(run.rowsPerSecond),
      run.reason ?? '',
    ]),
    [4, 5, 6, 7, 8, 9, 10],
  );
}

type Figures = Pick<SyncOutcome, 'inserted' | 'updated' | 'deleted' | 'unchanged' | 'failed' | 'held'>;

const figures = (run: Figures): string[] =>
  [run.inserted, run.updated, run.deleted, run.unchanged, run.failed, run.held].map(thousands);

/** A plan with some of its rows; `kept`: it can be applied. */
export function describePlan(plan: SyncPlan, rows: readonly PlanRow[], kept: boolean): string {
  const { counts } = plan;
  return [
    `${plan.sync}: ${thousands(counts.insert)} to insert, ${thousands(counts.update)} to update, ${thousands(counts.delete)} to delete, ${thousands(counts.unchanged)} unchanged, ${thousands(counts.reject)} that no target can take`,
    ...(plan.actions.length === 0
      ? []
      : [
          table(
            ['wanted', 'what the target would do', 'rows'],
            plan.actions.map(({ op, action, rows: many }) => [op, action, thousands(many)]),
            [2],
          ),
        ]),
    ...(plan.fields.length === 0
      ? []
      : [
          table(
            ['field', 'rows that change it'],
            plan.fields.map(({ field, rows: many }) => [field, thousands(many)]),
            [1],
          ),
        ]),
    ...(rows.length === 0 ? [] : [describeRows(rows)]),
    ...plan.warnings,
    kept
      ? `Do exactly this: cli sync apply ${plan.id}`
      : 'Nothing was kept. To apply it, make it with: cli sync plan',
  ].join('\n');
}

function describeRows(rows: readonly PlanRow[]): string {
  return table(
    ['action', 'key', 'field', 'before', 'after'],
    rows.flatMap(({ action, key, fields }) =>
      fields.length === 0
        ? [[action, key.join(', '), '', '', '']]
        : fields.map(({ field, before, after }, n) => [
            n === 0 ? action : '',
            n === 0 ? key.join(', ') : '',
            field,
            shown(before),
            shown(after),
          ]),
    ),
  );
}

const SHOWN = 60;
const shown = (text: string | null): string =>
  text === null ? 'null' : text.length > SHOWN ? `${text.slice(0, SHOWN)} ...` : text;

/** 0 when all went well or were skipped, 1 when nothing did, else 2. */
export function exitCodeOf(outcomes: readonly Pick<SyncOutcome, 'status'>[]): number {
  const all = (...statuses: SyncOutcome['status'][]) =>
    outcomes.every(({ status }) => statuses.includes(status));
  if (all('succeeded', 'skipped')) return EXIT.succeeded;
  return all('failed', 'cancelled') ? EXIT.failed : EXIT.partial;
}
