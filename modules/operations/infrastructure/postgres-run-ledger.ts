import { z } from 'zod';
import type { Postgres } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { ClaimedRun, NewRun, RunLedger, StepEnding } from '../application/ports.js';
import {
  type Failure,
  RUN_STATUSES,
  type Run,
  type RunStatus,
  type RunStep,
  STEP_NAMES,
  STEP_STATUSES,
  type StepName,
  type SyncFigures,
  TRIGGERS,
} from '../domain/run.js';

const statement = (name: string) => readStatement(import.meta.url, `./sql/${name}.sql`);
const sql = {
  insertRun: statement('insert-run'),
  claimRun: statement('claim-run'),
  abandonRuns: statement('abandon-runs'),
  dismissRun: statement('dismiss-run'),
  startStep: statement('start-step'),
  finishStep: statement('finish-step'),
  finishRun: statement('finish-run'),
  selectRuns: statement('select-runs'),
  selectSteps: statement('select-steps'),
  selectSyncs: statement('select-syncs'),
};

/** bigint columns that count rows: far below 2^53. */
const count = z.coerce.number().int().nonnegative();
const instant = z.string().nullable();
const idRow = z.object({ id: z.string() });
const claimedRow = idRow.extend({ as_of: z.string(), attempt: z.number().int().positive() });
const runRow = z.object({
  id: z.string(),
  status: z.enum(RUN_STATUSES),
  trigger: z.enum(TRIGGERS),
  as_of: z.string(),
  started_at: instant,
  finished_at: instant,
  alerts: z.object({
    opened: count.default(0),
    sent: count.default(0),
    stored: count.default(0),
    updated: count.default(0),
    suppressed: count.default(0),
    resolved: count.default(0),
  }),
});
const stepRow = z.object({
  run_id: z.string(),
  name: z.enum(STEP_NAMES),
  status: z.enum(STEP_STATUSES),
  started_at: instant,
  finished_at: instant,
  rows_in: count,
  rows_out: count,
  rejected: count,
  error_class: z.string().nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});
const syncRow = z.object({
  run_id: z.string(),
  name: z.string(),
  target: z.string(),
  status: z.string(),
  inserted: count,
  updated: count,
  deleted: count,
  unchanged: count,
  failed: count,
  held: count,
});

/**
 * The ledger of runs: insights_ops.pipeline_runs, pipeline_steps and (read only; the sync step writes it) sync_runs.
 * All instants come from the database's clock.
 */
export class PostgresRunLedger implements RunLedger {
  constructor(private readonly postgres: Postgres) {}

  async insert(run: NewRun): Promise<Run | null> {
    const rows = await this.postgres.query(
      sql.insertRun,
      [
        run.id,
        run.trigger,
        run.asOf ?? null,
        run.requestedBy ?? null,
        run.scheduleSlot ?? null,
        [...STEP_NAMES],
      ],
      idRow,
    );
    return rows.length === 0 ? null : this.find(run.id);
  }

  async claim(runId: string): Promise<ClaimedRun | null> {
    const [row] = await this.postgres.query(sql.claimRun, [runId], claimedRow);
    return row === undefined ? null : { id: row.id, asOf: row.as_of, attempt: row.attempt };
  }

  async abandonOthers(runId: string, queuedForSeconds: number): Promise<string[]> {
    const rows = await this.postgres.query(sql.abandonRuns, [runId, queuedForSeconds], idRow);
    return rows.map((row) => row.id);
  }

  async dismiss(runId: string, status: 'failed' | 'cancelled', failure: Failure): Promise<boolean> {
    const params = [runId, status, failure.class, failure.code, failure.message];
    return (await this.postgres.query(sql.dismissRun, params, idRow)).length > 0;
  }

  async startStep(run: ClaimedRun, name: StepName): Promise<boolean> {
    return (await this.postgres.execute(sql.startStep, [run.id, run.attempt, name])) > 0;
  }

  async finishStep(run: ClaimedRun, name: StepName, ending: StepEnding): Promise<boolean> {
    const touched = await this.postgres.execute(sql.finishStep, [
      run.id,
      run.attempt,
      name,
      ending.status,
      ending.rowsIn ?? 0,
      ending.rowsOut ?? 0,
      ending.rejected ?? 0,
      ending.error?.class ?? null,
      ending.error?.code ?? null,
      ending.error?.message ?? null,
      JSON.stringify(ending.detail ?? {}),
    ]);
    return touched > 0;
  }

  async finish(run: ClaimedRun, status: RunStatus): Promise<boolean> {
    return (await this.postgres.execute(sql.finishRun, [run.id, run.attempt, status])) > 0;
  }

  async find(runId: string): Promise<Run | null> {
    const [run] = await this.select(runId, null, 1);
    return run ?? null;
  }

  async list(filter: { limit: number; status?: RunStatus }): Promise<Run[]> {
    return this.select(null, filter.status ?? null, filter.limit);
  }

  async details(runId: string): Promise<Map<StepName, Record<string, unknown>>> {
    const steps = await this.postgres.query(sql.selectSteps, [[runId]], stepRow);
    return new Map(steps.map((step) => [step.name, step.detail]));
  }

  private async select(runId: string | null, status: RunStatus | null, limit: number): Promise<Run[]> {
    const runs = await this.postgres.query(sql.selectRuns, [runId, status, limit], runRow);
    const ids = runs.map((run) => run.id);
    const steps = await this.postgres.query(sql.selectSteps, [ids], stepRow);
    const syncs = await this.postgres.query(sql.selectSyncs, [ids], syncRow);
    return runs.map((run) => ({
      id: run.id,
      status: run.status,
      trigger: run.trigger,
      asOf: run.as_of,
      startedAt: run.started_at,
      finishedAt: run.finished_at,
      steps: steps.filter((step) => step.run_id === run.id).map(toStep),
      syncs: syncs.filter((sync) => sync.run_id === run.id).map(toSync),
      alerts: run.alerts,
    }));
  }
}

function toStep(row: z.output<typeof stepRow>): RunStep {
  return {
    name: row.name,
    status: row.status,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    rowsIn: row.rows_in,
    rowsOut: row.rows_out,
    rejected: row.rejected,
    error:
      row.error_code === null
        ? null
        : { class: row.error_class ?? 'bug', code: row.error_code, message: row.error_message ?? '' },
  };
}

function toSync({ run_id: _runId, ...figures }: z.output<typeof syncRow>): SyncFigures {
  return figures;
}
