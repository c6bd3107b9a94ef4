import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { fromByteText, toByteText } from './bytes.js';
import { CsvRecords } from './csv.js';
import { LineSplitter } from './lines.js';

interface Read {
  rows: [line: number, ...cells: (string | null)[]][];
  faults: [line: number, code: string][];
  reasons: string[];
}

/** Rows of three cells, the first a number, unless said otherwise. */
function read(
  bytes: Buffer | string,
  { delimiter = ',', quote = '"', width = 3, chunk = Infinity, number = true } = {},
): Read {
  const found: Read = { rows: [], faults: [], reasons: [] };
  const records = new CsvRecords(
    { delimiter: toByteText(delimiter), ...(quote === 'none' ? {} : { quote: toByteText(quote) }) },
    { width, typed: number, plausible: ([first = '']) => !number || /^\d+$/.test(first) },
    false,
    {
      row: (line, cells) => found.rows.push([line, ...cells.map((cell) => fromByteText(cell ?? ''))]),
      fault: ({ line, code, reason }) => {
        found.faults.push([line, code]);
        found.reasons.push(reason);
      },
    },
  );
  const splitter = new LineSplitter();
  const all = Buffer.from(bytes);
  const size = Math.min(chunk, all.length || 1);
  for (let at = 0; at < all.length; at += size)
    for (const line of splitter.push(all.subarray(at, at + size))) records.push(line);
  for (const line of splitter.end()) records.push(line);
  records.end();
  return found;
}

describe('rows of a CSV', () => {
  it('may hold every separator inside quotes, and quotes anywhere else', () => {
    expect(read('1,"a,""b""\r\nc",x\n2,5" pipe,y"\n\n3,"",\n').rows).toEqual([
      [1, '1', 'a,"b"\r\nc', 'x'],
      [3, '2', '5" pipe', 'y"'],
      [5, '3', '', ''],
    ]);
  });

  it('end at LF, CRLF and lone CR, whichever comes and however the bytes are cut', () => {
    for (const chunk of [1, 2, 3, 100])
      expect(read('1,a,b\r\n2,a,b\r3,a,b\n\r\n4,a,"\r"', { chunk }).rows).toEqual([
        [1, '1', 'a', 'b'],
        [2, '2', 'a', 'b'],
        [3, '3', 'a', 'b'],
        [5, '4', 'a', '\r'],
      ]);
  });

  it('may end in a delimiter too many, and are faults when they are short or long', () => {
    expect(read('1,a,b,\n2,a\n3,a,b,c\n4\n5,a,b,,\n')).toMatchObject({
      rows: [[1, '1', 'a', 'b', '']],
      faults: [
        [2, 'short_row'],
        [3, 'long_row'],
        [4, 'short_row'],
        [5, 'long_row'],
      ],
      reasons: [
        'the line has 2 of 3 cells',
        'the line has 4 of 3 cells',
        'the line has 1 of 3 cells',
        'the line has 5 of 3 cells',
      ],
    });
  });

  it('have delimiters of any length and no quotes where none are declared', () => {
    expect(read('1||a"||"b\n', { delimiter: '||', quote: 'none' }).rows).toEqual([[1, '1', 'a"', '"b']]);
    expect(read("1¦'a¦b'¦c\n", { delimiter: '¦', quote: "'" }).rows).toEqual([[1, '1', 'a¦b', 'c']]);
  });

  it('are faults when they hold NUL, or bytes that are no UTF-8', () => {
    expect(read(Buffer.from('1,a\0,b\n2,\xe9,b\n3,é\uFFFD,b\n', 'latin1')).faults).toEqual([
      [1, 'nul_byte'],
      [2, 'bad_encoding'],
      [3, 'bad_encoding'],
    ]);
    expect(read('1,é\uFFFD,b\n').rows).toEqual([[1, '1', 'é\uFFFD', 'b']]);
  });

  it('are faults when a line is longer than memory should hold, and the next ones are read', () => {
    const long = `1,${'x'.repeat(9 * 1024 * 1024)},b\n2,a,b\n`;
    expect(read(long, { chunk: 65_536 })).toMatchObject({
      rows: [[2, '2', 'a', 'b']],
      faults: [[1, 'line_too_long']],
    });
  });
});

