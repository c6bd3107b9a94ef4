import { type Duplex, Readable } from 'node:stream';
import type pg from 'pg';

/** A message begins with its type (a byte) and its length (four bytes, which count themselves but not the type). */
const HEADER_BYTES = 5;
const COPY_DATA = 'd'.charCodeAt(0);
const COPY_DONE = 'c'.charCodeAt(0);
/** CopyOutResponse, and what the server may say at any time: notice, changed setting, notification. */
const NO_ROW = new Set([...'HNSA'].map((type) => type.charCodeAt(0)));

/**
 * Rows out of the messages of COPY ... TO STDOUT, which has one a row (PostgreSQL manual, frontend/backend protocol). Works on
 * whole chunks of the socket: an object a row would cost more than the rest of a row's way to ClickHouse.
 */
export class CopyMessages {
  private inRow = false;
  /** Of the message in hand: bytes that have not come yet. */
  private missing = 0;
  /** The beginning of a header that the last chunk cut off. */
  private cut = Buffer.alloc(0);

  /**
   * @param chunk is overwritten: its rows are moved to its front
   * @returns the bytes of the rows; `rest` with the last of them: the message that ends the copy and all that follows
   */
  take(chunk: Buffer): { rows: Buffer; rest?: Buffer } {
    let bytes = chunk;
    if (this.cut.length > 0) {
      bytes = Buffer.concat([this.cut, chunk]);
      this.cut = Buffer.alloc(0);
    }
    let rowBytes = 0;
    let at = 0;
    for (;;) {
      const end = Math.min(at + this.missing, bytes.length);
      this.missing -= end - at;
      if (this.inRow) {
        bytes.copyWithin(rowBytes, at, end);
        rowBytes += end - at;
      }
      at = end;
      if (bytes.length - at < HEADER_BYTES) break;
      const type = bytes[at] ?? 0;
      this.inRow = type === COPY_DATA;
      if (!this.inRow && !NO_ROW.has(type))
        return { rows: bytes.subarray(0, rowBytes), rest: bytes.subarray(at) };
      this.missing = bytes.readUInt32BE(at + 1) - (HEADER_BYTES - 1);
      at += HEADER_BYTES;
    }
    this.cut = Buffer.from(bytes.subarray(at));
    return { rows: bytes.subarray(0, rowBytes) };
  }
}

/**
 * A query of the driver whose rows are read as bytes, as fast as they are asked for. An error of the server or of the
 * connection destroys it.
 */
export class CopyOut extends Readable implements pg.Submittable {
  private readonly messages = new CopyMessages();
  private socket: Duplex | undefined;
  private giveBack: (() => void) | undefined;
  /** Whether the server has sent all it will: the connection is good for other statements. */
  complete = false;

  constructor(
    private readonly sql: string,
    private readonly classify: (error: unknown) => unknown,
  ) {
    super({ highWaterMark: 1024 * 1024 });
  }

  /** Called by the driver when it is this query's turn: until the copy's end the socket's bytes come here instead. */
  submit(connection: pg.Connection): void {
    const { stream } = connection;
    const drivers = stream.listeners('data') as ((bytes: Buffer) => void)[];
    const receive = (bytes: Buffer): void => this.receive(bytes, stream);
    stream.removeAllListeners('data').on('data', receive);
    this.socket = stream;
    this.giveBack = () => {
      this.socket = undefined;
      stream.off('data', receive);
      for (const driver of drivers) stream.on('data', driver);
    };
    connection.query(this.sql);
  }

  override _read(): void {
    this.socket?.resume();
  }

  /** Of the server or of the connection, which is not handed on then. */
  handleError(error: unknown): void {
    this.complete = true;
    this.destroy(this.classify(error) as Error);
  }

  // The driver tells every query; by then the rows have ended.
  handleCommandComplete(): void {}
  handleReadyForQuery(): void {}

  private receive(chunk: Buffer, stream: Duplex): void {
    const { rows, rest } = this.messages.take(chunk);
    const wantsMore = rows.length === 0 || this.push(rows);
    if (!rest) {
      if (!wantsMore) stream.pause();
      return;
    }
    this.giveBack?.();
    this.complete = true;
    if (rest[0] === COPY_DONE) this.push(null);
    for (const driver of stream.listeners('data') as ((bytes: Buffer) => void)[]) driver(rest);
  }
}
