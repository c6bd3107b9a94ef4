import type { Logger } from '../logging/logging.js';
import { JobHandlers, queueClosed } from './job-handlers.js';
import type { JobCounts, JobDefinition, JobQueue } from './job-queue.js';

interface WaitingJob {
  jobId: string;
  message: unknown;
}

/** One line of jobs of a name. */
interface Lane {
  waiting: WaitingJob[];
  active: Promise<void> | null;
  /** Ids of jobs that wait, run or ended well. */
  known: Set<string>;
  failed: Set<string>;
}

/** How many job ids a name remembers of each kind. */
const REMEMBERED = 1_000;

/** The queue without Redis: the same handlers, called in this process. Jobs that wait are lost with the process. */
export class InProcessJobQueue implements JobQueue {
  private readonly handlers: JobHandlers;
  private readonly lanes = new Map<string, Lane>();
  private state: 'idle' | 'started' | 'closed' = 'idle';

  constructor(
    declared: readonly JobDefinition<unknown>[],
    private readonly logger: Logger,
  ) {
    this.handlers = new JobHandlers(declared, logger);
    for (const { name } of declared)
      this.lanes.set(name, { waiting: [], active: null, known: new Set(), failed: new Set() });
  }

  async enqueue<T>(job: JobDefinition<T>, payload: T, { jobId }: { jobId: string }): Promise<void> {
    if (this.state === 'closed') throw queueClosed();
    this.handlers.requireDeclared(job.name);
    const lane = this.lanes.get(job.name);
    if (lane === undefined || lane.known.has(jobId)) return;
    lane.failed.delete(jobId);
    remember(lane.known, jobId);
    // Through JSON as Redis would carry it, so that a handler never depends on an object that only lives here.
    const message: unknown = JSON.parse(JSON.stringify(payload));
    lane.waiting.push({ jobId, message });
    this.wake(job.name);
  }

  process<T>(job: JobDefinition<T>, handler: (payload: T) => Promise<void>): void {
    this.handlers.add(job, handler);
  }

  verify(): void {
    this.handlers.requireAll();
  }

  start(): void {
    this.verify();
    this.state = 'started';
    for (const name of this.lanes.keys()) this.wake(name);
  }

  async counts(job: JobDefinition<unknown>): Promise<JobCounts> {
    const lane = this.lanes.get(job.name);
    return {
      waiting: lane?.waiting.length ?? 0,
      active: lane?.active ? 1 : 0,
      failed: lane?.failed.size ?? 0,
    };
  }

  async ping(): Promise<void> {
    // Nothing to reach.
  }

  async close(): Promise<void> {
    this.state = 'closed';
    for (const [name, lane] of this.lanes) {
      if (lane.waiting.length > 0) this.logger.warn({ job: name, jobs: lane.waiting.length }, 'jobs dropped');
      lane.waiting = [];
    }
    await Promise.all([...this.lanes.values()].map((lane) => lane.active ?? Promise.resolve()));
  }

  /** Starts the next job of a name unless one runs; setImmediate lets the caller of enqueue answer first. */
  private wake(name: string): void {
    const lane = this.lanes.get(name);
    if (lane === undefined || this.state !== 'started' || lane.active !== null) return;
    const job = lane.waiting.shift();
    if (job === undefined) return;
    lane.active = new Promise((resolve) => setImmediate(resolve))
      .then(() => this.handlers.run(name, job.jobId, job.message))
      .catch(() => {
        lane.known.delete(job.jobId);
        remember(lane.failed, job.jobId);
      })
      .then(() => {
        lane.active = null;
        this.wake(name);
      });
  }
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  const [oldest] = ids;
  if (ids.size > REMEMBERED && oldest !== undefined) ids.delete(oldest);
}
