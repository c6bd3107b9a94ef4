import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { HeldSweep, SweepLog, SweepState } from '../application/ports.js';
import type { KeyComparison } from '../domain/sweep.js';

const stateStatement = readStatement(import.meta.url, './sql/sweep_state.sql');
const recordStatement = readStatement(import.meta.url, './sql/record_sweep.sql');
const releaseStatement = readStatement(import.meta.url, './sql/release_sweep.sql');

const row = z.object({
  source: z.string(),
  outcome: z.enum(['applied', 'held', 'released']),
  live: z.coerce.number(),
  missing: z.coerce.number(),
  found: z.coerce.number(),
  unknown: z.coerce.number(),
  since: z.string(),
  compared_at: z.string(),
  asked_by: z.string(),
});

/** A sweep that a person has to decide about, or has released for the next run. */
export interface Sweep extends HeldSweep {
  status: 'held' | 'released';
  /** Who released it. */
  releasedBy: string | null;
}

/** The log of sweeps in ClickHouse. */
export class Sweeps implements SweepLog {
  constructor(private readonly clickhouse: ClickHouse) {}

  async states(): Promise<ReadonlyMap<string, SweepState>> {
    const rows = await this.clickhouse.rows(stateStatement, {}, row);
    return new Map(
      rows.map((found) => [
        found.source,
        {
          comparedAt: found.compared_at,
          held: found.outcome === 'applied' ? null : comparisonOf(found),
          released: found.outcome === 'released' ? found.missing : null,
        },
      ]),
    );
  }

  async record(
    source: string,
    { runId, bound }: { runId: string; bound: string },
    compared: KeyComparison,
    { believed, released }: { believed: boolean; released: number | null },
  ): Promise<void> {
    const outcome = believed ? 'applied' : 'held';
    await this.clickhouse.command(recordStatement, {
      source,
      outcome,
      at: bound,
      run_id: runId,
      knew_release: released !== null,
      ...compared,
    });
  }

  async held(): Promise<HeldSweep[]> {
    return (await this.list()).filter(({ status }) => status === 'held');
  }

  /** Sweeps that wait for a person, and those that wait for the next run, by source. */
  async list(): Promise<Sweep[]> {
    const rows = await this.clickhouse.rows(stateStatement, {}, row);
    return rows.flatMap((found) =>
      found.outcome === 'applied'
        ? []
        : [
            {
              source: found.source,
              status: found.outcome,
              since: found.since,
              ...comparisonOf(found),
              releasedBy: found.asked_by || null,
            },
          ],
    );
  }

  /**
   * Lets the next run delete what it then finds missing in this source, up to the count that is held now. `askedBy`: name
   * of the key or person; `now`: ISO 8601 UTC. Releasing twice is the same as once.
   * Throws an AppError of class rejected, code `sweep_not_held`, when nothing is held.
   */
  async release(source: string, askedBy: string, now: string): Promise<Sweep> {
    await this.clickhouse.command(releaseStatement, { source, at: now, asked_by: askedBy });
    const released = (await this.list()).find((sweep) => sweep.source === source);
    if (released) return released;
    throw new AppError({
      class: 'rejected',
      source: 'warehouse',
      code: 'sweep_not_held',
      message: `Nothing is held for the source ${source}. What is: cli warehouse sweeps`,
    });
  }
}

const comparisonOf = ({ live, missing, found, unknown }: z.output<typeof row>): KeyComparison => ({
  live,
  missing,
  found,
  unknown,
});
