import type { z } from 'zod';

/** Injection token of the queue, a `JobQueue`. */
export const JOB_QUEUE = Symbol('JOB_QUEUE');

export interface JobDefinition<T> {
  name: string;
  /** Parses the message on the consuming side: a queue is an edge. */
  schema: z.ZodType<T>;
}

/** Jobs of one name by state. A failed job stays for inspection and is tried again only when it is enqueued again. */
export interface JobCounts {
  waiting: number;
  active: number;
  failed: number;
}

/**
 * Work for later, at least once: a handler must be safe to run twice, because a worker that stalls loses its job to
 * another. One job at a time per name and process. A handler that throws, and a message that does not parse, fail
 * their own job with a log line and nothing else.
 */
export interface JobQueue {
  /**
   * Resolves when the job is stored. Two enqueues with one `jobId` are one job while it is known to the queue; one that
   * failed waits again, once however many ask.
   */
  enqueue<T>(job: JobDefinition<T>, payload: T, options: { jobId: string }): Promise<void>;
  /** Registers the only handler of a job name; a second one is a bug and throws. Call it before `start`. */
  process<T>(job: JobDefinition<T>, handler: (payload: T) => Promise<void>): void;
  /** Throws when a declared job has no handler, a bug: it would wait for ever. */
  verify(): void;
  /** Begins to take jobs. */
  start(): void;
  counts(job: JobDefinition<unknown>): Promise<JobCounts>;
  ping(): Promise<void>;
  /** Takes no new job and waits for the running ones. */
  close(): Promise<void>;
}
