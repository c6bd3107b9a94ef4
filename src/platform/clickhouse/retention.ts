import { z } from 'zod';
import { AppError } from '../../kernel/errors.js';
import { identifier } from '../../kernel/sql-text.js';
import { type PartitionUnit, type RetainedTable } from './render-migration.js';

/** A table as system.tables tells of it. */
export const storedTable = z.object({ name: z.string(), engine_full: z.string(), partition_key: z.string() });
export type StoredTable = z.output<typeof storedTable>;

export interface Retention {
  /** Rows go this many years after the end of their partition; undefined: never. */
  retentionYears?: number | undefined;
  partitionBy: PartitionUnit;
  cluster?: string | undefined;
}

/**
 * The statements that bring the TTL of the retained tables to `retentionYears`; none for a table that has it. A table
 * not stored yet is taken for one just made. Throws `partitioning_changed` when a table has other partitions than
 * `partitionBy` asks for: those are made with the table and never change.
 */
export function retentionStatements(
  tables: readonly RetainedTable[],
  stored: readonly StoredTable[],
  { retentionYears, partitionBy, cluster }: Retention,
): string[] {
  return tables.flatMap((table) => {
    const found = stored.find(({ name }) => name === table.name);
    if (found && bare(found.partition_key) !== bare(table.partitions[partitionBy])) {
      throw partitioningChanged(table, found, partitionBy);
    }
    const wanted =
      retentionYears === undefined ? undefined : expiry(table.column, retentionYears, partitionBy);
    const present = / TTL (.+?)(?: SETTINGS |$)/.exec(found?.engine_full ?? '')?.[1];
    if (bare(wanted ?? '') === bare(present ?? '')) return [];
    const alter = `ALTER TABLE ${table.name}${cluster === undefined ? '' : ` ON CLUSTER ${identifier(cluster)}`}`;
    if (wanted === undefined) return [`${alter} REMOVE TTL`];
    // Settings first: the change of the TTL then only notes each part's dates, and rewrites no row.
    return [
      `${alter} MODIFY SETTING ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1`,
      `${alter} MODIFY TTL ${wanted}`,
    ];
  });
}

/**
 * The instant at which a row goes: `years` after the end of its partition, so that all rows of a partition go together. By
 * its own instant, a part of old rows would go before its neighbours, and a fact built anew would lack rows that raw has.
 * Date32, because a Date would wrap around for years before 1970 and after 2149.
 */
function expiry(column: string, years: number, partitionBy: PartitionUnit): string {
  switch (partitionBy) {
    case 'month':
      return `makeDate32(toYear(${column}) + ${years}, toMonth(${column}), 1) + toIntervalMonth(1)`;
    case 'quarter':
      return `makeDate32(toYear(${column}) + ${years}, (toQuarter(${column}) * 3) - 2, 1) + toIntervalMonth(3)`;
    case 'year':
      return `makeDate32(toYear(${column}) + ${years + 1}, 1, 1)`;
  }
}

/** An expression without what the server adds to it when it prints it. */
const bare = (expression: string): string => expression.replace(/[\s()]/g, '');

function partitioningChanged(table: RetainedTable, found: StoredTable, asked: PartitionUnit): AppError {
  const units: readonly PartitionUnit[] = ['month', 'quarter', 'year'];
  const present = units.find((unit) => bare(table.partitions[unit]) === bare(found.partition_key));
  const has = present ? `by ${present}` : `by ${found.partition_key || 'nothing'}`;
  return new AppError({
    class: 'configuration',
    source: 'clickhouse',
    code: 'partitioning_changed',
    message:
      `${table.name} is partitioned ${has}, PARTITION_BY asks for ${asked}. A table keeps the partitions it was made with: ` +
      `${present ? `set PARTITION_BY=${present}` : 'restore the table'}, or load the warehouse anew into an empty database (docs/cluster.md, Partitions).`,
  });
}
