import { fromByteText, toByteText } from './bytes.js';
import { type Line, unreadable } from './lines.js';
import type { Sink } from './csv.js';

/** A string (left alone) or a number as JSON writes it. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.eE+-])/g;
/** Marks a number that travels as a string; data cannot hold it, because a line with a NUL character is a fault. */
const NUMBER = '\\u0000';
const MARKED = /"\\u0000([^"]*)"/g;

type Json = string | boolean | null | Json[] | { [key: string]: Json };

/** JSON whose numbers are marked strings: a number becomes a double in JSON.parse, and 9007199254740993 another one. */
function parseExactly(text: string): Json {
  return JSON.parse(
    text.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${NUMBER}${token}"`)),
  ) as Json;
}

/** A value as text: a number as it was written, an object or a list as JSON. */
function asText(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value.startsWith('\0') ? value.slice(1) : value;
  if (typeof value === 'boolean') return String(value);
  return JSON.stringify(value).replace(MARKED, '$1');
}

/** Lines of JSON objects into rows of the named members, each line into one row or one fault (blank ones into none). */
export class NdjsonRecords {
  constructor(
    private readonly members: readonly string[],
    private readonly transcoded: boolean,
    private readonly sink: Sink,
  ) {}

  push(line: Line): void {
    const fault = (code: string, reason: string): void =>
      this.sink.fault({ line: line.number, code, reason, text: line.text });
    if (line.cut) return fault('line_too_long', 'the line is longer than 4 MiB');
    if (/^[ \t]*$/.test(line.text)) return;
    const bad = unreadable(line.text, this.transcoded);
    if (bad) return fault(bad.code, bad.reason);
    const text = fromByteText(line.text);
    if (/\\u0000/i.test(text)) return fault('nul_byte', 'the line holds a NUL character');
    let object: Json;
    try {
      object = parseExactly(text);
    } catch {
      return fault('bad_json', 'the line is no JSON');
    }
    if (typeof object !== 'object' || object === null || Array.isArray(object))
      return fault('bad_json', 'the line is no JSON object');
    const found = object;
    const cells = this.members.map((name) => (Object.hasOwn(found, name) ? asText(found[name]) : null));
    this.sink.row(
      line.number,
      cells.map((cell) => (cell === null ? null : toByteText(cell))),
    );
  }

  end(): void {
    // Every line stands on its own.
  }
}
