import { AppError, toAppError } from '../../../src/kernel/errors.js';
import type { OnProgress } from '../../../src/kernel/progress.js';
import type { SyncDefinition, TargetKind } from '../domain/definition.js';
import { guardReasons, wouldDo } from '../domain/guard.js';
import {
  type ChangeCounts,
  failed,
  finished,
  heldByGuard,
  notRun,
  type SyncOutcome,
} from '../domain/outcome.js';
import type {
  Backoff,
  ChangeStore,
  Lease,
  RateLimiter,
  Selection,
  StagedChanges,
  SyncLeases,
  SyncLedger,
  SyncTarget,
  SyncTriggerKind,
} from './ports.js';
import { isWhole } from './selection.js';
import { sendChanges } from './send-changes.js';
import type { SyncControls } from './sync-controls.js';

/** How long a sync that queues waits for the run before it. */
const QUEUE_WAIT_MS = 15 * 60_000;

export interface RunSyncParts {
  changes: ChangeStore;
  targets: Record<TargetKind, SyncTarget>;
  leases: SyncLeases;
  ledger: SyncLedger;
  limiter: RateLimiter;
  backoff: Backoff;
  controls: SyncControls;
}

export interface RunSyncRequest {
  runId: string;
  trigger: SyncTriggerKind;
  /** Name of the key or user, or of the program that asked. */
  requestedBy: string;
  selection?: Selection;
  signal: AbortSignal;
  onProgress: OnProgress;
  /** How long to wait for a run under way, in milliseconds; absent: as the definition's overlap rule says. */
  waitMs?: number;
  /** Looks at what is staged, under the lease, before anything is written; what it throws ends the run. */
  approve?: (staged: StagedChanges) => Promise<void>;
}

/** One sync, once: lease, difference, guard, delivery, confirmation. */
export class RunSync {
  constructor(private readonly parts: RunSyncParts) {}

  /**
   * Brings the target to what the model says. Safe to repeat after a kill at any moment: rows that are already equal are
   * not written, and what a killed run may have written is looked at again. A sync's error is its outcome; what is
   * thrown is an error of the ledger itself.
   */
  async execute(definition: SyncDefinition, request: RunSyncRequest): Promise<SyncOutcome> {
    const { ledger, controls } = this.parts;
    const { runId, trigger, requestedBy } = request;
    const sync = { name: definition.name, target: definition.target.kind };
    await ledger.start({ runId, sync: sync.name, target: sync.target, trigger, requestedBy });
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(interruption(request.signal));
    if (request.signal.aborted) onAbort();
    request.signal.addEventListener('abort', onAbort, { once: true });
    const outcome = await this.outcomeOf(definition, { ...request, signal: stop.signal })
      .catch((error: unknown) => failed(sync, undefined, toAppError(error, 'sync')))
      .finally(() => request.signal.removeEventListener('abort', onAbort));
    // Alert rules first: who sees that the run has ended finds its signals too.
    // A part of the rows says nothing about the whole.
    if (isWhole(request.selection ?? {})) await controls.ended(runId, outcome, new Date().toISOString());
    await ledger.record(runId, outcome);
    return outcome;
  }

  private async outcomeOf(definition: SyncDefinition, request: RunSyncRequest): Promise<SyncOutcome> {
    const sync = { name: definition.name, target: definition.target.kind };
    if ((await this.parts.controls.paused(sync.name)) !== null) return notRun(sync, 'paused');
    const waitMs = request.waitMs ?? (definition.overlap === 'queue' ? QUEUE_WAIT_MS : 0);
    const { signal } = request;
    const lease = await this.parts.leases.acquire(sync.name, request.runId, { waitMs, signal });
    if (lease === null) return notRun(sync, 'overlap');
    try {
      return await this.underLease(definition, request, lease);
    } finally {
      await lease.release();
    }
  }

