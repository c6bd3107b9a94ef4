import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { AppError } from '../../../../src/kernel/errors.js';
import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import { identifier } from '../../../../src/kernel/sql-text.js';
import { peek } from './bytes.js';

/** What the engine says when it has no place for more; anything else that is not transient is said of the file. */
const NO_COLUMN = 'clickhouse_8';

/**
 * Rows of a Parquet file as TabSeparated lines: the named columns as text, then the row number from 1 and empty fault
 * columns. The engine reads the format: the file goes into a table of texts of its own and comes back line by line.
 */
export async function withParquetRows(
  clickhouse: ClickHouse,
  file: AsyncIterable<Uint8Array>,
  from: readonly string[],
  shownName: string,
  land: (bytes: Readable) => Promise<void>,
): Promise<void> {
  const { head, all } = await peek(file, 4);
  if (Buffer.from(head.subarray(0, 4)).toString('latin1') !== 'PAR1')
    throw malformed('it does not begin with PAR1');
  const table = `stage_parquet_${randomUUID().replaceAll('-', '')}`;
  const names = [...new Set(from)].map(identifier); // the client takes column names as SQL
  const [first = '', ...others] = names;
  // A part keeps the order of its rows, and one block of one thread makes parts in the order of the file.
  await clickhouse.command(
    `CREATE TABLE ${table} (${names.map((name) => `${name} Nullable(String)`).join(', ')}) ENGINE = MergeTree ORDER BY tuple()`,
  );
  try {
    await clickhouse
      .insertBytes(table, [first, ...others], 'Parquet', Readable.from(all, { objectMode: false }), {
        settings: {
          input_format_parquet_allow_missing_columns: 0,
          input_format_parquet_preserve_order: 1,
          // The text of a timestamp names no zone.
          session_timezone: 'UTC',
          date_time_output_format: 'simple',
          input_format_parallel_parsing: 0,
          max_insert_threads: '1',
          max_threads: 1,
        },
      })
      .catch((error: unknown) => {
        throw refused(error);
      });
    const columns = from.map((name) => identifier(name)).join(', ');
    const rows = await clickhouse.selectBytes(
      `SELECT ${columns}, {file: String}, row_number() OVER (ORDER BY _part_index, _part_offset), '', '', NULL FROM ${table}`,
      { file: shownName },
    );
    await land(rows);
  } finally {
    await clickhouse.command(`DROP TABLE IF EXISTS ${table} SYNC`);
  }
}

function refused(error: unknown): unknown {
  if (!(error instanceof AppError) || error.source !== 'clickhouse' || error.class === 'transient')
    return error;
  const [what = ''] = error.message.split('\n');
  return error.code === NO_COLUMN
    ? new AppError({
        class: 'configuration',
        source: 'warehouse',
        code: 'source_column_missing',
        message: what,
        cause: error,
      })
    : malformed(what, error);
}

const malformed = (why: string, cause?: unknown): AppError =>
  new AppError({
    class: 'configuration',
    source: 'warehouse',
    code: 'source_file_malformed',
    message: `is no whole Parquet file: ${why}`,
    cause,
  });
