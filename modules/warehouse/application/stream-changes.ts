import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, toAppError } from '../../../src/kernel/errors.js';
import type { Logger } from '../../../src/platform/logging/logging.js';
import {
  type CdcPosition,
  type HandOverReason,
  handOverReason,
  type Lsn,
  type StreamedSource,
} from '../domain/cdc.js';
import type {
  BetweenRuns,
  CdcRecords,
  ChangeLog,
  ChangeTarget,
  OnlyStreamer,
  PreparedLog,
  WholeSources,
} from './cdc-ports.js';
import { BATCH_LIMITS, type BatchLimits, ChangeBatches, TableAltered } from './change-batches.js';

export interface StreamChangesParts {
  log: ChangeLog;
  records: CdcRecords;
  target: ChangeTarget;
  whole: WholeSources;
  onlyStreamer: OnlyStreamer;
  betweenRuns: BetweenRuns;
  /** Brings the models up to date after a batch; waits itself while a run executes. */
  build: (signal: AbortSignal) => Promise<void>;
  /** Told when all sources were read whole again, so that a run can follow. */
  handedOver: (reason: HandOverReason) => Promise<void>;
  /** Tells alert rules how far the slot is behind. */
  report: () => Promise<void>;
  logger: Logger;
  /** Milliseconds of no particular beginning, and the time of day as ISO 8601 UTC. */
  clock: { elapsedMs: () => number; now: () => string };
}

export interface StreamTimes {
  tickMs: number;
  /** How often the publication, released sweeps and the log's idle progress are looked at. */
  checkMs: number;
  /** How often a quiet stream says that its sources are fresh. */
  freshMs: number;
  /** Pause between two builds: a pipeline run that waits for the lock gets it. */
  buildPauseMs: number;
  /** How often another process that streams is asked whether it still does. */
  lockRetryMs: number;
  /** The first pause after a failure; it doubles up to the longest. */
  retryMs: number;
  longestRetryMs: number;
  /** How long a hand-over waits for the run in progress. */
  runWaitMs: number;
}
const TIMES: StreamTimes = {
  tickMs: 100,
  checkMs: 10_000,
  freshMs: 60_000,
  buildPauseMs: 500,
  lockRetryMs: 5_000,
  retryMs: 1_000,
  longestRetryMs: 60_000,
  runWaitMs: 30 * 60_000,
};

/**
 * Change data capture: the log of the product database into raw, and the models after it. Runs until it is told to stop and
 * gets up again after every failure: what was confirmed is never lost, what was not is read again.
 */
export class StreamChanges {
  /** Sources whose table did not fit when the log was read; they begin anew if they fit now. */
  private readonly altered = new Set<string>();
  private readonly refusals = new Set<string>();
  private building: Promise<void> | undefined;
  private dirty = false;
  /** Another process streams; said once, not at every look. */
  private waiting = false;
  private stopping = new AbortController().signal;
  private failures = 0;
  private freshMs = -Infinity;
  private betweenMs = -Infinity;
  /** A moment and where the log ended then: sources are fresh as of it once all until there is in raw. */
  private asked: { at: string; lsn: Lsn } | undefined;

  constructor(
    private readonly parts: StreamChangesParts,
    private readonly times: StreamTimes = TIMES,
    private readonly limits: BatchLimits = BATCH_LIMITS,
  ) {}

