import type { Logger } from '../../../src/platform/logging/logging.js';
import type { RequestRun } from '../application/request-run.js';
import { scheduleSlot } from '../domain/schedule-slot.js';

const LONGEST_PERIOD_SECONDS = 10;

/**
 * Asks for the run of the current interval and does nothing else. It ticks more often than the interval is long, so
 * that a slot begins on time whenever the process started; the slot is unique in the ledger, so that of all ticks of
 * all replicas one wins. While a run waits or executes it asks for none: runs that take longer than the interval would
 * pile up, and one that a person asked for would stand behind them all.
 */
export class ScheduleTick {
  private lastSlot: string | undefined;

  constructor(
    private readonly intervalSeconds: number,
    private readonly requestRun: RequestRun,
    private readonly logger: Logger,
  ) {}

  /** Milliseconds between two ticks. */
  get periodMs(): number {
    return Math.min(this.intervalSeconds, LONGEST_PERIOD_SECONDS) * 1000;
  }

  /** `now` in epoch milliseconds. Never rejects; a tick that could not ask leaves its slot to the next one. */
  async tick(now: number): Promise<void> {
    const slot = scheduleSlot(now, this.intervalSeconds);
    if (slot === this.lastSlot) return;
    try {
      if (await this.requestRun.busy()) return;
      await this.requestRun.execute({ trigger: 'schedule', scheduleSlot: slot });
      this.lastSlot = slot;
    } catch (error) {
      this.logger.error({ err: error, slot }, 'scheduled run could not be requested');
    }
  }
}
