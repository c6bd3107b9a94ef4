import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError, toAppError } from '../../../src/kernel/errors.js';
import type { OnProgress, RunContext, StepOutcome } from '../../../src/kernel/progress.js';
import type { Logger } from '../../../src/platform/logging/logging.js';
import { redact } from '../../../src/platform/logging/redact.js';
import {
  type Failure,
  type PipelineStep,
  type Run,
  STEP_NAMES,
  type StepName,
  type Trigger,
} from '../domain/run.js';
import { blockerOf, foldRunStatus, type StepResult } from '../domain/run-rules.js';
import type { ClaimedRun, RunLedger, RunLock, StepEnding } from './ports.js';

const DEFAULT_LOCK_WAIT_MS = 15 * 60_000;
/** A queued run may wait behind others; one older than this, and not run by anyone, has lost its process. */
const QUEUED_FOR_SECONDS = 30 * 60;
const MESSAGE_LENGTH = 2_000;
const storedDetail = z.record(z.string(), z.unknown());

/** What a caller asks for; see `PipelineRunner.request`. */
export interface RunRequest {
  trigger: Trigger;
  /** ISO 8601 instant that is `now` for the steps; absent: the clock. */
  asOf?: string;
  requestedBy?: string;
  /** Start of the interval a scheduled run stands for; at most one run has it. */
  scheduleSlot?: string;
}

export interface ExecuteOptions {
  signal: AbortSignal;
  onProgress: OnProgress;
}

/** Told of each ended step and run, for metrics. */
export interface RunObserver {
  stepEnded(name: StepName, ending: StepEnding, seconds: number): void;
  runEnded(run: Run): void;
}

export interface PipelineRunnerOptions {
  logger: Logger;
  observer?: RunObserver;
  /** How long a scheduled run waits for the one in progress before it gives way, in milliseconds; absent: not at all. */
  scheduledLockWaitMs?: number;
  /** How long a run that a person or a program asked for waits for the one in progress, in milliseconds. */
  lockWaitMs?: number;
}

/**
 * Runs the five steps in order under one `asOf` and keeps the ledger. At most one run executes per database at any
 * time. A step's error is its result and never leaves `execute`; what does is an error of the ledger itself.
 */
export class PipelineRunner {
  private readonly logger: Logger;

  constructor(
    private readonly ledger: RunLedger,
    private readonly lock: RunLock,
    private readonly steps: readonly PipelineStep[],
    private readonly options: PipelineRunnerOptions,
  ) {
    this.logger = options.logger;
    const names = steps.map((step) => step.name).join(', ');
    if (names !== STEP_NAMES.join(', ')) {
      throw new AppError({
        class: 'bug',
        source: 'operations',
        code: 'pipeline_steps',
        message: `A pipeline has the steps ${STEP_NAMES.join(', ')}, in this order; got ${names || 'none'}.`,
      });
    }
  }

  /** Stores a queued run; null when another replica has its schedule slot. */
  async request(request: RunRequest): Promise<Run | null> {
    return this.ledger.insert({ id: randomUUID(), ...request });
  }

  /**
   * Executes a run and returns it as it ended; one that has ended already is returned as it is. A run whose process
   * died starts again from its first step, on its own `asOf`. While another run is in progress a scheduled one gives
   * way (cancelled, `run_overlap`); any other waits, and after its bound fails with `run_lock_timeout`. When `signal`
   * aborts, the run ends as cancelled with `run_interrupted` as soon as the step in hand lets go.
   * Errors: `run_unknown` (rejected), and those of Postgres.
   */
  async execute(runId: string, { signal, onProgress }: ExecuteOptions): Promise<Run> {
    const before = await this.get(runId);
    const { scheduledLockWaitMs = 0, lockWaitMs = DEFAULT_LOCK_WAIT_MS } = this.options;
    const waitMs = before.trigger === 'schedule' ? scheduledLockWaitMs : lockWaitMs;
    const held = await this.lock.hold(
      {
        waitMs,
        signal,
        onWait: (seconds) => onProgress({ phase: 'waiting for the run in progress', done: seconds }),
      },
      async (lost) => this.executeLocked(runId, AbortSignal.any([signal, lost]), onProgress),
    );
    if (held !== null) return held;
    await this.giveUp(before, signal);
    return this.get(runId);
  }

