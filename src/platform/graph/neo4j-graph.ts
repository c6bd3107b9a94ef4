import neo4j, { type Driver, type ManagedTransaction, type Session } from 'neo4j-driver';
import type { z } from 'zod';
import { fromNeo4j } from './graph-errors.js';
import { assertGraphParams, parseRows, type Graph, type GraphParams } from './graph.js';
import { fromNeo4jValue } from './neo4j-values.js';

export interface Neo4jOptions {
  /** bolt://, bolt+s://, neo4j:// or neo4j+s:// */
  uri: string;
  user: string;
  password: string;
  /** Default: the user's home database. */
  database?: string;
}

/**
 * The graph over Bolt. Statements run in managed transactions: the driver repeats a transient failure for up to
 * 15 s. Reads are refused writes by the server (access mode), not by us.
 */
export class Neo4jGraph implements Graph {
  readonly kind = 'neo4j';
  private readonly driver: Driver;
  private readonly database: string | undefined;
  /** On a cluster, makes a read see what this process wrote before, whichever member answers. */
  private readonly bookmarkManager = neo4j.bookmarkManager();

  constructor(options: Neo4jOptions) {
    this.database = options.database;
    try {
      this.driver = neo4j.driver(options.uri, neo4j.auth.basic(options.user, options.password), {
        useBigInt: true,
        maxTransactionRetryTime: 15_000,
        connectionTimeout: 5_000,
        connectionAcquisitionTimeout: 15_000,
        maxConnectionPoolSize: 16,
        userAgent: 'teraffi-insights',
      });
    } catch (error) {
      throw fromNeo4j(error);
    }
  }

  async read<T>(statement: string, params: GraphParams, schema: z.ZodType<T>): Promise<T[]> {
    assertGraphParams(params);
    return this.inSession(async (session) =>
      parseRows(await session.executeRead((tx) => run(tx, statement, params)), schema),
    );
  }

  async write<T>(statement: string, params: GraphParams, schema: z.ZodType<T>): Promise<T[]> {
    assertGraphParams(params);
    return this.inSession(async (session) =>
      parseRows(await session.executeWrite((tx) => run(tx, statement, params)), schema),
    );
  }

  async ping(): Promise<void> {
    try {
      await this.driver.getServerInfo({ database: this.database });
    } catch (error) {
      throw fromNeo4j(error);
    }
  }

  async close(): Promise<void> {
    await this.driver.close();
  }

  private async inSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = this.driver.session({ database: this.database, bookmarkManager: this.bookmarkManager });
    try {
      return await work(session);
    } catch (error) {
      throw fromNeo4j(error);
    } finally {
      await session.close().catch(() => undefined); // a broken connection is reported by the statement itself
    }
  }
}

async function run(
  tx: ManagedTransaction,
  statement: string,
  params: GraphParams,
): Promise<Record<string, unknown>[]> {
  const { records } = await tx.run(statement, params);
  return records.map((record) =>
    Object.fromEntries(record.keys.map((key) => [String(key), fromNeo4jValue(record.get(key))])),
  );
}
