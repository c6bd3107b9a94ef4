import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { ClickHouseError, toClickHouseError } from './clickhouse-error.js';
import { openEngine, type Engine, type Session } from './engine.js';
import { authenticate, hasBody, readStatement, settingsOf, spoolBody } from './http-request.js';
import { Answer } from './http-response.js';
import { RowPipes } from './row-pipes.js';
import { RunningQueries } from './running-queries.js';
import { formatOf, fromFile, intoFile, quote } from './statement.js';

export interface ClickHouseHostOptions {
  /** Data directory of the engine; one process at a time. */
  dir: string;
  /** Loopback port; 0 or none lets the system choose. */
  port?: number;
  username: string;
  password: string;
  /** Queries in parallel; the rest wait. The process needs 4 pool threads more (UV_THREADPOOL_SIZE). */
  maxQueries?: number;
}

/**
 * Serves ClickHouse's HTTP interface over the chdb engine, for this service's own client: no sessions, roles or
 * compression. Every request runs on an engine connection that no other shares, so that no setting reaches another. Insert data
 * arrives whole in a file before the engine sees it: a client that goes away leaves no rows, and data is never read
 * as SQL. A client that goes away ends its read; a write that has begun is finished.
 */
export async function startClickHouseHost(
  options: ClickHouseHostOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { dir, port = 0, maxQueries = 16 } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const engine = openEngine(dir); // from here on the engine's own lock keeps every other process out of `dir`
  const spool = join(dir, 'spool');
  rmSync(spool, { recursive: true, force: true });
  mkdirSync(spool, { mode: 0o700 });
  const pipes = await RowPipes.create(spool, maxQueries);
  const queries = new RunningQueries(engine, maxQueries);
  const front = new ClickHouseFront(engine, queries, pipes, spool, options);

  const server = createServer({ maxHeaderSize: 1024 * 1024, requestTimeout: 0, keepAliveTimeout: 10_000 });
  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/ping') response.end('Ok.\n');
    else
      void front.handle(request, url, new Answer(response, url.searchParams.get('query_id') ?? randomUUID()));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await queries.close(); // the process cannot exit while the engine runs a query
      await closed;
      engine.close();
    },
  };
}

class ClickHouseFront {
  constructor(
    private readonly engine: Engine,
    private readonly queries: RunningQueries,
    private readonly pipes: RowPipes,
    private readonly spool: string,
    private readonly user: { username: string; password: string },
  ) {}

  /** Answers one request; never rejects. */
  async handle(request: IncomingMessage, url: URL, answer: Answer): Promise<void> {
    try {
      authenticate(request, this.user);
      if (url.pathname !== '/')
        throw new ClickHouseError(48, 'NOT_IMPLEMENTED', `There is no ${url.pathname}`);
      const query = url.searchParams;
      // An INSERT whose data is empty comes without a body: still data in the body, of no rows.
      const sql = query.get('query') ?? '';
      const insert =
        request.method === 'POST' && /^\s*INSERT\s/i.test(sql) && fromFile(sql, '') !== undefined;
      if (insert || (query.get('query') !== null && hasBody(request)))
        await this.insertBody(request, query, answer);
      else await this.statement(request, query, answer);
    } catch (error) {
      answer.fail(toClickHouseError(error));
      request.resume(); // a client that still sends reads the answer only when it is done
    }
  }

  /** The statement stands in the URL and the data in the body. */
  private async insertBody(request: IncomingMessage, query: URLSearchParams, answer: Answer): Promise<void> {
    const file = join(this.spool, randomUUID());
    const insert = fromFile(query.get('query') ?? '', file);
    if (insert === undefined || (await this.engine.classify(insert)) !== 'write') {
      const form = 'INSERT INTO table [(columns)] [SETTINGS ...] FORMAT name';
      throw new ClickHouseError(62, 'SYNTAX_ERROR', `A statement with data in the body must read: ${form}`);
    }
    try {
      await spoolBody(request, file);
      await this.execute(query, answer, 'write', async (session) =>
        answer.written(await session.write(insert)),
      );
    } finally {
      rmSync(file, { force: true });
    }
  }

  private async statement(request: IncomingMessage, query: URLSearchParams, answer: Answer): Promise<void> {
    const sql = query.get('query') ?? (await readStatement(request, query));
    const kind = await this.judge(sql);
    if (request.method === 'GET' && kind !== 'read') {
      throw new ClickHouseError(164, 'READONLY', 'Cannot execute query in readonly mode: use POST');
    }
    // A temporary table belongs to its connection.
    const lasting = /\bTEMPORARY\b/i.test(sql) ? 'other' : kind;
    await this.execute(query, answer, lasting, async (session) => {
      if (kind === 'write') return answer.written(await session.write(sql));
      const format = query.get('default_format') ?? 'TabSeparated';
      // As a server does: the whole answer is there before its first byte is sent. A pipe would cost twice the query.
      const isHeldBack = query.get('wait_end_of_query') === '1';
      if (kind === 'read' && !isHeldBack) return this.read(session, sql, format, answer);
      answer.text(formatOf(sql) ?? format, await session.query(sql, format));
    });
  }

  private async read(session: Session, sql: string, defaultFormat: string, answer: Answer): Promise<void> {
    const pipe = this.pipes.take();
    try {
      const into = intoFile(sql, pipe.path, defaultFormat);
      if ((await this.engine.classify(into.sql)) !== 'other') {
        // A form the rewriting does not know (settings behind FORMAT): right all the same, but not streamed.
        answer.text(defaultFormat, await session.query(sql, defaultFormat));
        return;
      }
      const result = session.query(into.sql).finally(() => pipe.writerDone());
      await answer.rows(into.format, pipe.rows, result);
    } finally {
      pipe.done();
    }
  }

  private execute(
    query: URLSearchParams,
    { queryId, gone }: Answer,
    kind: 'read' | 'write' | 'other',
    work: (session: Session) => Promise<void>,
  ): Promise<void> {
    const context = {
      queryId,
      gone,
      endsWithClient: kind === 'read',
      leavesNoTrace: kind !== 'other',
      database: query.get('database'),
      settings: settingsOf(query),
    };
    return this.queries.run(context, work);
  }

  /** What the engine's parser takes the statement for; throws code 62 unless it is exactly one. */
  private async judge(sql: string): Promise<'read' | 'write' | 'other'> {
    const kind = await this.engine.classify(sql);
    if (kind === 'several') {
      const hint = 'data that may hold empty lines belongs in the body, its INSERT in the URL';
      throw new ClickHouseError(62, 'SYNTAX_ERROR', `Multi-statements are not allowed (${hint})`);
    }
    if (kind === 'unparsable') {
      // To run it would be to run the statements before the broken one; this only parses, and says what is wrong.
      await this.engine.ask(`SELECT formatQuery(${quote(sql)})`);
      throw new ClickHouseError(62, 'SYNTAX_ERROR', 'Syntax error');
    }
    if (kind === 'other' && /\bINTO\s+OUTFILE\b/i.test(sql)) {
      throw new ClickHouseError(48, 'NOT_IMPLEMENTED', 'INTO OUTFILE is not allowed over HTTP');
    }
    return kind;
  }
}
