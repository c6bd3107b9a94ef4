import { createRequire } from 'node:module';
import { z } from 'zod';

/**
 * The chdb engine in this process. Below chdb's public exports, because only there are bytes in any format, a
 * connection per request and the engine's own parser: the package version is therefore pinned exactly.
 */

type Connection = unknown;

interface NativeEngine {
  CreateConnection(dir: string): Connection;
  CloseConnection(connection: Connection): void;
  QueryAsyncConnection(connection: Connection, sql: string, format: string): Promise<unknown>;
  InsertRawAsyncConnection(
    connection: Connection,
    sql: string,
    data: Buffer,
    stream: boolean,
  ): Promise<unknown>;
  DurableClassifyAsync(connection: Connection, sql: string): Promise<unknown>;
}

const FUNCTIONS = [
  'CreateConnection',
  'CloseConnection',
  'QueryAsyncConnection',
  'InsertRawAsyncConnection',
  'DurableClassifyAsync',
] as const;
const nativeSchema = z.custom<NativeEngine>((value) =>
  FUNCTIONS.every((name) => typeof Reflect.get(Object(value), name) === 'function'),
);

const count = z.number().catch(0);
const queryResultSchema = z.object({
  bytes: z.instanceof(Uint8Array).catch(new Uint8Array()),
  rowsRead: count,
  bytesRead: count,
});
const writeResultSchema = z.object({ rowsWritten: count, bytesWritten: count });
const classificationSchema = z.object({ statementCount: z.number(), queryClass: z.number() });

export interface QueryResult {
  bytes: Uint8Array;
  rowsRead: number;
  bytesRead: number;
}
export interface WriteResult {
  rowsWritten: number;
  bytesWritten: number;
}

/** `other`: changes the process or its files rather than data (SET, KILL, SYSTEM, INTO OUTFILE). */
export type StatementKind = 'read' | 'write' | 'other' | 'unparsable' | 'several';

/** Loads the engine and opens `dir`; one directory and one process at a time, which the engine itself enforces. */
export function openEngine(dir: string): Engine {
  const chdb = createRequire(import.meta.url).resolve('chdb/package.json');
  const platform = `${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;
  return new Engine(nativeSchema.parse(createRequire(chdb)(`@chdb/lib-${platform}`)), dir);
}

export class Engine {
  /** Keeps the engine open between requests, and lends its parser. */
  private readonly anchor: Connection;

  constructor(
    private readonly native: NativeEngine,
    private readonly dir: string,
  ) {
    this.anchor = native.CreateConnection(dir);
  }

  /** A connection of its own (0.1 ms): settings, parameters and USE end with it. Close it only when it is idle. */
  session(): Session {
    return new Session(this.native, this.native.CreateConnection(this.dir));
  }

  /** A statement on the host's own behalf. */
  async ask(sql: string): Promise<QueryResult> {
    const session = this.session();
    try {
      return await session.query(sql);
    } finally {
      session.close();
    }
  }

  /** What the engine's own parser sees; runs nothing. */
  async classify(sql: string): Promise<StatementKind> {
    const found = await this.native.DurableClassifyAsync(this.anchor, sql);
    const { statementCount, queryClass } = classificationSchema.parse(found);
    if (statementCount === 0) return 'unparsable';
    if (statementCount > 1) return 'several';
    return queryClass === 0 ? 'read' : queryClass === 1 ? 'write' : 'other';
  }

  close(): void {
    this.native.CloseConnection(this.anchor);
  }
}

export class Session {
  constructor(
    private readonly native: NativeEngine,
    private readonly connection: Connection,
  ) {}

  /** Runs ONE statement and returns its whole answer; more than one would be run as well, so classify first. */
  async query(sql: string, format = 'TabSeparated'): Promise<QueryResult> {
    return queryResultSchema.parse(await this.native.QueryAsyncConnection(this.connection, sql, format));
  }

  /**
   * Runs ONE writing statement. This call of the engine is the only one that counts written rows. It was made to take
   * insert data as well, but it ends data at the first empty line and runs the rest as SQL: it never gets any here.
   */
  async write(sql: string): Promise<WriteResult> {
    const nothing = Buffer.from('\n');
    return writeResultSchema.parse(
      await this.native.InsertRawAsyncConnection(this.connection, sql, nothing, false),
    );
  }

  close(): void {
    this.native.CloseConnection(this.connection);
  }
}
