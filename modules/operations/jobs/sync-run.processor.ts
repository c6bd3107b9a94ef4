import type { JobQueue } from '../../../src/platform/queue/job-queue.js';
import type { RequestStore, Syncs } from '../../sync/index.js';
import { syncRunJob } from '../application/request-sync.js';

/**
 * Executes queued runs of syncs as the command line does; `signal` aborts the one in hand. A run that has ended is left
 * alone, and two workers that have one job take turns by the lease: the second finds nothing left to do.
 */
export function processSyncRuns(
  queue: JobQueue,
  {
    definitions,
    requests,
    run,
  }: Pick<Syncs, 'definitions' | 'run'> & { requests: Pick<RequestStore, 'open' | 'refuse'> },
  signal: AbortSignal,
): void {
  queue.process(syncRunJob, async (job) => {
    const request = await requests.open(job);
    if (request === null) return;
    const definition = definitions.find(({ name }) => name === request.sync);
    if (definition === undefined) {
      const message = `There is no sync ${request.sync} any more.`;
      await requests.refuse(job, { class: 'configuration', code: 'sync_unknown', message });
      return;
    }
    const { runId, trigger, requestedBy, selection } = request;
    const onProgress = () => undefined;
    await run.execute(definition, { runId, trigger, requestedBy, selection, signal, onProgress });
  });
}
