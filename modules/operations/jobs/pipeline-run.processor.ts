import type { JobQueue } from '../../../src/platform/queue/job-queue.js';
import type { PipelineRunner } from '../application/pipeline-runner.js';
import { pipelineRunJob } from '../application/request-run.js';

/** Executes queued runs; `signal` aborts the one in hand. */
export function processPipelineRuns(queue: JobQueue, runner: PipelineRunner, signal: AbortSignal): void {
  queue.process(pipelineRunJob, async ({ runId }) => {
    await runner.execute(runId, { signal, onProgress: () => undefined });
  });
}