  private async underLease(
    definition: SyncDefinition,
    request: RunSyncRequest,
    lease: Lease,
  ): Promise<SyncOutcome> {
    const sync = { name: definition.name, target: definition.target.kind };
    const { changes } = this.parts;
    const clock = new PhaseClock();
    let staged: StagedChanges | undefined;
    try {
      await clock.time('check', () => this.check(definition));
      await clock.time('stage', async () => {
        const run = { runId: request.runId, token: lease.fence.token };
        await lease.fence.check();
        await changes.dropStale(sync.name, run.token);
        staged = await changes.stage(definition, run, request.selection ?? {});
      });
      if (staged === undefined) throw new Error('staging neither failed nor gave a stage');
      await request.approve?.(staged);
      return await this.deliver(definition, request, lease, staged, clock);
    } catch (error) {
      return failed(sync, staged?.counts, toAppError(error, 'sync'), clock.timings);
    } finally {
      // What stays behind is found by the next run; failing here would hide what really happened.
      await staged?.drop().catch(() => undefined);
    }
  }

  private async deliver(
    definition: SyncDefinition,
    request: RunSyncRequest,
    lease: Lease,
    staged: StagedChanges,
    clock: PhaseClock,
  ): Promise<SyncOutcome> {
    const sync = { name: definition.name, target: definition.target.kind };
    const verdict = await this.judge(definition, request, staged.counts);
    if (verdict.length > 0) return heldByGuard(sync, staged.counts, verdict, clock.timings);
    const { limiter, backoff, targets } = this.parts;
    const delivered = await clock.time('send', () =>
      sendChanges({
        definition,
        target: targets[definition.target.kind],
        staged,
        fence: lease.fence,
        limiter,
        backoff,
        signal: AbortSignal.any([request.signal, lease.signal]),
        onProgress: request.onProgress,
      }),
    );
    // Without the lease somebody else speaks for this sync.
    if (delivered.stopped?.code !== 'lease_lost')
      await clock.time('finish', () => staged.finish({ complete: delivered.stopped === undefined }));
    // What a person released is used up once it is done, or the next loss would pass under the same word.
    if (delivered.stopped === undefined && isWhole(request.selection ?? {}))
      await this.parts.controls.passed(definition.name);
    return finished(sync, delivered, staged.counts, clock.timings);
  }

  /** Why the run is held; empty when it may write. */
  private async judge(
    definition: SyncDefinition,
    { runId, approve }: RunSyncRequest,
    counts: ChangeCounts,
  ): Promise<string[]> {
    const { controls } = this.parts;
    // Who applies a plan has seen what it does.
    const reasons = approve === undefined ? guardReasons(definition.guard, counts) : [];
    if (reasons.length === 0) {
      return [];
    }
    const verdict = await controls.judge({
      sync: definition.name,
      runId,
      mappingHash: definition.mappingHash,
      ...wouldDo(counts),
      reason: reasons.join('; '),
      heldAt: new Date().toISOString(),
    });
    if (verdict === 'go') return [];
    return verdict === 'rejected' ? ['rejected by a person', ...reasons] : reasons;
  }

  /** @throws AppError configuration with the code of the first problem, before anything is written. */
  private async check(definition: SyncDefinition): Promise<void> {
    const problems = [
      ...(await this.parts.changes.check(definition)),
      ...(await this.parts.targets[definition.target.kind].check(definition)),
    ].filter((problem) => problem.severity === 'error');
    const [first] = problems;
    if (first === undefined) return;
    throw new AppError({
      class: 'configuration',
      source: 'sync',
      code: first.code,
      message: problems.map((problem) => problem.message).join(' '),
    });
  }
}

/** Why the signal aborted, in words and a code; a plain abort is somebody who wants the process to end. */
function interruption({ reason }: AbortSignal): AppError {
  if (reason instanceof AppError) return reason;
  return new AppError({
    class: 'transient',
    source: 'sync',
    code: 'run_interrupted',
    message: 'The process was asked to stop. What was confirmed stays; the next run does the rest.',
    cause: reason,
  });
}

/** Milliseconds by phase; how long a phase took is no `now` that anything is decided by. */
class PhaseClock {
  readonly timings: Record<string, number> = {};

  async time<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.timings[phase] = Math.round(performance.now() - began);
    }
  }
}
