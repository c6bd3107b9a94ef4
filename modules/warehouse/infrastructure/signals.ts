import type { Queryable } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { HeldSweep } from '../application/ports.js';

const replaceStatement = readStatement(import.meta.url, './sql/replace_signals.sql');

/** One thing that an alert rule may look at; `subject` is unique within its kind. */
export interface WarehouseSignal {
  subject: string;
  severity: 'info' | 'warn' | 'critical';
  evidence: Record<string, unknown>;
}

/** What the warehouse tells alert rules: stale_data, failed_test, held_sweep, slot_lag. Only writes; rules decide. */
export class WarehouseSignals {
  constructor(private readonly postgres: Queryable) {}

  /**
   * Makes the given signals of a kind the active ones; every other of that kind is cleared. One that stays active keeps its
   * `since`. `now` is an ISO 8601 UTC instant.
   */
  async replace(kind: string, signals: readonly WarehouseSignal[], now: string): Promise<void> {
    await this.postgres.execute(replaceStatement, [kind, JSON.stringify(signals), now]);
  }

  /** `held_sweep`: the sources whose deletions wait for a person now. */
  async heldSweeps(held: readonly HeldSweep[], now: string): Promise<void> {
    const signals = held.map(({ source, ...evidence }) => ({
      subject: source,
      severity: 'warn' as const,
      evidence,
    }));
    await this.replace('held_sweep', signals, now);
  }
}
