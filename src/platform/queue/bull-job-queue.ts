import type { Queue, QueueOptions } from 'bull';
import { AppError } from '../../kernel/errors.js';
import type { Logger } from '../logging/logging.js';
import { JobHandlers, queueClosed } from './job-handlers.js';
import type { JobCounts, JobDefinition, JobQueue } from './job-queue.js';

const DAY_SECONDS = 86_400;

/**
 * Options of every Bull queue. Bull's own reading of a URL ignores the TLS of rediss: and the escapes of a password,
 * so it is read here.
 */
export function bullOptions(redisUrl: string): QueueOptions {
  const url = new URL(redisUrl);
  return {
    redis: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || 6379),
      db: Number(url.pathname.slice(1) || 0),
      ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
      ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
      ...(url.protocol === 'rediss:' ? { tls: { servername: url.hostname } } : {}),
    },
    settings: {
      // A step may keep the event loop busy for seconds; a lock that ran out would give its job to a second worker.
      lockDuration: 60_000,
      // How often a job may lose its worker before it counts as one that kills workers.
      maxStalledCount: 3,
    },
    defaultJobOptions: {
      attempts: 1,
      removeOnComplete: { age: DAY_SECONDS, count: 1_000 },
      removeOnFail: { age: 7 * DAY_SECONDS, count: 1_000 },
    },
  };
}

/** The queue on Redis: one Bull queue per job name, each with the job's own name. */
export class BullJobQueue implements JobQueue {
  private readonly handlers: JobHandlers;
  private closing = false;
  private reachable = true;

  constructor(
    declared: readonly JobDefinition<unknown>[],
    private readonly queues: ReadonlyMap<string, Queue>,
    private readonly logger: Logger,
  ) {
    this.handlers = new JobHandlers(declared, logger);
    for (const queue of queues.values()) this.watch(queue);
  }

  async enqueue<T>(job: JobDefinition<T>, payload: T, { jobId }: { jobId: string }): Promise<void> {
    if (this.closing) throw queueClosed();
    const queue = this.queue(job.name);
    // Without a connection Bull would keep the job in memory and the caller waiting.
    this.requireConnection(queue);
    if (!(await this.retryFailed(queue, jobId, payload))) await queue.add(payload, { jobId });
  }

  process<T>(job: JobDefinition<T>, handler: (payload: T) => Promise<void>): void {
    this.handlers.add(job, handler);
  }

  verify(): void {
    this.handlers.requireAll();
  }

  start(): void {
    this.verify();
    for (const [name, queue] of this.queues) {
      queue
        .process(1, async (job) => this.handlers.run(name, String(job.id), job.data))
        .catch((error: unknown) => this.report(error));
    }
  }

  async counts(job: JobDefinition<unknown>): Promise<JobCounts> {
    const queue = this.queue(job.name);
    this.requireConnection(queue);
    const { waiting, active, failed } = await queue.getJobCounts();
    return { waiting, active, failed };
  }

  async ping(): Promise<void> {
    for (const queue of this.queues.values()) {
      this.requireConnection(queue);
      await queue.client.ping();
    }
  }

  async close(): Promise<void> {
    this.closing = true;
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  /**
   * Bull ignores an id that it still keeps as failed, so such a job goes back to those that wait. Redis moves it in one
   * step: of several workers that ask, one finds it among the failed. False when there is no such job (any more).
   */
  private async retryFailed(queue: Queue, jobId: string, payload: unknown): Promise<boolean> {
    const job = await queue.getJob(jobId);
    if (job === null || !(await job.isFailed())) return false;
    try {
      await job.update(payload);
      await job.retry();
      return true;
    } catch (error) {
      if (await job.isFailed()) throw error;
      return false;
    }
  }

  private queue(name: string): Queue {
    this.handlers.requireDeclared(name);
    const queue = this.queues.get(name);
    if (queue !== undefined) return queue;
    throw new AppError({
      class: 'bug',
      source: 'queue',
      code: 'job_undeclared',
      message: `No queue for ${name}.`,
    });
  }

  private requireConnection(queue: Queue): void {
    if (queue.client.status !== 'ready') throw unreachable();
  }

  private watch(queue: Queue): void {
    // The client connects again by itself and reports every attempt: one line when it goes, one when it is back.
    queue.on('error', (error: unknown) => this.report(error));
    queue.client.on('ready', () => {
      if (!this.reachable) this.logger.info({ store: 'queue' }, 'Redis answers again');
      this.reachable = true;
    });
    queue.on('stalled', (job: { id: unknown }) =>
      this.logger.warn({ job: queue.name, jobId: String(job.id) }, 'job lost its worker and starts again'),
    );
  }

  private report(error: unknown): void {
    if (this.closing || !this.reachable) return;
    this.reachable = false;
    this.logger.error({ store: 'queue', err: unreachable(error) }, 'Redis does not answer; trying again');
  }
}

const unreachable = (cause?: unknown) =>
  new AppError({
    class: 'transient',
    source: 'redis',
    code: 'redis_unreachable',
    message: 'Redis does not answer.',
    cause,
  });
