import { failedTestSignals, type TestResult } from '../domain/data-test.js';
import { type Freshness, staleSignals } from '../domain/freshness.js';

export interface RaiseSignalsParts {
  status: {
    freshness(now: string): Promise<Freshness[]>;
    tests(filter: { failing: boolean }): Promise<TestResult[]>;
  };
  signals: {
    /** Makes the given signals of a kind the active ones and clears the others. */
    replace(
      kind: string,
      signals: readonly {
        subject: string;
        severity: 'warn' | 'critical';
        evidence: Record<string, unknown>;
      }[],
      now: string,
    ): Promise<void>;
  };
}

/** Tells alert rules how the warehouse stands. Safe to repeat: a signal that stays active keeps its `since`. */
export class RaiseSignals {
  constructor(private readonly parts: RaiseSignalsParts) {}

  /** `stale_data`; `now` by the clock, since no run may be there to have an asOf. */
  async staleData(now: string): Promise<void> {
    const { status, signals } = this.parts;
    await signals.replace('stale_data', staleSignals(await status.freshness(now)), now);
  }

  /** `failed_test`: every test whose latest result fails, whether its model was built in this run or not. */
  async failedTests(now: string): Promise<void> {
    const { status, signals } = this.parts;
    await signals.replace('failed_test', failedTestSignals(await status.tests({ failing: true })), now);
  }
}
