import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inLineParts } from './line-parts.js';

async function partsOf(chunks: readonly string[], size: number): Promise<string[]> {
  const parts: string[] = [];
  await inLineParts(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), size, async (part) => {
    const at = parts.push('') - 1;
    parts[at] = await text(part);
  });
  return parts;
}

describe('inLineParts', () => {
  it('cuts behind line ends only, and loses nothing', async () => {
    const chunk = fc.string({ unit: fc.constantFrom('a', 'ü', '\n'), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { maxLength: 12 }),
        fc.integer({ min: 1, max: 20 }),
        async (chunks, size) => {
          const parts = await partsOf(
            chunks.filter((each) => each !== ''),
            size,
          );
          expect(parts.join('')).toBe(chunks.join(''));
          expect(parts.slice(0, -1).filter((part) => !part.endsWith('\n'))).toEqual([]);
        },
      ),
    );
  });

  it('is one part for what is small, and for nothing', async () => {
    expect(await partsOf(['a\nb\n'], 100)).toEqual(['a\nb\n']);
    expect(await partsOf([], 100)).toEqual(['']);
  });

  it('reads the next part while one is worked on, and no further', async () => {
    let read = 0;
    const lines = Readable.from(
      (function* () {
        for (; read < 100; read++) yield Buffer.from(`${String(read).padStart(9, '0')}\n`);
      })(),
      { highWaterMark: 1 },
    );
    const works: (() => void)[] = [];
    const done = inLineParts(lines, 100, async (part) => {
      await text(part);
      await new Promise<void>((resolve) => works.push(resolve));
    });
    while (works.length < 2) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(works).toHaveLength(2);
    expect(read).toBeLessThan(30);
    const finish = setInterval(() => works.splice(0).forEach((work) => work()), 1);
    await done;
    clearInterval(finish);
    expect(read).toBe(100);
  });

  it('fails with what a part failed with, and lets go of the stream', async () => {
    const lines = Readable.from(Array.from({ length: 1000 }, () => Buffer.from('0123456789\n')));
    const broken = inLineParts(lines, 50, async (part) => {
      await text(part);
      throw new Error('refused');
    });
    await expect(broken).rejects.toThrow('refused');
    expect(lines.destroyed).toBe(true);
  });

  it('fails with what the stream failed with, after the parts have ended', async () => {
    let ended = 0;
    const lines = Readable.from(
      (function* () {
        for (let i = 0; i < 20; i++) yield Buffer.from('0123456789\n');
        throw new Error('cut off');
      })(),
    );
    const broken = inLineParts(lines, 50, async (part) => {
      await text(part).finally(() => ended++);
    });
    await expect(broken).rejects.toThrow('cut off');
    expect(ended).toBe(5);
  });
});