  /** Resolves after the signal aborted and the batch in hand was left where it is. */
  async run(signal: AbortSignal): Promise<void> {
    this.stopping = signal;
    const reporting = this.reportUntil(signal);
    while (!signal.aborted) {
      const pauseMs = await this.attempt(signal);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    await reporting;
    await this.building;
  }

  /** Streams until something ends it; how long to wait before the next attempt, in milliseconds. */
  private async attempt(signal: AbortSignal): Promise<number> {
    const { logger, onlyStreamer } = this.parts;
    try {
      const streamed = await onlyStreamer(async (lost) => {
        if (this.waiting) logger.info('the other process streams no more; taking over');
        this.waiting = false;
        await this.stream(AbortSignal.any([signal, lost]));
        lost.throwIfAborted();
        return true;
      });
      if (streamed !== null) return 0;
      if (!this.waiting) logger.info('another process streams; waiting to take over');
      this.waiting = true;
      return this.times.lockRetryMs;
    } catch (error) {
      if (signal.aborted) return 0;
      const failure = toAppError(error, 'warehouse');
      if (failure instanceof TableAltered) {
        this.altered.add(failure.sourceName);
        logger.warn({ code: failure.code, source: failure.sourceName }, failure.message);
        return 0;
      }
      const line = { code: failure.code, class: failure.class, err: error };
      if (failure.class === 'transient') logger.warn(line, failure.message);
      else logger.error(line, failure.message);
      const { retryMs, longestRetryMs } = this.times;
      if (failure.class === 'configuration') return longestRetryMs;
      return Math.min(retryMs * 2 ** this.failures++, longestRetryMs);
    }
  }

  private async stream(signal: AbortSignal): Promise<void> {
    const { log, records, target } = this.parts;
    const prepared = await log.prepare();
    this.tellRefused(prepared);
    await target.settle(prepared.sources, signal);
    const before = await records.position();
    const reason =
      handOverReason(before, prepared.slot, prepared) ??
      (prepared.sources.some(({ definition }) => this.altered.has(definition.name)) ? 'table_altered' : null);
    this.altered.clear();
    if (reason === null && before !== null) return await this.follow(prepared, before, signal);
    return await this.follow(prepared, await this.handOver(reason ?? 'first', prepared, signal), signal);
  }

  /**
   * A new slot, and all sources as they were at its first LSN: what the snapshot does not show is in the slot. Under the
   * run lock, because an extraction would read the same sources into the same tables.
   */
  private async handOver(
    reason: HandOverReason,
    { origin, sources }: PreparedLog,
    signal: AbortSignal,
  ): Promise<CdcPosition> {
    const { log, records, whole, betweenRuns, logger } = this.parts;
    logger.warn({ reason, sources: sources.length }, 'reading all streamed sources whole');
    const position = await betweenRuns({ waitMs: this.times.runWaitMs, signal }, async (lost) => {
      const generation = randomUUID();
      return await log.withNewSlot(sources, async ({ lsn, snapshot }) => {
        const context = { runId: generation, signal: AbortSignal.any([signal, lost]) };
        const { failed } = await whole.readAll(sources, snapshot, context);
        for (const one of failed) logger.error({ source: one.source, code: one.code }, one.reason);
        const followed = sources.filter(
          ({ definition }) => !failed.some(({ source }) => source === definition.name),
        );
        const made: CdcPosition = {
          origin,
          generation,
          lsn,
          sources: Object.fromEntries(followed.map((one) => [one.definition.name, one.fingerprint])),
        };
        await records.handedOver(made, reason);
        return made;
      });
    });
    if (position === null)
      throw new AppError({
        class: 'transient',
        source: 'warehouse',
        code: 'cdc_waits_for_run',
        message: 'Streaming waits for a pipeline run to end.',
      });
    logger.info({ reason, generation: position.generation }, 'streamed sources are read; following the log');
    // The run that follows builds, after it read the sources that are not streamed.
    await this.parts.handedOver(reason);
    return position;
  }

  private async follow(prepared: PreparedLog, before: CdcPosition, signal: AbortSignal): Promise<void> {
    const { log, records, target, whole, logger, clock } = this.parts;
    const sources = prepared.sources.filter(
      ({ definition, fingerprint }) => before.sources[definition.name] === fingerprint,
    );
    const position: CdcPosition = {
      ...before,
      sources: Object.fromEntries(sources.map((one) => [one.definition.name, one.fingerprint])),
    };
    const replay = await records.interrupted(position);
    const floor = await target.nextInstant(sources);
    this.asked = undefined;
    const batches: ChangeBatches = new ChangeBatches(
      { log, records, target, whole },
      sources,
      position,
      replay,
      floor,
      clock,
      {
        landed: (batch) => {
          this.failures = 0;
          logger.debug({ rows: batch.rows, committedAt: batch.committedAt }, 'batch landed');
          this.buildSoon();
        },
        columnsAdded: (table, columns) => logger.info({ table, columns }, 'columns that no source reads'),
        landedAll: async () => {
          if (clock.elapsedMs() - this.betweenMs >= this.times.checkMs)
            await this.betweenBatches(batches, sources, position.generation);
        },
      },
      this.limits,
    );
    await this.whileTicking(batches, sources, position.generation, signal, (inner) =>
      log.follow(position.lsn, batches, inner),
    );
  }

  /** Runs `work` beside the timers of a stream; an error of either ends both. */
  private async whileTicking(
    batches: ChangeBatches,
    sources: readonly StreamedSource[],
    generation: string,
    signal: AbortSignal,
    work: (inner: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const over = new AbortController();
    const inner = AbortSignal.any([signal, over.signal]);
    const every = async (periodMs: number, task: () => Promise<void>): Promise<void> => {
      while (!inner.aborted) {
        await task();
        await delay(periodMs, undefined, { signal: inner }).catch(() => undefined);
      }
    };
    const all = [
      work(inner),
      every(this.times.tickMs, () => batches.tick()),
      every(this.times.checkMs, () => this.check(batches, sources, generation)),
    ].map((one) => one.finally(() => over.abort()));
    const ended = await Promise.allSettled(all);
    for (const one of ended) if (one.status === 'rejected' && !signal.aborted) throw one.reason;
  }

  private async check(
    batches: ChangeBatches,
    sources: readonly StreamedSource[],
    generation: string,
  ): Promise<void> {
    const { log } = this.parts;
    if (!(await log.isPublished(sources)))
      // The next attempt finds it missing and reads everything again.
      throw new AppError({
        class: 'transient',
        source: 'warehouse',
        code: 'cdc_publication_changed',
        message: 'The publication does not cover the streamed tables any more.',
      });
    await batches.recordIdle();
    await batches.between(() => this.betweenBatches(batches, sources, generation));
  }

  /** What must not run beside a batch. */
  private async betweenBatches(
    batches: ChangeBatches,
    sources: readonly StreamedSource[],
    generation: string,
  ): Promise<void> {
    const { whole, clock } = this.parts;
    this.betweenMs = clock.elapsedMs();
    if ((await batches.rejudge()) > 0) this.buildSoon();
    await this.confirmFresh(batches, sources, generation);
    const released = await whole.released(sources);
    for (const source of released) await whole.sweep(source, generation);
    if (released.length > 0) this.buildSoon();
  }

  /** A quiet stream may be one that gets nothing: fresh is what a position of the server says that has been reached. */
  private async confirmFresh(
    batches: ChangeBatches,
    sources: readonly StreamedSource[],
    generation: string,
  ): Promise<void> {
    const { log, target, clock } = this.parts;
    if (this.asked && batches.reached >= this.asked.lsn) {
      await target.confirmFresh(sources, generation, this.asked.at);
      this.asked = undefined;
      this.freshMs = clock.elapsedMs();
    }
    if (this.asked || clock.elapsedMs() - this.freshMs < this.times.freshMs) return;
    // The moment first: what commits between the two is before this LSN.
    const at = clock.now();
    this.asked = { at, lsn: await log.currentLsn() };
  }

  /** Builds after what was landed, one build at a time; what lands meanwhile has the next. */
  private buildSoon(): void {
    this.dirty = true;
    this.building ??= this.buildAll(this.stopping).finally(() => (this.building = undefined));
  }

  private async buildAll(signal: AbortSignal): Promise<void> {
    while (this.dirty) {
      this.dirty = false;
      try {
        await this.parts.build(signal);
      } catch (error) {
        if (signal.aborted) return;
        const failure = toAppError(error, 'warehouse');
        this.parts.logger.error(
          { code: failure.code, err: error },
          'models could not be built after a batch',
        );
      }
      await delay(this.times.buildPauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
  }

  private async reportUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.parts.report().catch((error: unknown) => {
        this.parts.logger.warn({ err: error }, 'slot lag could not be reported');
      });
      await delay(this.times.checkMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private tellRefused({ refused }: PreparedLog): void {
    for (const { source, code, reason } of refused) {
      if (this.refusals.has(`${source} ${code}`)) continue;
      this.refusals.add(`${source} ${code}`);
      this.parts.logger.warn({ source, code }, `not streamed, the schedule reads it: ${reason}`);
    }
  }
}
