import type { Logger } from '../../../src/platform/logging/logging.js';
import type { DueSyncs } from '../../sync/index.js';
import type { RequestSync } from '../application/request-sync.js';

/**
 * Queues the runs that schedules ask for, and those whose job died with its process; it does nothing else. Every replica
 * ticks: a slot is taken once, and a job that the queue knows is not queued twice.
 */
export class SyncTick {
  static readonly periodMs = 10_000;
  private busy = false;

  constructor(
    private readonly due: Pick<DueSyncs, 'collect'>,
    private readonly requestSync: Pick<RequestSync, 'enqueue'>,
    private readonly logger: Logger,
  ) {}

  /** `now` in epoch milliseconds. Never rejects; what a tick could not queue is left to the next ones. */
  async tick(now: number): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (const run of await this.due.collect(now)) await this.requestSync.enqueue(run);
    } catch (error) {
      this.logger.error({ err: error }, 'scheduled syncs could not be requested');
    } finally {
      this.busy = false;
    }
  }
}
