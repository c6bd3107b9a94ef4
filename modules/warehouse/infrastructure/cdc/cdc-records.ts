import { z } from 'zod';
import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { CdcBatch, CdcRecords } from '../../application/cdc-ports.js';
import type { CdcPosition, HandOverReason } from '../../domain/cdc.js';

const positionStatement = readStatement(import.meta.url, './sql/cdc_position.sql');
const interruptedStatement = readStatement(import.meta.url, './sql/cdc_interrupted.sql');
const historyStatement = readStatement(import.meta.url, './sql/cdc_history.sql');

const lsn = z.string().transform((text) => BigInt(text));
const positionRow = z.object({
  generation: z.string(),
  origin: z.string(),
  sources: z.record(z.string(), z.string()),
  lsn,
});
const batchRow = z.object({
  generation: z.string(),
  from_lsn: lsn,
  to_lsn: lsn,
  base: z.string(),
  rows: z.coerce.number(),
  truncated: z.array(z.string()),
  committed_at: z.string().nullable(),
});
const historyRow = z.object({
  confirmed_at: z.string(),
  known: z.coerce.boolean(),
  last_batch: z.tuple([z.string(), z.coerce.number(), z.string().nullable()]),
  has_batch: z.coerce.boolean(),
  hand_overs: z.array(z.tuple([z.string(), z.string(), z.coerce.number()])),
});

/** What streaming has done so far; instants ISO 8601 UTC, newest hand-over first. */
export interface CdcHistory {
  confirmedAt: string | null;
  lastBatch: { at: string; rows: number; committedAt: string | null } | null;
  handOvers: { at: string; reason: string; sources: number }[];
}

/** Records of streaming in the table raw_cdc, beside the rows that they speak of. */
export class ClickHouseCdcRecords implements CdcRecords {
  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly slot: string,
  ) {}

  async position(): Promise<CdcPosition | null> {
    const [row] = await this.clickhouse.rows(positionStatement, { slot: this.slot }, positionRow);
    return row ?? null;
  }

  async interrupted(position: CdcPosition): Promise<CdcBatch | null> {
    const params = { slot: this.slot, generation: position.generation, lsn: String(position.lsn) };
    const [row] = await this.clickhouse.rows(interruptedStatement, params, batchRow);
    if (!row) return null;
    const { generation, from_lsn: from, to_lsn: to, base, rows, truncated, committed_at: committedAt } = row;
    return { generation, from, to, base, rows, truncated, committedAt };
  }

  async handedOver(position: CdcPosition, reason: HandOverReason): Promise<void> {
    await this.write('snapshot', { from: position.lsn, to: position.lsn }, position, { reason });
  }

  async begin(batch: CdcBatch): Promise<void> {
    await this.write('begun', batch, { generation: batch.generation, origin: '', sources: {} }, batch);
  }

  async confirm(batch: CdcBatch, position: CdcPosition): Promise<void> {
    await this.write('done', batch, position, batch);
  }

  async history(): Promise<CdcHistory> {
    const row = await this.clickhouse.row(historyStatement, { slot: this.slot }, historyRow);
    const [at, rows, committedAt] = row.last_batch;
    return {
      confirmedAt: row.known ? row.confirmed_at : null,
      lastBatch: row.has_batch ? { at, rows, committedAt } : null,
      handOvers: row.hand_overs.map(([made, reason, sources]) => ({ at: made, reason, sources })),
    };
  }

  private async write(
    state: 'snapshot' | 'begun' | 'done',
    { from, to }: { from: bigint; to: bigint },
    { generation, origin, sources }: Omit<CdcPosition, 'lsn'>,
    more: Partial<CdcBatch> & { reason?: string },
  ): Promise<void> {
    await this.clickhouse.insertRows('raw_cdc', [
      {
        slot: this.slot,
        generation,
        state,
        reason: more.reason ?? '',
        origin,
        sources,
        from_lsn: String(from),
        to_lsn: String(to),
        base: more.base ?? '1970-01-01T00:00:00.000000Z',
        rows: more.rows ?? 0,
        truncated: more.truncated ?? [],
        committed_at: more.committedAt ?? null,
      },
    ]);
  }
}
