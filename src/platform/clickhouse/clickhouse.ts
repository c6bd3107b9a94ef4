import { randomUUID } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import {
  type ClickHouseClient,
  type ClickHouseSettings,
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
} from '@clickhouse/client';
import { z } from 'zod';
import { AppError } from '../../kernel/errors.js';

/**
 * Sent with every request, because servers change their defaults (64-bit quoting in 25.8, DateTime64 numbers in 26.8)
 * and because an unmatched ASOF JOIN would otherwise fill 0 and 1970 where we mean NULL.
 */
export const PINNED: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  output_format_decimal_trailing_zeros: 1,
  date_time_output_format: 'iso',
  date_time_input_format: 'best_effort',
  join_use_nulls: 1,
  async_insert: 0,
  wait_end_of_query: 1,
};

/** ClickHouse codes that the same call may survive later. Everything else is our statement or the data. */
const TRANSIENT_CODES = new Set([
  '159',
  '202',
  '209',
  '210',
  '241',
  '242',
  '252',
  '279',
  '285',
  '319',
  '439',
  '999',
]);
const CONFIGURATION_CODES = new Set(['192', '193', '194', '497', '516']);
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ECONNABORTED',
]);

const networkError = z.object({
  code: z.string().optional(),
  cause: z.unknown().optional(),
  errors: z.array(z.unknown()).optional(),
});

export type QueryParams = Record<string, unknown>;
export interface QueryOptions {
  settings?: ClickHouseSettings;
  signal?: AbortSignal;
}

/** For an INSERT whose rows may be of any number of months: the server's limit of partitions guards against mistakes in keys. */
export const ANY_PARTITIONS: QueryOptions = { settings: { max_partitions_per_insert_block: '0' } };

/** The one door to ClickHouse: typed parameters in, parsed rows or bytes out, errors by code. */
export class ClickHouse {
  readonly database: string;
  private readonly client: ClickHouseClient;

  /** `url` may carry user, password and database (`http://user:password@host:8123/analytics`). */
  constructor(url: string) {
    const parsed = new URL(url);
    this.database = decodeURIComponent(parsed.pathname.slice(1)) || 'analytics';
    const username = decodeURIComponent(parsed.username) || 'default';
    const password = decodeURIComponent(parsed.password);
    parsed.username = parsed.password = parsed.pathname = '';
    this.client = createClient({
      url: parsed,
      username,
      password,
      database: this.database,
      request_timeout: 600_000,
      max_open_connections: 8,
      compression: { request: false, response: false },
      keep_alive: { idle_socket_ttl: 2000 },
      clickhouse_settings: PINNED,
      application: 'teraffi-insights',
      // Errors reach the caller once, classified; the client's own print would show them twice.
      log: { level: ClickHouseLogLevel.OFF },
    });
  }

  /** Rows of one SELECT, each parsed. 64-bit integers and decimals arrive as strings, instants as ISO 8601 UTC. */
  async rows<T>(
    query: string,
    params: QueryParams,
    schema: z.ZodType<T>,
    options: QueryOptions = {},
  ): Promise<T[]> {
    return await this.guard(async () => {
      const result = await this.client.query({
        query,
        query_params: params,
        format: 'JSONEachRow',
        query_id: randomUUID(),
        ...this.options(options),
      });
      const rows = await result.json<unknown>();
      return rows.map((row) => schema.parse(row));
    });
  }

  /** The single row of a SELECT that always has one (count, max ...). */
  async row<T>(
    query: string,
    params: QueryParams,
    schema: z.ZodType<T>,
    options: QueryOptions = {},
  ): Promise<T> {
    const [first] = await this.rows(query, params, schema, options);
    if (first === undefined) {
      throw new AppError({
        class: 'bug',
        source: 'clickhouse',
        code: 'no_row',
        message: 'A query that must return one row returned none.',
      });
    }
    return first;
  }

