import { isUtf8 } from 'node:buffer';
import { byteText, peek } from './bytes.js';

/** One physical line. `text` is byte text (see bytes.ts) without its line end. */
export interface Line {
  text: string;
  end: '\n' | '\r\n' | '\r' | '';
  /** From 1. */
  number: number;
  /** Characters that did not fit: `text` is the beginning of a line of MAX_LINE and more. */
  cut: boolean;
}

/** A longer line is no row: it is read past, and its beginning is kept for the reject. Bytes. */
const MAX_LINE = 4 * 1024 * 1024;
const KEPT_OF_LONG_LINE = 1024;
const LINE_END = /\r\n?|\n/g;

/** Physical lines of a byte stream: LF, CRLF and lone CR all end a line, in one file too. Flat memory whatever the lines hold. */
export class LineSplitter {
  private parts: string[] = [];
  private length = 0;
  private number = 1;
  private carriageReturn = '';

  push(chunk: Uint8Array): Line[] {
    let text = this.carriageReturn + byteText(chunk);
    // Its line feed may come with the next chunk.
    this.carriageReturn = text.endsWith('\r') ? '\r' : '';
    if (this.carriageReturn) text = text.slice(0, -1);
    const lines: Line[] = [];
    let from = 0;
    for (const match of text.matchAll(LINE_END)) {
      this.keep(text.slice(from, match.index));
      from = match.index + match[0].length;
      lines.push(this.take(match[0] === '\n' ? '\n' : match[0] === '\r' ? '\r' : '\r\n'));
    }
    this.keep(text.slice(from));
    return lines;
  }

  end(): Line[] {
    if (this.carriageReturn) return [this.take('\r')];
    return this.length > 0 ? [this.take('')] : [];
  }

  private keep(part: string): void {
    if (part === '') return;
    if (this.length <= MAX_LINE) this.parts.push(part);
    this.length += part.length;
    if (this.length > MAX_LINE && this.parts.length > 1)
      this.parts = [this.parts.join('').slice(0, KEPT_OF_LONG_LINE)];
  }

  private take(end: Line['end']): Line {
    const cut = this.length > MAX_LINE;
    const text = this.parts.length === 1 ? (this.parts[0] ?? '') : this.parts.join('');
    const line = { text: cut ? text.slice(0, KEPT_OF_LONG_LINE) : text, end, number: this.number++, cut };
    this.parts = [];
    this.length = 0;
    return line;
  }
}

const MARKS: readonly [bytes: readonly number[], encoding: string][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/** Lines of a file, batch by batch, as UTF-8. A byte order mark is taken off, and says what the encoding is. */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  declared: string,
): AsyncGenerator<{ lines: Line[]; transcoded: boolean }> {
  const { head, all } = await peek(source, 3);
  const mark = MARKS.find(([bytes]) => bytes.every((byte, index) => head[index] === byte));
  const encoding = mark?.[1] ?? declared;
  const transcoded = encoding !== 'utf-8';
  const splitter = new LineSplitter();
  const bytes = transcoded ? transcode(all, encoding) : withoutMark(all, mark ? mark[0].length : 0);
  for await (const chunk of bytes) yield { lines: splitter.push(chunk), transcoded };
  yield { lines: splitter.end(), transcoded };
}

/** The decoder takes the byte order mark off by itself. */
async function* transcode(source: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of source) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

async function* withoutMark(source: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let left = length;
  for await (const chunk of source) {
    yield left > 0 ? chunk.subarray(left) : chunk;
    left = Math.max(0, left - chunk.length);
  }
}

/** Why a text cannot be loaded whatever its columns are; undefined when it can. */
export function unreadable(text: string, transcoded: boolean): { code: string; reason: string } | undefined {
  if (!/[\0\x80-\xff]/.test(text)) return undefined;
  if (text.includes('\0')) return { code: 'nul_byte', reason: 'the line holds a NUL byte' };
  // A transcoded file has no invalid bytes any more: what could not be read became U+FFFD.
  const readable = transcoded ? !text.includes('\xef\xbf\xbd') : isUtf8(Buffer.from(text, 'latin1'));
  return readable
    ? undefined
    : { code: 'bad_encoding', reason: 'the line holds bytes that are none of the declared encoding' };
}
