import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { ClickHouseError } from './clickhouse-error.js';
import type { QueryResult, WriteResult } from './engine.js';

/** Up to here an answer is held back: an error still becomes a status, and the summary has the whole truth. */
const HOLD_BYTES = 64 * 1024;

/** One request's answer and the signal that its client has gone. */
export class Answer {
  readonly gone: AbortSignal;
  /** Marks an error inside a stream as the server's own words; random, so that no data can imitate it. */
  private readonly tag = Array.from({ length: 16 }, () => String.fromCharCode(97 + randomInt(26))).join('');
  private readonly began = process.hrtime.bigint();

  constructor(
    private readonly response: ServerResponse,
    readonly queryId: string,
  ) {
    const gone = new AbortController();
    this.gone = gone.signal;
    response.on('error', () => undefined); // a write after the client has gone; 'close' tells
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
  }

  /** The answer to a statement without rows. */
  written({ rowsWritten, bytesWritten }: WriteResult): void {
    this.begin({ written_rows: rowsWritten, written_bytes: bytesWritten });
    this.response.end();
  }

  /** A whole answer at once. */
  text(format: string, { bytes, rowsRead, bytesRead }: QueryResult): void {
    this.begin({ read_rows: rowsRead, read_bytes: bytesRead }, format);
    this.response.end(bytes);
  }

  /**
   * Passes `rows` on at the client's pace. `query` is the engine's own result, on which the end of the answer depends:
   * this returns or throws only when the engine is done with the request.
   */
  async rows(format: string, rows: Readable, query: Promise<QueryResult>): Promise<void> {
    const engineIsDone = query.then(
      () => undefined,
      () => undefined, // seen below; it may fail long before the last row has been passed on
    );
    const held: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of rows) {
        held.push(Buffer.from(chunk));
        size += held.at(-1)?.length ?? 0;
        if (size <= HOLD_BYTES && !this.response.headersSent) continue;
        if (!this.response.headersSent) this.begin({}, format);
        if (!this.response.write(Buffer.concat(held.splice(0)))) {
          await once(this.response, 'drain', { signal: this.gone });
        }
      }
    } finally {
      await engineIsDone;
    }
    const { rowsRead, bytesRead } = await query;
    if (!this.response.headersSent) this.begin({ read_rows: rowsRead, read_bytes: bytesRead }, format);
    this.response.end(Buffer.concat(held));
  }

  /** An error status; or, inside a stream, the error in its tagged block and a cut, so that no end looks clean. */
  fail(error: ClickHouseError): void {
    const { response, tag } = this;
    if (response.destroyed || response.writableEnded) return;
    const message = `${error.message}\n`;
    if (!response.headersSent) {
      response.writeHead(error.httpStatus, {
        'Content-Type': 'text/plain; charset=UTF-8',
        'X-ClickHouse-Query-Id': this.queryId,
        'X-ClickHouse-Exception-Code': String(error.code),
      });
      response.end(message);
      return;
    }
    const block = `${tag}\r\n${message}${Buffer.byteLength(message)} ${tag}`;
    response.write(`\r\n__exception__\r\n${block}\r\n__exception__\r\n`);
    response.socket?.destroySoon();
  }

  private begin(summary: Record<string, number>, format?: string): void {
    const elapsed = process.hrtime.bigint() - this.began;
    const counts = { read_rows: 0, read_bytes: 0, written_rows: 0, written_bytes: 0, ...summary };
    const all = { ...counts, total_rows_to_read: 0, result_rows: 0, result_bytes: 0, elapsed_ns: elapsed };
    this.response.writeHead(200, {
      'Content-Type': contentType(format),
      'X-ClickHouse-Query-Id': this.queryId,
      'X-ClickHouse-Exception-Tag': this.tag,
      'X-ClickHouse-Summary': JSON.stringify(
        Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)])),
      ),
      ...(format === undefined ? {} : { 'X-ClickHouse-Format': format }),
    });
  }
}

function contentType(format = ''): string {
  if (/^JSON\w*EachRow/.test(format)) return 'application/x-ndjson; charset=UTF-8';
  if (/^JSON/.test(format)) return 'application/json; charset=UTF-8';
  if (/^CSV/.test(format)) return 'text/csv; charset=UTF-8';
  if (/^(TabSeparated|TSV)/.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (/^(Native|RowBinary|Parquet|Arrow|ORC)/.test(format)) return 'application/octet-stream';
  return 'text/plain; charset=UTF-8';
}
