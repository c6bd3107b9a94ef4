import type { Position } from './build-state.js';

/**
 * The tokens of model and test SQL:
 * - `{{ changed(column) }}`: a condition; the changed keys in an increment, everything in a full build.
 * - `{{ full }}`: whether this is a full build, a condition.
 * - `{{ this }}`: the rows under test, in an increment the changed ones; `{{ whole }}`: the table as it will be.
 * - `{{ since(raw_x) }}`: a condition on rows of raw_x: those that came after the last build.
 * - `{{ after(raw_x) }}`: the same of those that came after this build began; a load may go on beside it.
 * - `{{ moved(table) }}`: whether a raw table or model changed since the last build, a condition.
 * - `{{ delta(model) }}`: a table expression: the rows that left (_sign -1) or entered (_sign 1) a model since the last build.
 */
const TOKEN = /\{\{\s*(\w+)\s*(?:\(\s*([\w.]+)\s*\))?\s*\}\}/g;

export interface SqlTokens {
  /** Table of the changed keys (column `key`); absent in a full build. */
  changedTable?: string;
  /** Expressions that stand for the rows under test, and for the table as it will be. */
  thisTable?: string;
  wholeTable?: string;
  /** Upstream tables that moved, with the position of the last build; what did not move brings no rows. */
  since?: Record<string, Position>;
  /** Positions of everything that the model reads, as they were when the build began. */
  until?: Record<string, Position>;
}

export interface RenderedSql {
  sql: string;
  /** Positions, bound as `since_<table>` and `until_<table>`. */
  params: Record<string, Position>;
}

/** SQL with its tokens replaced. Throws an Error that names a token that nobody knows or that has no place here. */
export function renderSql(
  text: string,
  { changedTable, thisTable, wholeTable, since = {}, until = {} }: SqlTokens,
): RenderedSql {
  const params: Record<string, Position> = {};
  const sql = text.replace(TOKEN, (token, name: string, argument?: string) => {
    switch (name) {
      case 'changed':
        if (argument === undefined) break;
        return changedTable === undefined ? 'true' : `${argument} IN (SELECT key FROM ${changedTable})`;
      case 'this':
        if (thisTable === undefined || argument !== undefined) break;
        return thisTable;
      case 'whole':
        if (wholeTable === undefined || argument !== undefined) break;
        return wholeTable;
      case 'full':
        return String(changedTable === undefined);
      case 'moved':
        if (argument === undefined) break;
        return String(since[argument] !== undefined);
      case 'since': {
        if (argument === undefined) break;
        const position = since[argument];
        if (position === undefined) return 'false';
        params[`since_${argument}`] = position;
        return `_extracted_at > parseDateTime64BestEffort({since_${argument}: String}, 6, 'UTC')`;
      }
      case 'after': {
        if (argument === undefined) break;
        const position = until[argument];
        if (position === undefined) return 'false';
        params[`until_${argument}`] = position;
        return `_extracted_at > parseDateTime64BestEffort({until_${argument}: String}, 6, 'UTC')`;
      }
      case 'delta': {
        if (argument === undefined) break;
        const position = since[argument];
        if (position === undefined) return `(SELECT * FROM delta_${argument} WHERE false)`;
        params[`since_${argument}`] = position;
        params[`until_${argument}`] = until[argument] ?? position;
        // What an upstream build prepared and never published stands above its version.
        return `(SELECT * FROM delta_${argument} WHERE _version > {since_${argument}: UInt64} AND _version <= {until_${argument}: UInt64})`;
      }
    }
    throw new Error(`${token} has no meaning here`);
  });
  return { sql, params };
}
