import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CopyMessages } from './copy-out.js';

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}
const END = Buffer.concat([
  message('c', Buffer.alloc(0)),
  message('C', Buffer.from('COPY 2\0')),
  message('Z', Buffer.from('T')),
]);

/** What a reader gets when the bytes come in pieces of these sizes, and what the driver gets. */
function read(bytes: Buffer, sizes: readonly number[]): { rows: string; rest: Buffer | undefined } {
  const messages = new CopyMessages();
  const rows: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    const taken = messages.take(Buffer.from(bytes.subarray(at, at + size)));
    rows.push(Buffer.from(taken.rows));
    at += size;
    if (taken.rest)
      return {
        rows: Buffer.concat(rows).toString('latin1'),
        rest: Buffer.concat([taken.rest, bytes.subarray(at)]),
      };
  }
  return { rows: Buffer.concat(rows).toString('latin1'), rest: undefined };
}

describe('CopyMessages', () => {
  it('gives all rows and nothing else, however the bytes are cut', () => {
    const body = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    const part = fc.oneof(
      { weight: 5, arbitrary: body.map((row) => ({ type: 'd', row })) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constantFrom('N', 'S', 'A', 'H'), body).map(([type, row]) => ({ type, row })),
      },
    );
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.integer({ min: 0, max: 60 })), (parts, sizes) => {
        const bytes = Buffer.concat([...parts.map(({ type, row }) => message(type, row)), END]);
        const rows = parts.filter(({ type }) => type === 'd').map(({ row }) => row.toString('latin1'));
        expect(read(bytes, sizes)).toEqual({ rows: rows.join(''), rest: END });
      }),
    );
  });

  it('hands an error to the driver from its first byte on, and what came before it to the reader', () => {
    const error = message('E', Buffer.from('SERROR\0C22012\0\0'));
    const bytes = Buffer.concat([message('d', Buffer.from('1\n')), error]);
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(read(bytes, [cut])).toEqual({ rows: '1\n', rest: error });
  });

  it('waits for the rest of a row that was cut off', () => {
    const half = message('d', Buffer.from('one row\n')).subarray(0, 9);
    expect(read(half, [])).toEqual({ rows: 'one ', rest: undefined });
  });
});
