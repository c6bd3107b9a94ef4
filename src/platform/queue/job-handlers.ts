import { AppError, toAppError } from '../../kernel/errors.js';
import type { Logger } from '../logging/logging.js';
import type { JobDefinition } from './job-queue.js';

/** The handlers of the declared jobs; what both queues do with a message once they have it. */
export class JobHandlers {
  private readonly handlers = new Map<string, (message: unknown) => Promise<void>>();

  constructor(
    private readonly declared: readonly JobDefinition<unknown>[],
    private readonly logger: Logger,
  ) {}

  add<T>(job: JobDefinition<T>, handler: (payload: T) => Promise<void>): void {
    this.requireDeclared(job.name);
    if (this.handlers.has(job.name)) throw bug('job_handler_doubled', `Job ${job.name} has two handlers.`);
    this.handlers.set(job.name, async (message) => {
      const parsed = job.schema.safeParse(message);
      if (!parsed.success) {
        throw new AppError({
          class: 'rejected',
          source: 'queue',
          code: 'job_malformed',
          message: `A message of job ${job.name} does not parse: ${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}.`,
        });
      }
      await handler(parsed.data);
    });
  }

  requireDeclared(name: string): void {
    if (!this.declared.some((job) => job.name === name)) {
      throw bug('job_undeclared', `Job ${name} is not in the list of jobs the queue was made with.`);
    }
  }

  requireAll(): void {
    const missing = this.declared.filter((job) => !this.handlers.has(job.name)).map((job) => job.name);
    if (missing.length > 0) throw bug('job_handler_missing', `No handler for ${missing.join(', ')}.`);
  }

  /** Parses and handles one message. Logs what went wrong and throws it on, so that the queue fails the job. */
  async run(name: string, jobId: string, message: unknown): Promise<void> {
    try {
      const handler = this.handlers.get(name);
      if (handler === undefined) throw bug('job_handler_missing', `No handler for ${name}.`);
      await handler(message);
    } catch (error) {
      const failure = toAppError(error, 'queue');
      this.logger.error({ job: name, jobId, err: failure }, 'job failed');
      throw failure;
    }
  }
}

const bug = (code: string, message: string) => new AppError({ class: 'bug', source: 'queue', code, message });

/** What a queue answers once it was closed. */
export const queueClosed = () =>
  new AppError({
    class: 'transient',
    source: 'queue',
    code: 'queue_closed',
    message: 'The service is stopping and takes no new work.',
  });
