import { AppError } from '../../../../src/kernel/errors.js';
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

/** What there is to say about the slot whether or not the warehouse answers. */
export type SlotLook = Pick<CdcStatus, 'slot' | 'lag'>;

/** How far the slot is behind, for people, metrics and alert rules. Any process may ask. */
export class SlotMonitor {
  /** The warehouse's last answer: the lag grows just while it gives none. */
  private known: CdcHistory | null = null;

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

  /** Also while the warehouse is down: bytes are the word of Postgres, seconds count from the last confirmation known. */
  async look(): Promise<SlotLook> {
    const history = await this.lastKnown();
    return { slot: this.log.name, lag: await this.log.lag(history?.confirmedAt ?? null) };
  }

  /** Raises or clears the signal `slot_lag`. A slot that was there and is gone is as bad as one that cannot go on. */
  async report(): Promise<void> {
    const { slot, lag } = await this.look();
    const missing = lag === null && (this.known?.handOvers.length ?? 0) > 0;
    const severity = missing ? 'critical' : lag && lagSeverity(lag);
    const evidence = {
      bytes: lag?.bytes ?? null,
      seconds: lag?.seconds ?? null,
      missing,
      confirmedAt: this.known?.confirmedAt ?? null,
      lastBatch: this.known?.lastBatch ?? null,
    };
    await this.signals.replace(
      'slot_lag',
      severity ? [{ subject: slot, severity, evidence }] : [],
      this.now(),
    );
  }

  private async lastKnown(): Promise<CdcHistory | null> {
    try {
      this.known = await this.records.history();
    } catch (error) {
      if (!(error instanceof AppError) || error.class !== 'transient') throw error;
    }
    return this.known;
  }
}
