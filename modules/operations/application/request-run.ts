import { z } from 'zod';
import { toAppError } from '../../../src/kernel/errors.js';
import type { JobDefinition, JobQueue } from '../../../src/platform/queue/job-queue.js';
import type { Run } from '../domain/run.js';
import type { PipelineRunner, RunRequest } from './pipeline-runner.js';
import type { RunLedger } from './ports.js';

export interface PipelineRunMessage {
  runId: string;
}

/** Executes a requested run. Its job id is the run id: a run is queued once. */
export const pipelineRunJob: JobDefinition<PipelineRunMessage> = {
  name: 'pipeline.run',
  schema: z.object({ runId: z.guid() }),
};

/** Stores a run and queues it. */
export class RequestRun {
  constructor(
    private readonly runner: PipelineRunner,
    private readonly ledger: RunLedger,
    private readonly queue: JobQueue,
  ) {}

  /** Whether a run waits in the queue or is being executed from it. */
  async busy(): Promise<boolean> {
    const { waiting, active } = await this.queue.counts(pipelineRunJob);
    return waiting + active > 0;
  }

  /**
   * The queued run; null when its schedule slot is taken. When the queue refuses it, the run ends as failed with the
   * queue's code, which is thrown on: better a run that says so than one that waits for a job nobody has.
   */
  async execute(request: RunRequest): Promise<Run | null> {
    const run = await this.runner.request(request);
    if (run === null) return null;
    try {
      await this.queue.enqueue(pipelineRunJob, { runId: run.id }, { jobId: run.id });
    } catch (error) {
      const failure = toAppError(error, 'queue');
      await this.ledger.dismiss(run.id, 'failed', {
        class: failure.class,
        code: failure.code,
        message: failure.message,
      });
      throw failure;
    }
    return run;
  }
}
