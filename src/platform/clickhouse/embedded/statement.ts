/**
 * Rewrites a statement so that its rows pass through a file. No parser of our own: every result is put before the
 * engine's parser again by the caller, and a rewriting it does not take as meant is not run.
 */

const TRAILING_FORMAT = /\sFORMAT\s+(\w+)\s*;?\s*$/i;
const INSERT_TAIL = /(\sSETTINGS\s+\w+\s*=[^'"`]*?)?\s(?:FORMAT\s+(\w+)|(VALUES))\s*;?\s*$/i;

/** The format a statement names for its rows. */
export function formatOf(sql: string): string | undefined {
  return TRAILING_FORMAT.exec(sql)?.[1];
}

/** A statement that returns rows, made to write them to `file` in its own format or else in `defaultFormat`. */
export function intoFile(sql: string, file: string, defaultFormat: string): { sql: string; format: string } {
  const own = TRAILING_FORMAT.exec(sql);
  const select = own === null ? sql.replace(/\s*;?\s*$/, '') : sql.slice(0, own.index);
  const format = own?.[1] ?? defaultFormat;
  // On a line of its own: the statement may end in a comment.
  return { sql: `${select}\nINTO OUTFILE ${quote(file)} APPEND FORMAT ${format}`, format };
}

/** An `INSERT ... FORMAT x` or `INSERT ... VALUES` without data, made to read it from `file`; undefined for others. */
export function fromFile(sql: string, file: string): string | undefined {
  const tail = INSERT_TAIL.exec(sql);
  if (tail === null) return undefined;
  const [, settings = '', format = 'Values'] = tail;
  return `${sql.slice(0, tail.index)} FROM INFILE ${quote(file)}${settings} FORMAT ${format}`;
}

/** The statement that gives a fresh connection the request's parameters and settings. */
export function setStatement(values: Iterable<readonly [string, string]>): string {
  return `SET ${Array.from(values, ([name, value]) => `${name} = ${quote(value)}`).join(', ')}`;
}

export function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

export function quoteIdentifier(text: string): string {
  return `\`${text.replace(/[\\`]/g, '\\$&')}\``;
}
