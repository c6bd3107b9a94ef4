import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { toAppError } from '../../../src/kernel/errors.js';
import type { JobDefinition, JobQueue } from '../../../src/platform/queue/job-queue.js';
import type { QueuedRun, RequestStore, Selection, SyncDefinition } from '../../sync/index.js';

/** Executes a requested run of one sync. Its job id is the run id: a run is queued once. */
export const syncRunJob: JobDefinition<QueuedRun> = {
  name: 'sync.run',
  schema: z.object({ runId: z.guid(), sync: z.string() }),
};

/** Stores runs of syncs and queues them. */
export class RequestSync {
  constructor(
    private readonly requests: RequestStore,
    private readonly queue: JobQueue,
  ) {}

  /**
   * The id of the queued run. When the queue refuses it, the run ends as failed with the queue's code, which is thrown
   * on: better a run that says so than one that waits for a job nobody has.
   */
  async execute(
    { name: sync, target }: SyncDefinition,
    request: { trigger: 'api' | 'replay'; requestedBy: string; selection: Selection },
  ): Promise<string> {
    const run = { runId: randomUUID(), sync };
    await this.requests.queue({ ...run, target: target.kind, ...request });
    try {
      await this.enqueue(run);
    } catch (error) {
      const { class: kind, code, message } = toAppError(error, 'queue');
      await this.requests.refuse(run, { class: kind, code, message });
      throw error;
    }
    return run.runId;
  }

  /** Queues a run that is stored already. A job that waits or runs stays as it is; one that failed waits again. */
  async enqueue(run: QueuedRun): Promise<void> {
    await this.queue.enqueue(syncRunJob, run, { jobId: run.runId });
  }
}
