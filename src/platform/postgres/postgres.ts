import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { AppError } from '../../kernel/errors.js';
import { CopyOut } from './copy-out.js';

const TRANSIENT_STATES = /^(08|40|53|55|57|58)/;
const REJECTED_STATES = /^(22|23|44)/;
const CONFIGURATION_STATES = /^(28|3D|3F|42501|42P01|42703)/;
/** After these the server closes the connection, if it has not yet: who got it next would get the end as well. */
const ENDS_CONNECTION = /^postgres_(unreachable|08|57p|25p0[345])/;
const NETWORK_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN']);

const driverError = z.object({ code: z.string(), message: z.string() });

/** Instants keep their microseconds: a JavaScript Date would cut them. Text stays text, `2026-01-02T03:04:05.123456Z`. */
const asIso = (text: string): string => text.replace(' ', 'T').replace(/\+00$/, 'Z');
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === pg.types.builtins.TIMESTAMPTZ) return asIso;
    if (oid === pg.types.builtins.TIMESTAMP || oid === pg.types.builtins.DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

/** Settings of every session: values have one text form, whoever reads them. */
const SESSION = '-c timezone=UTC -c datestyle=ISO,YMD -c extra_float_digits=3';

/** A TypeORM data source for a Postgres URL; connections speak UTC and ISO. Connects on initialize(), not before. */
export function createDataSource(
  url: string,
  migrations: NonNullable<ConstructorParameters<typeof DataSource>[0]['migrations']>,
): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    migrations,
    migrationsTableName: '_insights_migrations',
    synchronize: false,
    extra: {
      max: 12,
      types,
      options: SESSION,
      connectionTimeoutMillis: 10_000,
      // A long statement is silent for minutes: without it a peer that vanished is never noticed.
      keepAlive: true,
    },
  });
}

