import { readFileSync } from 'node:fs';

/** Text of a .sql or .cypher file beside the caller: `readStatement(import.meta.url, './sql/x.sql')`. Same path in source and in dist. */
export function readStatement(callerUrl: string, relativePath: string): string {
  return readFileSync(new URL(relativePath, callerUrl), 'utf8');
}

/**
 * Statements of a migration file. A statement ends with a semicolon at the end of a line; our migration files keep
 * semicolons out of every other line end, comments included.
 */
export function splitStatements(text: string): string[] {
  return text
    .split(/;[ \t]*(?:\r?\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/--[^\n]*|\/\/[^\n]*/g, '').trim() !== '');
}