describe('a stray quote', () => {
  const cases: [name: string, text: string, lines: number[], why: RegExp][] = [
    ['never closed', '1,a,b\n2,"a,b\n3,a,b\n4,a,b\n', [2], /never closed/],
    [
      'closed by the next quoted cell',
      '1,"a,b\n2,"x,y",b\n3,a,b\n',
      [1],
      /line 2 would close it in the middle/,
    ],
    ['closed by a later stray one', '1,"a,b\n2,a,b\n3,a",b\n', [1], /rows of their own/],
    ['on two lines in a row', '1,"a,b\n2,a",b\n3,a,b\n', [1], /rows of their own/],
    ['closed with other cells', '1,"a,b\n2,a,b"\n3,a,b\n', [1], /closed on line 2 it makes 2 of 3 cells/],
    ['before a blank line', '1,"a,b\n\n2,a,b\n', [1], /never closed/],
    ['in the last line', '1,a,b\n2,a,"b', [2], /never closed/],
    ['behind a closing one', '1,"a"b,c\n2,a,b\n', [1], /behind the closing quote of cell 2/],
  ];
  it.each(cases)('%s is the fault of its line alone', (_name, text, lines, why) => {
    const { rows, faults, reasons } = read(text);
    expect(faults.map(([line]) => line)).toEqual(lines);
    expect(reasons[0]).toMatch(why);
    const all = text.split('\n').flatMap((line, index) => (line ? [index + 1] : []));
    expect(rows.map(([line]) => line)).toEqual(all.filter((line) => !lines.includes(line)));
  });

  it('is not looked for in a text of several lines that are no rows', () => {
    const letter = '1,"Dear A, thanks\nfor B, yes\n\n""C"", D",x\n2,a,b\n';
    expect(read(letter)).toMatchObject({
      rows: [
        [1, '1', 'Dear A, thanks\nfor B, yes\n\n"C", D', 'x'],
        [5, '2', 'a', 'b'],
      ],
    });
  });

  it('holds no more than a thousand lines back', () => {
    const many = Array.from({ length: 5000 }, (_, n) => `${n + 2},a,b\n`).join('');
    const { rows, faults } = read(`1,"a,b\n${many}`);
    expect([rows.length, faults]).toEqual([5000, [[1, 'unbalanced_quote']]]);
  });
});

describe('random tables', () => {
  const texts = fc.string({
    unit: fc.constantFrom('a', 'é', ' ', ',', ';', '"', "'", '\n', '\r', '\\', '\t', '😀'),
  });
  const dialects = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t', '|', '||'),
    quote: fc.constantFrom('"', "'"),
    end: fc.constantFrom('\n', '\r\n', '\r'),
    chunk: fc.integer({ min: 1, max: 50 }),
  });
  const written = (
    cells: readonly string[],
    { delimiter, quote }: { delimiter: string; quote: string },
  ): string =>
    cells
      .map((cell) =>
        cell.includes(quote) ||
        /[\r\n]/.test(cell) ||
        cell.includes(delimiter) ||
        cell.includes(delimiter[0] ?? '')
          ? quote + cell.replaceAll(quote, quote + quote) + quote
          : cell,
      )
      .join(delimiter);

  it('are read as they were written, as csv-parse reads them, each row at its line', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(texts, texts)), dialects, (table, dialect) => {
        const rows = table.map(([a, b], n) => [String(n), a, b]);
        const lines = rows.map((cells) => written(cells, dialect));
        const file = lines.map((line) => line + dialect.end).join('');
        let at = 1;
        const expected = rows.map((cells, n) => {
          const first = at;
          at += (lines[n] ?? '').split(/\r\n|\r|\n/).length;
          return [first, ...cells];
        });
        const found = read(file, dialect);
        expect(found.faults).toEqual([]);
        expect(found.rows).toEqual(expected);
        const oracle = parse(file, {
          delimiter: dialect.delimiter,
          quote: dialect.quote,
          escape: dialect.quote,
          record_delimiter: dialect.end,
        });
        expect(oracle).toEqual(rows);
      }),
      { numRuns: 500 },
    );
  });

  it('lose no row to the damage of another line, and every line is one row or one fault', () => {
    const oneLine = fc.string({ unit: fc.constantFrom('a', 'b', ' ', ',', ';', '"', 'é') });
    const damage = fc.constantFrom('none', 'none', 'stray quote', 'short', 'long', 'nul', 'bytes', 'blank');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(oneLine, oneLine, damage), { maxLength: 30 }),
        dialects,
        (table, dialect) => {
          const { delimiter, quote, end } = dialect;
          const good: unknown[] = [];
          const bad: number[] = [];
          const lines = table.map(([a, b, kind], n) => {
            const row = written([String(n), a, b], dialect);
            if (kind === 'blank') return '';
            if (kind === 'none') good.push([n + 1, String(n), a, b]);
            else bad.push(n + 1);
            if (kind === 'stray quote') return [String(n), `${quote}a`, 'b'].join(delimiter);
            if (kind === 'short') return [String(n), 'a'].join(delimiter);
            if (kind === 'long') return [String(n), 'a', 'b', 'c'].join(delimiter);
            if (kind === 'nul') return [String(n), 'a\0', 'b'].join(delimiter);
            if (kind === 'bytes') return [String(n), 'BAD', 'b'].join(delimiter);
            return row;
          });
          const text = toByteText(lines.map((line) => line + end).join('')).replaceAll('BAD', '\xff');
          const found = read(Buffer.from(text, 'latin1'), dialect);
          expect(found.rows).toEqual(good);
          expect(found.faults.map(([line]) => line).sort((a, b) => a - b)).toEqual(bad);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