  /** DDL, INSERT ... SELECT and the like. Returns the rows written as the server counted them. */
  async command(
    query: string,
    params: QueryParams = {},
    options: QueryOptions = {},
  ): Promise<{ written: number }> {
    return await this.guard(async () => {
      const result = await this.client.command({
        query,
        query_params: params,
        query_id: randomUUID(),
        ...this.options(options),
      });
      return { written: Number(result.summary?.written_rows ?? 0) };
    });
  }

  /** Rows as TabSeparated bytes (no header), for piping into another store. The stream fails with an AppError when the query does. */
  async selectBytes(query: string, params: QueryParams = {}, options: QueryOptions = {}): Promise<Readable> {
    return await this.guard(async () => {
      const result = await this.client.exec({
        query: `${query.trim()}\nFORMAT TabSeparated`,
        query_params: params,
        query_id: randomUUID(),
        // Streamed, however large: the server must not hold all of it before the first byte.
        ...this.options({ ...options, settings: { wait_end_of_query: 0, ...options.settings } }),
      });
      return classified(result.stream);
    });
  }

  /** Bytes of `format` into the named columns of a table; nothing is parsed here. Back pressure reaches the source. */
  async insertBytes(
    table: string,
    columns: readonly [string, ...string[]],
    format: 'TabSeparated' | 'CSV' | 'CSVWithNames' | 'Parquet',
    values: Readable,
    options: QueryOptions = {},
  ): Promise<void> {
    await this.guard(async () => {
      await this.client.insert({
        table,
        columns: [...columns] as [string, ...string[]],
        format,
        values,
        query_id: randomUUID(),
        ...this.options(options),
      });
    });
  }

  /** A few rows as objects. For bulk use insertBytes: objects cost an order of magnitude more. */
  async insertRows(table: string, rows: readonly object[], options: QueryOptions = {}): Promise<void> {
    if (rows.length === 0) return;
    await this.guard(async () => {
      await this.client.insert({
        table,
        format: 'JSONEachRow',
        values: rows as object[],
        query_id: randomUUID(),
        ...this.options(options),
      });
    });
  }

  async ping(): Promise<void> {
    await this.guard(async () => {
      const result = await this.client.ping({ select: true });
      if (!result.success) throw result.error;
    });
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private options(options: QueryOptions) {
    return {
      ...(options.settings ? { clickhouse_settings: options.settings } : {}),
      ...(options.signal ? { abort_signal: options.signal } : {}),
    };
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw classify(error);
    }
  }
}

/** The same bytes with our errors: whoever reads them writes to another store, and would take a broken connection for its own. */
function classified(source: Readable): Readable {
  const bytes = new PassThrough();
  source.on('error', (error) => bytes.destroy(classify(error) as Error));
  bytes.once('close', () => source.destroy());
  return source.pipe(bytes);
}

function classify(error: unknown): unknown {
  if (error instanceof ClickHouseError) {
    const transient = TRANSIENT_CODES.has(error.code);
    return new AppError({
      class: transient ? 'transient' : CONFIGURATION_CODES.has(error.code) ? 'configuration' : 'bug',
      source: 'clickhouse',
      code: `clickhouse_${error.code}`,
      message: `ClickHouse: ${error.message}`,
      cause: error,
    });
  }
  const code = networkCode(error);
  if (code === undefined) return error;
  return new AppError({
    class: 'transient',
    source: 'clickhouse',
    code: 'clickhouse_unreachable',
    message: `ClickHouse does not answer (${code}).`,
    cause: error,
  });
}

/** The network code of an error or of what caused it. No instanceof: the error may come from another realm (a test runner's sandbox). */
function networkCode(error: unknown): string | undefined {
  for (let current = error, depth = 0; depth < 5; depth++) {
    const parsed = networkError.safeParse(current);
    if (!parsed.success) return undefined;
    const { code, cause, errors } = parsed.data;
    if (code !== undefined && NETWORK_CODES.has(code)) return code;
    current = cause ?? errors?.[0];
  }
  return undefined;
}
