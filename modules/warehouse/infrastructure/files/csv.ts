import type { Line } from './lines.js';
import { unreadable } from './lines.js';
import type { Fault } from './rows.js';

/** Separators as byte text; no quote: a quote is text. */
export interface Dialect {
  delimiter: string;
  quote?: string;
}

type Cut =
  | { state: 'whole'; cells: string[] }
  /** Ends inside a quoted cell, whose content so far is `open`. */
  | { state: 'open'; cells: string[]; open: string }
  /** Text stands between a closing quote and the next delimiter. */
  | { state: 'broken'; cells: string[] };

/** The cells of a line. `open` is the content of the quoted cell in which the line before ended. */
export function cutLine(
  text: string,
  { delimiter, quote }: Dialect,
  cells: string[] = [],
  open?: string,
): Cut {
  let at = 0;
  let quoted = open;
  for (;;) {
    if (quoted === undefined && quote !== undefined && text.startsWith(quote, at)) {
      quoted = '';
      at += quote.length;
    }
    if (quoted === undefined || quote === undefined) {
      const end = text.indexOf(delimiter, at);
      if (end < 0) {
        cells.push(text.slice(at));
        return { state: 'whole', cells };
      }
      cells.push(text.slice(at, end));
      at = end + delimiter.length;
      continue;
    }
    let end = text.indexOf(quote, at);
    while (end >= 0 && text.startsWith(quote, end + quote.length)) {
      quoted += text.slice(at, end + quote.length);
      at = end + 2 * quote.length;
      end = text.indexOf(quote, at);
    }
    if (end < 0) return { state: 'open', cells, open: quoted + text.slice(at) };
    cells.push(quoted + text.slice(at, end));
    quoted = undefined;
    at = end + quote.length;
    if (at === text.length) return { state: 'whole', cells };
    if (!text.startsWith(delimiter, at)) return { state: 'broken', cells };
    at += delimiter.length;
  }
}

/** How far a quoted cell may run before its opening quote is taken for a stray one. */
const MAX_LINES_OPEN = 1000;
const MAX_BYTES_OPEN = 4 * 1024 * 1024;

export interface Shape {
  /** Cells of a row. */
  width: number;
  /** Whether some column has a type that texts seldom have by chance. */
  typed: boolean;
  /** Whether the cells could be a row, by those types: tells rows that a stray quote has swallowed from a text of lines. */
  plausible: (cells: readonly string[]) => boolean;
}

export interface Sink {
  row(line: number, cells: readonly (string | null)[]): void;
  fault(fault: Fault): void;
}

interface Open {
  lines: Line[];
  bytes: number;
  cells: string[];
  open: string;
}

/**
 * Physical lines into rows, each line into exactly one row or one fault (blank ones into none). A quoted cell may span
 * lines; where its quote turns out to be a stray one (never closed, closed in the middle of a cell, or closed over lines
 * that are rows themselves), the line that opened it is the fault and the lines after it are read again on their own.
 * That second look is why no CSV library is used here: those go on behind the quote.
 */
export class CsvRecords {
  private open: Open | undefined;

  constructor(
    private readonly dialect: Dialect,
    private readonly shape: Shape,
    private readonly transcoded: boolean,
    private readonly sink: Sink,
  ) {}

  push(line: Line): void {
    const waiting = [line];
    for (let next = waiting.shift(); next; next = waiting.shift()) waiting.unshift(...this.take(next));
  }

  end(): void {
    while (this.open) for (const line of this.strayQuote('it is never closed')) this.push(line);
  }

  /** Returns the lines to read again. */
  private take(line: Line): Line[] {
    if (this.open) return this.goOn(this.open, line);
    if (line.cut) return this.fault(line, 'line_too_long', 'the line is longer than 4 MiB');
    if (/^ *$/.test(line.text)) return [];
    const cut = cutLine(line.text, this.dialect);
    switch (cut.state) {
      case 'whole':
        return this.row([line], cut.cells);
      case 'open':
        this.open = { lines: [line], bytes: line.text.length, cells: cut.cells, open: cut.open + line.end };
        return [];
      case 'broken':
        return this.fault(
          line,
          'bad_quote',
          `text stands behind the closing quote of cell ${cut.cells.length}`,
        );
    }
  }

  private goOn(open: Open, line: Line): Line[] {
    open.lines.push(line);
    open.bytes += line.text.length;
    if (line.cut || open.bytes > MAX_BYTES_OPEN || open.lines.length > MAX_LINES_OPEN)
      return this.strayQuote('it is not closed within 1,000 lines and 4 MiB');
    const before = open.cells.length;
    const cut = cutLine(line.text, this.dialect, open.cells, open.open);
    if (cut.state === 'broken')
      return this.strayQuote(`line ${line.number} would close it in the middle of a cell`);
    if (cut.state === 'open') {
      open.open = cut.open + line.end;
      return cut.cells.length > before && this.holdsRows(open.lines)
        ? this.strayQuote('the lines after it are rows of their own')
        : [];
    }
    if (!this.fits(cut.cells))
      return this.strayQuote(
        `closed on line ${line.number} it makes ${cut.cells.length} of ${this.shape.width} cells`,
      );
    if (this.holdsRows(open.lines)) return this.strayQuote('the lines after it are rows of their own');
    this.open = undefined;
    return this.row(open.lines, cut.cells);
  }

  /**
   * Whether the lines are rows of their own: the first (its stray quote read as text) and the last look like rows, and
   * where no column has a type that tells a row from a sentence, all between them as well.
   */
  private holdsRows(lines: readonly Line[]): boolean {
    const { width, typed, plausible } = this.shape;
    return lines.every(({ text }, index) => {
      if (typed && index > 0 && index < lines.length - 1) return true;
      const dialect = index === 0 ? { delimiter: this.dialect.delimiter } : this.dialect;
      const cut = cutLine(text, dialect);
      return cut.state === 'whole' && cut.cells.length === width && plausible(cut.cells);
    });
  }

  private strayQuote(why: string): Line[] {
    const [first, ...others] = this.open?.lines ?? [];
    this.open = undefined;
    if (first) this.fault(first, 'unbalanced_quote', `a quoted cell begins here and ${why}`);
    return others;
  }

  private fits(cells: readonly string[]): boolean {
    const { width } = this.shape;
    return cells.length === width || (cells.length === width + 1 && cells[width] === '');
  }

  private row(lines: readonly Line[], cells: string[]): [] {
    const [first] = lines;
    if (!first) return [];
    const text = lines.length === 1 ? first.text : lines.map((line) => line.text + line.end).join('');
    const fault = unreadable(text, this.transcoded);
    const { width } = this.shape;
    if (fault) this.sink.fault({ ...fault, line: first.number, text });
    else if (this.fits(cells)) this.sink.row(first.number, cells);
    else {
      const code = cells.length < width ? 'short_row' : 'long_row';
      this.sink.fault({
        code,
        reason: `the line has ${cells.length} of ${width} cells`,
        line: first.number,
        text,
      });
    }
    return [];
  }

  private fault(line: Line, code: string, reason: string): [] {
    this.sink.fault({ line: line.number, code, reason, text: line.text });
    return [];
  }
}
