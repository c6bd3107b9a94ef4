const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|`(?:``|[^`])*`|(?<word>[\p{L}_][\p{L}\p{N}_]*)/gu;
const WRITES = new Set([
  'CREATE',
  'MERGE',
  'SET',
  'DELETE',
  'REMOVE',
  'DROP',
  'FOREACH',
  'INSERT',
  'ALTER',
  'LOAD',
]);

/**
 * The first clause of a Cypher statement that changes data or schema, or reads a file (LOAD), else undefined. Text in
 * strings, comments and back-ticks is skipped, and so are property names (`n.set`), labels (`:Set`), parameters
 * (`$set`) and map keys (`{set: 1}`).
 */
export function writeClause(statement: string): string | undefined {
  for (const match of statement.matchAll(TOKEN)) {
    const word = match.groups?.word?.toUpperCase();
    if (word === undefined || !WRITES.has(word)) continue;
    const isName = /[.:$]\s*$/.test(statement.slice(0, match.index));
    const isKey = /^\s*:/.test(statement.slice(match.index + word.length));
    if (!isName && !isKey) return word;
  }
  return undefined;
}