  private async executeLocked(runId: string, signal: AbortSignal, onProgress: OnProgress): Promise<Run> {
    const abandoned = await this.ledger.abandonOthers(runId, QUEUED_FOR_SECONDS);
    for (const id of abandoned) this.logger.warn({ runId: id }, 'run abandoned by a process that ended');
    const claimed = await this.ledger.claim(runId);
    if (claimed === null) return this.get(runId);
    this.logger.info({ runId, asOf: claimed.asOf }, 'run started');

    const results: StepResult[] = [];
    const earlier = new Map<StepName, StepEnding>();
    for (const step of this.steps) {
      const context = { runId, asOf: claimed.asOf, signal, onProgress, earlier };
      const ending = await this.runStep(step, results, claimed, context);
      if (ending === null) return this.lost(runId);
      earlier.set(step.name, ending);
      results.push({
        name: step.name,
        status: ending.status,
        usable: ending.detail?.['continue'] === true,
      });
    }
    if (!(await this.ledger.finish(claimed, foldRunStatus(results)))) return this.lost(runId);
    const run = await this.get(runId);
    this.logger.info({ runId, status: run.status }, 'run ended');
    this.options.observer?.runEnded(run);
    return run;
  }

  /** How the step ended; null when the run is no longer ours, and nothing of it may be stored or begun. */
  private async runStep(
    step: PipelineStep,
    results: readonly StepResult[],
    claimed: ClaimedRun,
    context: RunContext,
  ): Promise<StepEnding | null> {
    const { runId, signal } = context;
    const started = performance.now();
    let ending: StepEnding;
    if (signal.aborted) ending = { status: 'cancelled', error: interruption(signal) };
    else if (blockerOf(step.name, results) !== null) ending = { status: 'skipped' };
    else if (await this.ledger.startStep(claimed, step.name)) ending = await outcomeOf(step, context);
    else return null;
    const stored = { ...ending, detail: withoutSecrets(ending.detail ?? {}) };
    if (!(await this.ledger.finishStep(claimed, step.name, stored))) return null;

    const seconds = Math.round(performance.now() - started) / 1000;
    const { status, rowsIn, rowsOut, rejected, error } = ending;
    const line = { runId, step: step.name, status, rowsIn, rowsOut, rejected, seconds, error };
    if (status === 'failed') this.logger.error(line, 'step failed');
    else this.logger.info(line, 'step ended');
    this.options.observer?.stepEnded(step.name, ending, seconds);
    return ending;
  }

  /** Another process has ended the run or executes it again; how it goes is its to say. */
  private async lost(runId: string): Promise<Run> {
    this.logger.warn({ runId, code: 'run_lost' }, 'the ledger says that this run is no longer running here');
    return this.get(runId);
  }

  /** Ends a run that did not get the lock. */
  private async giveUp(run: Run, signal: AbortSignal): Promise<void> {
    const failure = signal.aborted
      ? interruption(signal)
      : run.trigger === 'schedule'
        ? OVERLAP
        : LOCK_TIMEOUT;
    const status = failure === LOCK_TIMEOUT ? 'failed' : 'cancelled';
    const dismissed = await this.ledger.dismiss(run.id, status, failure);
    if (dismissed) this.logger.warn({ runId: run.id, code: failure.code }, failure.message);
  }

  private async get(runId: string): Promise<Run> {
    const run = await this.ledger.find(runId);
    if (run !== null) return run;
    throw new AppError({
      class: 'rejected',
      source: 'operations',
      code: 'run_unknown',
      message: `There is no run ${runId}.`,
    });
  }
}

const OVERLAP: Failure = {
  class: 'transient',
  code: 'run_overlap',
  message: 'Another run was in progress; the next scheduled one catches up.',
};
const LOCK_TIMEOUT: Failure = {
  class: 'transient',
  code: 'run_lock_timeout',
  message: 'Another run was in progress for longer than this one may wait.',
};

/** Why the signal aborted: the lost lock says so itself, anything else is a request to stop. */
function interruption(signal: AbortSignal): Failure {
  if (signal.reason instanceof AppError) return failureOf(signal.reason);
  return { class: 'transient', code: 'run_interrupted', message: 'The process was asked to stop.' };
}

/** A step's outcome; what it throws is its failure, or its cancellation when it was asked to stop. */
async function outcomeOf(step: PipelineStep, context: RunContext): Promise<StepEnding> {
  try {
    const outcome: StepOutcome = await step.execute(context);
    return {
      ...outcome,
      error: outcome.error && { ...outcome.error, message: clean(outcome.error.message) },
    };
  } catch (error) {
    if (context.signal.aborted) return { status: 'cancelled', error: interruption(context.signal) };
    return { status: 'failed', error: failureOf(toAppError(error, step.name)) };
  }
}

const failureOf = (error: AppError): Failure => ({
  class: error.class,
  code: error.code,
  message: clean(error.message),
});

/** A step's detail as it is stored, every text in it as free of secrets as its error is. */
function withoutSecrets(detail: Record<string, unknown>): Record<string, unknown> {
  const redacted: unknown = JSON.parse(JSON.stringify(detail), (_key, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  );
  return storedDetail.parse(redacted);
}

const clean = (message: string): string => redact(message).slice(0, MESSAGE_LENGTH);
