import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromByteText } from './bytes.js';
import { type Line, readLines } from './lines.js';

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}
async function linesOf(bytes: Uint8Array, encoding = 'utf-8', size = 7): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const batch of readLines(cut(bytes, size), encoding)) lines.push(...batch.lines);
  return lines;
}

describe('lines', () => {
  it('are the text between line ends, numbered as an editor does, whatever the chunks', async () => {
    const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\r', '\n', '😀'), maxLength: 8 }));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (parts, size) => {
        const all = parts.join('');
        const expected = all.split(/\r\n|\r|\n/);
        if (expected.at(-1) === '') expected.pop();
        const lines = await linesOf(Buffer.from(all), 'utf-8', size);
        expect(lines.map((line) => fromByteText(line.text))).toEqual(expected);
        expect(lines.map((line) => line.number)).toEqual(expected.map((_, index) => index + 1));
        expect(lines.map((line) => fromByteText(line.text) + line.end).join('')).toBe(all);
      }),
    );
  });

  it.each([
    ['UTF-8 with mark', Buffer.from('\uFEFFé\n😀'), 'windows-1252'],
    ['UTF-16 little endian with mark', Buffer.from('\uFEFFé\n😀', 'utf16le'), 'utf-8'],
    ['UTF-16 big endian with mark', Buffer.from('\uFEFFé\n😀', 'utf16le').swap16(), 'utf-8'],
    ['UTF-16 declared', Buffer.from('é\n😀', 'utf16le'), 'utf-16le'],
  ])('of %s are UTF-8 without the mark', async (_name, bytes, encoding) => {
    for (const size of [1, 2, 3, 100])
      expect((await linesOf(bytes, encoding, size)).map((line) => fromByteText(line.text))).toEqual([
        'é',
        '😀',
      ]);
  });

  it('that are longer than memory should hold are cut, and counted', async () => {
    const bytes = Buffer.concat([Buffer.alloc(20_000_000, 'x'), Buffer.from('\nnext')]);
    const lines = await linesOf(bytes, 'utf-8', 65_536);
    expect(lines.map(({ number, cut, text }) => [number, cut, text.length])).toEqual([
      [1, true, 1024],
      [2, false, 4],
    ]);
  });
});
