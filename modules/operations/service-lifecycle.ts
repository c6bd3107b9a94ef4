import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { AppError } from '../../src/kernel/errors.js';
import type { Config } from '../../src/config/env.js';
import type { Startup } from '../../src/platform/health/startup.js';
import type { Logger } from '../../src/platform/logging/logging.js';
import type { JobQueue } from '../../src/platform/queue/job-queue.js';
import type { Syncs } from '../sync/index.js';
import type { PipelineRunner } from './application/pipeline-runner.js';
import { processPipelineRuns } from './jobs/pipeline-run.processor.js';
import { FreshnessTick } from './jobs/freshness-tick.js';
import type { ChangeStreaming } from './jobs/change-streaming.js';
import type { ScheduleTick } from './jobs/schedule-tick.js';
import { processSyncRuns } from './jobs/sync-run.processor.js';
import { SyncTick } from './jobs/sync-tick.js';

const INTERVAL = 'pipeline schedule';
const FRESHNESS_INTERVAL = 'freshness';
const SYNC_INTERVAL = 'sync schedules';
const DRAIN_MS = 20_000;

/**
 * Start: prepares the stores in the background and only then takes jobs and ticks. Stop: takes no new work, asks the
 * run in hand to stop and waits for its step. A step that does not let go in time is abandoned; every step is safe to
 * repeat, and the next run says `run_abandoned` about this one.
 */
export class ServiceLifecycle implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stop = new AbortController();

  constructor(
    private readonly config: Pick<Config, 'APP_ROLE' | 'PIPELINE_INTERVAL_SECONDS'>,
    private readonly startup: Startup,
    private readonly queue: JobQueue,
    private readonly work: { runner: PipelineRunner; syncs: Syncs },
    private readonly ticks: { schedule: ScheduleTick; freshness: FreshnessTick; syncTick: SyncTick },
    private readonly streaming: ChangeStreaming,
    private readonly scheduler: SchedulerRegistry,
    private readonly logger: Logger,
    private readonly drainMs: number = DRAIN_MS,
  ) {}

  get stopping(): boolean {
    return this.stop.signal.aborted;
  }

  onModuleInit(): void {
    if (!this.worker) return;
    processPipelineRuns(this.queue, this.work.runner, this.stop.signal);
    processSyncRuns(this.queue, this.work.syncs, this.stop.signal);
  }

  onApplicationBootstrap(): void {
    if (this.worker) this.queue.verify();
    void this.startup.run(this.stop.signal).then((ready) => {
      if (ready && !this.stopping) this.begin();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.logger.info('stopping');
    this.stop.abort(stopping());
    for (const name of [INTERVAL, FRESHNESS_INTERVAL, SYNC_INTERVAL])
      if (this.scheduler.doesExist('interval', name)) this.scheduler.deleteInterval(name);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, this.drainMs, 'late');
    });
    const drained = await Promise.race([
      Promise.all([this.queue.close(), this.streaming.stopped()]),
      timeout,
    ]);
    clearTimeout(timer);
    if (drained === 'late') this.logger.warn('the step in hand did not stop in time and is abandoned');
  }

  /** Whether this process runs jobs and the schedule. */
  private get worker(): boolean {
    return this.config.APP_ROLE !== 'api';
  }

  private begin(): void {
    if (!this.worker) return;
    this.queue.start();
    this.streaming.start(this.stop.signal);
    const look = () => void this.ticks.freshness.tick(Date.now());
    this.scheduler.addInterval(FRESHNESS_INTERVAL, setInterval(look, FreshnessTick.periodMs));
    const syncs = () => void this.ticks.syncTick.tick(Date.now());
    this.scheduler.addInterval(SYNC_INTERVAL, setInterval(syncs, SyncTick.periodMs));
    if (this.config.PIPELINE_INTERVAL_SECONDS === 0) return;
    const tick = () => void this.ticks.schedule.tick(Date.now());
    this.scheduler.addInterval(INTERVAL, setInterval(tick, this.ticks.schedule.periodMs));
  }
}

/** A run in hand ends as cancelled; what it confirmed stays. */
const stopping = () =>
  new AppError({
    class: 'transient',
    source: 'service',
    code: 'run_interrupted',
    message: 'The service stopped. What was confirmed stays; the next run does the rest.',
  });
