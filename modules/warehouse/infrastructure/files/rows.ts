import { tabSeparated } from '../../domain/tab-separated.js';
import { fromByteText, toByteText } from './bytes.js';

/** A line that became a row: its declared columns in order, as byte text; null where it has no value. */
export interface Row {
  line: number;
  cells: readonly (string | null)[];
}

/** A line that is no row, and why. */
export interface Fault {
  line: number;
  code: string;
  reason: string;
  /** As it came, byte text. */
  text: string;
}

const SHOWN = 2000;

/** Rows and faults as lines of TabSeparated in the order of `loadStatements().columns`: values, file, line, code, reason, text. */
export class RowWriter {
  private readonly file: string;
  private readonly noValues: string;
  private lines: string[] = [];

  constructor(file: string, width: number) {
    this.file = tabSeparated(toByteText(file));
    this.noValues = '\\N\t'.repeat(width);
  }

  row({ line, cells }: Row): void {
    let text = '';
    for (const cell of cells) text += `${cell === null ? '\\N' : tabSeparated(cell)}\t`;
    this.lines.push(`${text}${this.file}\t${line}\t\t\t\\N\n`);
  }

  fault({ line, code, reason, text }: Fault): void {
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    // The bytes that are no UTF-8 are shown as such; the rest as it was.
    const clean = toByteText(
      fromByteText(shown === text ? text : text.slice(0, SHOWN)) + (shown === text ? '' : '…'),
    );
    this.lines.push(
      `${this.noValues}${this.file}\t${line}\t${code}\t${tabSeparated(toByteText(reason))}\t${tabSeparated(clean)}\n`,
    );
  }

  /** What was written since the last call; undefined when nothing was (empty bytes would end a stream). */
  take(): Buffer | undefined {
    if (this.lines.length === 0) return undefined;
    const bytes = Buffer.from(this.lines.join(''), 'latin1');
    this.lines = [];
    return bytes;
  }
}
