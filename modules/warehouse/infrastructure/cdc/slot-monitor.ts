import { lagSeverity, type SlotLag } from '../../domain/cdc.js';
import type { WarehouseSignals } from '../signals.js';
import type { CdcHistory, ClickHouseCdcRecords } from './cdc-records.js';
import type { PostgresChangeLog } from './postgres-change-log.js';

export interface CdcStatus extends CdcHistory {
  slot: string;
  /** Sources that are streamed now. */
  streamed: string[];
  /** Null when there is no slot. */
  lag: SlotLag | null;
}

/** How far the slot is behind, for people, metrics and alert rules. Any process may ask. */
export class SlotMonitor {
  constructor(
    private readonly log: PostgresChangeLog,
    private readonly records: ClickHouseCdcRecords,
    private readonly signals: WarehouseSignals,
    private readonly now: () => string,
  ) {}

  /** Names of the sources that come by stream and not by schedule; none before the first hand-over. */
  async streamed(): Promise<string[]> {
    const position = await this.records.position();
    return Object.keys(position?.sources ?? {}).sort();
  }

  async status(): Promise<CdcStatus> {
    const history = await this.records.history();
    return {
      slot: this.log.name,
      streamed: await this.streamed(),
      lag: await this.log.lag(history.confirmedAt),
      ...history,
    };
  }

  /** Raises or clears the signal `slot_lag`. A slot that was there and is gone is as bad as one that cannot go on. */
  async report(): Promise<void> {
    const { slot, lag, handOvers, confirmedAt, lastBatch } = await this.status();
    const missing = lag === null && handOvers.length > 0;
    const severity = missing ? 'critical' : lag && lagSeverity(lag);
    const evidence = {
      bytes: lag?.bytes ?? null,
      seconds: lag?.seconds ?? null,
      missing,
      confirmedAt,
      lastBatch,
    };
    await this.signals.replace(
      'slot_lag',
      severity ? [{ subject: slot, severity, evidence }] : [],
      this.now(),
    );
  }
}