/** What both the pool and one connection can do. */
export interface Queryable {
  /** Rows of one statement, each parsed. bigint and numeric arrive as strings, instants as ISO 8601 UTC text. */
  query<T>(sql: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T[]>;
  /** A statement whose rows nobody reads; returns how many it touched. */
  execute(sql: string, params?: readonly unknown[]): Promise<number>;
}

/** One dedicated connection. */
export interface PostgresSession extends Queryable {
  /**
   * COPY (...) TO STDOUT as bytes; they fail with an AppError. A reader that leaves before the end costs the session its
   * connection: the rest of the rows would stand in the way of every later statement.
   */
  copyOut(sql: string): Readable;
  /** COPY ... FROM STDIN; resolves with the rows the server confirmed. */
  copyIn(sql: string, source: Readable): Promise<number>;
  /** Cuts the connection without asking the server; a statement in progress fails with `postgres_connection_lost`. */
  destroy(): void;
  /** Column names and type names of a SELECT, without running it. */
  describe(select: string): Promise<{ name: string; type: string }[]>;
  /** For each column of a SELECT the table (OID) and attribute number it is a plain copy of; 0 where it is computed. */
  origins(select: string): Promise<{ name: string; table: number; attribute: number }[]>;
}

/** The one door to Postgres: parsed rows, bound parameters, errors by SQLSTATE. */
export class Postgres implements Queryable {
  private initializing: Promise<unknown> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  async query<T>(sql: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T[]> {
    return await this.withSession((session) => session.query(sql, params, schema));
  }

  async execute(sql: string, params: readonly unknown[] = []): Promise<number> {
    return await this.withSession((session) => session.execute(sql, params));
  }

  /** BEGIN ... COMMIT around `work`; any error rolls back. */
  async transaction<T>(work: (session: PostgresSession) => Promise<T>, begin = 'BEGIN'): Promise<T> {
    return await this.withSession(async (session) => {
      await session.execute(begin);
      try {
        const result = await work(session);
        await session.execute('COMMIT');
        return result;
      } catch (error) {
        await session.execute('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  /** A connection of one's own for the length of `work`; a broken one is not handed on. */
  async withSession<T>(work: (session: PostgresSession) => Promise<T>): Promise<T> {
    const runner = (await this.connected()).createQueryRunner();
    let session: ClientSession | undefined;
    try {
      session = new ClientSession((await connecting(() => runner.connect())) as pg.Client);
      return await work(session);
    } finally {
      session?.leave();
      await runner.release();
    }
  }

  async ping(): Promise<void> {
    await this.execute('SELECT 1');
  }

  /** Runs pending TypeORM migrations under an advisory lock, so that replicas that start together do not race. */
  async migrate(): Promise<string[]> {
    return await this.withSession(async (lock) => {
      await lock.execute(`SELECT pg_advisory_lock(hashtextextended('teraffi-insights migrations', 0))`);
      try {
        const done = await (await this.connected()).runMigrations({ transaction: 'each' });
        return done.map((migration) => `postgres/${migration.name}`);
      } finally {
        await lock.execute(`SELECT pg_advisory_unlock(hashtextextended('teraffi-insights migrations', 0))`);
      }
    });
  }

  /** What a replication connection needs, which no pool can give: the same database as the same user, with the same texts. */
  replicationConfig(): { connectionString: string; options: string; keepAlive: true } {
    const { url } = z.object({ url: z.string() }).parse(this.dataSource.options);
    return { connectionString: url, options: SESSION, keepAlive: true };
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async connected(): Promise<DataSource> {
    if (!this.dataSource.isInitialized) {
      this.initializing ??= connecting(() => this.dataSource.initialize()).finally(
        () => (this.initializing = undefined),
      );
      await this.initializing;
    }
    return this.dataSource;
  }
}

class ClientSession implements PostgresSession {
  private broken = false;
  private readonly onBroken = (): void => void (this.broken = true);

  constructor(private readonly client: pg.Client) {
    client.on('error', this.onBroken);
  }

  /** The connection goes back to its pool, which listens itself. */
  leave(): void {
    this.client.off('error', this.onBroken);
  }

  destroy(): void {
    this.broken = true;
    // With a statement in progress the driver closes the socket itself instead of saying goodbye first.
    this.client.end().catch(() => undefined);
  }

  async query<T>(sql: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T[]> {
    const result = await this.guard(() => this.client.query<Record<string, unknown>>(sql, [...params]));
    return result.rows.map((row) => schema.parse(row));
  }

  async execute(sql: string, params: readonly unknown[] = []): Promise<number> {
    return (await this.guard(() => this.client.query(sql, [...params]))).rowCount ?? 0;
  }

  copyOut(sql: string): Readable {
    const rows = this.client.query(new CopyOut(sql, (error) => this.classify(error)));
    rows.once('close', () => {
      if (!rows.complete) this.hangUp();
    });
    return rows;
  }

  async copyIn(sql: string, source: Readable): Promise<number> {
    const sink = this.client.query(copyFrom(sql));
    await this.guard(() => pipeline(source, sink as Writable));
    return sink.rowCount;
  }

  async describe(select: string): Promise<{ name: string; type: string }[]> {
    const { fields } = await this.guard(() => this.client.query(`SELECT * FROM (${select}) s LIMIT 0`));
    if (fields.length === 0) return [];
    const { rows } = await this.guard(() =>
      this.client.query<{ type: string }>(
        `SELECT format_type(t.oid, t.typmod) AS type FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS t(oid, typmod, position) ORDER BY position`,
        [fields.map((field) => field.dataTypeID), fields.map((field) => field.dataTypeModifier)],
      ),
    );
    return fields.map((field, index) => ({ name: field.name, type: rows[index]?.type ?? 'unknown' }));
  }

  async origins(select: string): Promise<{ name: string; table: number; attribute: number }[]> {
    const { fields } = await this.guard(() => this.client.query(`SELECT * FROM (${select}) s LIMIT 0`));
    return fields.map((field) => ({ name: field.name, table: field.tableID, attribute: field.columnID }));
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.classify(error);
    }
  }

  /** The pool keeps no connection that has been ended. */
  private hangUp(): void {
    this.client.end().catch(() => undefined);
  }

  /** The driver gives an error without a code to whoever uses a connection that has been lost. */
  private classify(error: unknown): unknown {
    const classified = classifyPostgresError(error);
    if (classified instanceof AppError) {
      if (ENDS_CONNECTION.test(classified.code)) this.hangUp();
      return classified;
    }
    if (!this.broken) return classified;
    return new AppError({
      class: 'transient',
      source: 'postgres',
      code: 'postgres_connection_lost',
      message: 'The connection to Postgres was lost.',
      cause: error,
    });
  }
}

/** Until there is a connection, what has no code is the driver's word for no answer: a time-out, a peer that hangs up. */
async function connecting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const classified = classifyPostgresError(error);
    if (classified instanceof AppError) throw classified;
    const reason = error instanceof Error ? error.message : String(error);
    throw unreachable(reason, error);
  }
}

/** A driver error as an AppError, by SQLSTATE or network code; anything else unchanged. */
export function classifyPostgresError(error: unknown): unknown {
  // No instanceof Error: a network error may come from another realm (a test runner's sandbox), its code is what counts.
  const parsed = driverError.safeParse(error);
  if (!parsed.success || error instanceof AppError) return error;
  const { code, message } = parsed.data;
  if (NETWORK_CODES.has(code)) return unreachable(code, error);
  return new AppError({
    class: TRANSIENT_STATES.test(code)
      ? 'transient'
      : REJECTED_STATES.test(code)
        ? 'rejected'
        : CONFIGURATION_STATES.test(code)
          ? 'configuration'
          : 'bug',
    source: 'postgres',
    code: `postgres_${code.toLowerCase()}`,
    message: `Postgres: ${message}`,
    cause: error,
  });
}

const unreachable = (reason: string, cause: unknown) =>
  new AppError({
    class: 'transient',
    source: 'postgres',
    code: 'postgres_unreachable',
    message: `Postgres does not answer (${reason}).`,
    cause,
  });
