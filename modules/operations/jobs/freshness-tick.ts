import type { Logger } from '../../../src/platform/logging/logging.js';
import type { RaiseSignals } from '../../warehouse/index.js';

/**
 * Looks once a minute how old the data is and tells alert rules, also when no run happens: that is when data grows old.
 * Every replica may do so, since the same signals written twice are the same signals.
 */
export class FreshnessTick {
  static readonly periodMs = 60_000;
  private busy = false;

  constructor(
    private readonly signals: Pick<RaiseSignals, 'staleData'>,
    private readonly logger: Logger,
  ) {}

  /** `now` in epoch milliseconds. Never rejects; a look that failed is made again with the next tick. */
  async tick(now: number): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await this.signals.staleData(new Date(now).toISOString());
    } catch (error) {
      this.logger.error({ err: error }, 'freshness could not be checked');
    } finally {
      this.busy = false;
    }
  }
}
