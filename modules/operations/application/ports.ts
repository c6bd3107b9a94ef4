import type { StepOutcome } from '../../../src/kernel/progress.js';
import type { Failure, Run, RunStatus, StepName, StepStatus, Trigger } from '../domain/run.js';

/** Injection token of the five steps, a `PipelineStep[]` in order. */
export const PIPELINE_STEPS = Symbol('PIPELINE_STEPS');

/** Injection token of an `InsightReader`. */
export const INSIGHT_READER = Symbol('INSIGHT_READER');

/** What this module needs of the insight that others compute. */
export interface InsightReader {
  /** The latest answer to "which component predicts success", or null before the first run. */
  latestPredictiveness(): Promise<unknown>;
  /** Time in stage and the thresholds in force, or null before the first run. */
  latestStageTimes(): Promise<unknown>;
  /** Whether partnerships make matching better, or null before the first run. */
  latestNetworkEffects(): Promise<unknown>;
  /** The replay of stall alerts that was kept last, or null before the first. */
  latestBacktest(): Promise<unknown>;
}

export interface NewRun {
  id: string;
  trigger: Trigger;
  /** ISO 8601 instant; absent: the clock of the database. */
  asOf?: string;
  /** Name of the API key or of the user who asked. */
  requestedBy?: string;
  /** Start of the interval a scheduled run stands for. */
  scheduleSlot?: string;
}

/** How a step ended, as it is stored. */
export type StepEnding = Omit<Partial<StepOutcome>, 'status' | 'error'> & {
  status: Exclude<StepStatus, 'queued' | 'running'>;
  error?: Failure;
};

/** A run taken for execution. A later claim of the same run has another `attempt`, and from then on this one is void. */
export interface ClaimedRun {
  id: string;
  asOf: string;
  attempt: number;
}

/** Injection token of the ledger of runs, a `RunLedger`. */
export const RUN_LEDGER = Symbol('RUN_LEDGER');

/** Which runs there were, and how each of their steps went. */
export interface RunLedger {
  /** Inserts a queued run; null when its schedule slot is taken. */
  insert(run: NewRun): Promise<Run | null>;
  /** Takes a run for execution from its first step; null when it has ended. Call it under the run lock only. */
  claim(runId: string): Promise<ClaimedRun | null>;
  /** Ends what dead processes left behind, except the run about to start. Call it under the run lock only. */
  abandonOthers(runId: string, queuedForSeconds: number): Promise<string[]>;
  /** Ends a run that never began; says false when it began or ended meanwhile. */
  dismiss(runId: string, status: 'failed' | 'cancelled', failure: Failure): Promise<boolean>;
  /** These three write nothing and say false when the run is no longer ours: ended, or claimed again. */
  startStep(run: ClaimedRun, name: StepName): Promise<boolean>;
  finishStep(run: ClaimedRun, name: StepName, ending: StepEnding): Promise<boolean>;
  finish(run: ClaimedRun, status: RunStatus): Promise<boolean>;
  find(runId: string): Promise<Run | null>;
  /** Newest request first. */
  list(filter: { limit: number; status?: RunStatus }): Promise<Run[]>;
  /** What each step of a run reported about itself, for summaries; `{}` for a step that has not ended. */
  details(runId: string): Promise<Map<StepName, Record<string, unknown>>>;
}

export interface LockWait {
  /** How long to wait for another holder, in milliseconds; 0 tries once. */
  waitMs: number;
  /** Stops waiting. */
  signal: AbortSignal;
  /** Told with the seconds waited so far, each time another holder is found. */
  onWait: (seconds: number) => void;
}

/** The lock under which a run executes: at most one holder per database. */
export interface RunLock {
  /**
   * Calls `work` while this process holds the lock; returns null without calling it when another holder did not let
   * go in time or the wait was aborted. `work` gets a signal that aborts when the lock is lost: from then on another
   * process may run.
   */
  hold<T>(wait: LockWait, work: (lost: AbortSignal) => Promise<T>): Promise<T | null>;
}
