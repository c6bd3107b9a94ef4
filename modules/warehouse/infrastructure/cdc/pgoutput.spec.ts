import { describe, expect, it } from '@jest/globals';
import { PgoutputDecoder } from './pgoutput.js';

const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
const bytes = (...parts: (Buffer | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
const cell = (value: string): Buffer => bytes('t', int32(Buffer.byteLength(value)), value);
const table = bytes(
  ...['R', int32(7), text('product'), text('people'), 'd', int16(2)],
  ...[
    Buffer.from([1]),
    text('id'),
    int32(20),
    int32(-1),
    Buffer.from([0]),
    text('name'),
    int32(25),
    int32(-1),
  ],
);

describe('PgoutputDecoder', () => {
  it('keeps a text as it is, a leading byte order mark included, and tells NULL from what was left out', () => {
    const decoder = new PgoutputDecoder();
    expect(decoder.decode(table)).toMatchObject({ tag: 'table', table: { oid: 7, name: 'product.people' } });
    expect(
      decoder.decode(bytes('I', int32(7), 'N', int16(2), cell('9007199254740993'), cell('\ufeffZoë'))),
    ).toMatchObject({
      tag: 'insert',
      row: ['9007199254740993', '\ufeffZoë'],
    });
    expect(decoder.decode(bytes('U', int32(7), 'N', int16(2), cell('1'), 'u'))).toMatchObject({
      tag: 'update',
      old: null,
      row: ['1', undefined],
    });
    expect(decoder.decode(bytes('D', int32(7), 'K', int16(2), cell('1'), 'n'))).toMatchObject({
      tag: 'delete',
      old: ['1', null],
    });
  });

  it('takes what an update left out from a complete old row', () => {
    const decoder = new PgoutputDecoder();
    decoder.decode(table);
    const update = bytes(
      'U',
      int32(7),
      'O',
      int16(2),
      cell('1'),
      cell('long'),
      'N',
      int16(2),
      cell('1'),
      'u',
    );
    expect(decoder.decode(update)).toMatchObject({ old: ['1', 'long'], row: ['1', 'long'] });
  });

  it('reads the end and the instant of a commit to the microsecond', () => {
    const commit = bytes(
      'C',
      Buffer.from([0]),
      int64(1n),
      int64(0x16_b374d848n),
      int64(820_540_800_123_456n),
    );
    expect(new PgoutputDecoder().decode(commit)).toEqual({
      tag: 'commit',
      endLsn: 0x16_b374d848n,
      committedAt: '2026-01-01T00:00:00.123456Z',
    });
  });

  it('refuses what is no message, ends early or speaks of an unknown table', () => {
    expect(() => new PgoutputDecoder().decode(Buffer.from('?'))).toThrow('no pgoutput message');
    expect(() => new PgoutputDecoder().decode(bytes('I', int32(7), 'N', int16(0)))).toThrow('not described');
    expect(() => new PgoutputDecoder().decode(table.subarray(0, table.length - 3))).toThrow(
      /out of range|ends early/,
    );
  });
});
