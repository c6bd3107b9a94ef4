import { type Cell, type Lsn, type WalColumn, type WalMessage, type WalTable } from '../../domain/cdc.js';
import { isoOfMicros } from '../../domain/micros.js';

/** Microseconds from the Unix epoch to that of Postgres, 2000-01-01. */
const POSTGRES_EPOCH = 946_684_800_000_000n;

/**
 * Decodes pgoutput, protocol version 1. Written here and not taken from the replication library because its values pass
 * through node-postgres' type parsers (instants become Dates without microseconds) and through a TextDecoder that drops a
 * leading byte order mark: a row would then hash differently from the same row read by COPY.
 */
export class PgoutputDecoder {
  private readonly tables = new Map<number, WalTable>();

  /** One message. Throws an Error on bytes that are no message of this protocol. */
  decode(bytes: Buffer): WalMessage {
    const reader = new Reader(bytes);
    const tag = reader.character();
    switch (tag) {
      case 'B':
        return { tag: 'begin' };
      case 'C': {
        reader.byte(); // flags, unused
        reader.uint64(); // where the commit record begins
        const endLsn: Lsn = reader.uint64();
        return { tag: 'commit', endLsn, committedAt: isoOfMicros(reader.uint64() + POSTGRES_EPOCH) };
      }
      case 'R':
        return this.table(reader);
      case 'I': {
        const table = this.known(reader.uint32());
        reader.character();
        return { tag: 'insert', table, row: row(reader) };
      }
      case 'U': {
        const table = this.known(reader.uint32());
        const kind = reader.character();
        const old = kind === 'N' ? null : row(reader);
        if (kind !== 'N') reader.character();
        const next = row(reader);
        // With REPLICA IDENTITY FULL the old row is complete, and what was not touched stands there.
        const whole =
          kind === 'O' && old ? next.map((cell, at) => (cell === undefined ? old[at] : cell)) : next;
        return { tag: 'update', table, old, row: whole };
      }
      case 'D': {
        const table = this.known(reader.uint32());
        reader.character();
        return { tag: 'delete', table, old: row(reader) };
      }
      case 'T': {
        const count = reader.uint32();
        reader.byte(); // CASCADE, RESTART IDENTITY: the tables are all listed
        return { tag: 'truncate', tables: Array.from({ length: count }, () => this.known(reader.uint32())) };
      }
      case 'O':
      case 'Y':
      case 'M':
        return { tag: 'other' };
      default:
        throw new Error(`no pgoutput message: ${JSON.stringify(tag)}`);
    }
  }

  private table(reader: Reader): WalMessage {
    const oid = reader.uint32();
    const schema = reader.text();
    const name = reader.text();
    reader.character(); // kind of replica identity; the columns say which they are
    const columns = Array.from({ length: reader.uint16() }, (): WalColumn => {
      const flags = reader.byte();
      return {
        key: (flags & 1) === 1,
        name: reader.text(),
        typeOid: reader.uint32(),
        typeModifier: reader.int32(),
      };
    });
    const table: WalTable = { oid, name: `${schema}.${name}`, columns };
    this.tables.set(oid, table);
    return { tag: 'table', table };
  }

  private known(oid: number): WalTable {
    const table = this.tables.get(oid);
    if (!table) throw new Error(`pgoutput: a change of table ${oid}, which was not described`);
    return table;
  }
}

function row(reader: Reader): Cell[] {
  return Array.from({ length: reader.uint16() }, (): Cell => {
    const kind = reader.character();
    switch (kind) {
      case 'n':
        return null;
      case 'u':
        return undefined;
      case 't':
        return reader.bytes(reader.uint32()).toString('utf8');
      default:
        throw new Error(`pgoutput: a value of kind ${JSON.stringify(kind)}`);
    }
  });
}

class Reader {
  private at = 0;

  constructor(private readonly buffer: Buffer) {}

  byte(): number {
    return this.buffer.readUInt8(this.move(1));
  }
  character(): string {
    return String.fromCharCode(this.byte());
  }
  uint16(): number {
    return this.buffer.readUInt16BE(this.move(2));
  }
  int32(): number {
    return this.buffer.readInt32BE(this.move(4));
  }
  uint32(): number {
    return this.buffer.readUInt32BE(this.move(4));
  }
  uint64(): bigint {
    return this.buffer.readBigUInt64BE(this.move(8));
  }
  bytes(length: number): Buffer {
    const start = this.move(length);
    if (this.at > this.buffer.length) throw new RangeError('pgoutput: the message ends early');
    return this.buffer.subarray(start, this.at);
  }
  text(): string {
    const end = this.buffer.indexOf(0, this.at);
    if (end < 0) throw new RangeError('pgoutput: the message ends early');
    const text = this.buffer.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }

  private move(length: number): number {
    const start = this.at;
    this.at += length;
    return start;
  }
}
