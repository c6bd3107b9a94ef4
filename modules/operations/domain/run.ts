import type { RunContext, StepOutcome } from '../../../src/kernel/progress.js';

export const STEP_NAMES = ['extract', 'model', 'insight', 'sync', 'alert'] as const;
export type StepName = (typeof STEP_NAMES)[number];

export const TRIGGERS = ['manual', 'api', 'schedule', 'cdc'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export const RUN_STATUSES = [
  'queued',
  'running',
  'succeeded',
  'partial',
  'failed',
  'held',
  'cancelled',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const STEP_STATUSES = [...RUN_STATUSES, 'skipped'] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

/** Why a run or a step did not succeed. The message is for people; decisions use the code. */
export interface Failure {
  class: string;
  code: string;
  message: string;
}

/** One step of a run. Instants are ISO 8601 UTC, counts are rows. */
export interface RunStep {
  name: StepName;
  status: StepStatus;
  startedAt: string | null;
  finishedAt: string | null;
  rowsIn: number;
  rowsOut: number;
  rejected: number;
  error: Failure | null;
}

/** What one sync of a run did to its target, in rows. */
export interface SyncFigures {
  name: string;
  target: string;
  status: string;
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  failed: number;
  held: number;
}

/** What the alert step of a run did, in incidents (opened, updated, suppressed, resolved) and messages (sent, stored). */
export interface AlertFigures {
  opened: number;
  sent: number;
  stored: number;
  updated: number;
  suppressed: number;
  resolved: number;
}

/** One run of the pipeline as the API and the command line show it. */
export interface Run {
  id: string;
  status: RunStatus;
  trigger: Trigger;
  asOf: string;
  startedAt: string | null;
  finishedAt: string | null;
  steps: RunStep[];
  syncs: SyncFigures[];
  alerts: AlertFigures;
}

/** One step's use case, as its module provides it. */
export interface PipelineStep {
  name: StepName;
  execute(context: RunContext): Promise<StepOutcome>;
}
