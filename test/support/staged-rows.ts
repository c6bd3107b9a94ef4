import { Readable } from 'node:stream';
import type { ChangedRow, RowRange, StagedRows, Value } from '../../modules/sync/application/ports.js';
import type { SyncDefinition } from '../../modules/sync/domain/definition.js';

/** A row by target name; a column that is not named is null. */
export interface StagedRow {
  op: ChangedRow['op'];
  values: Record<string, Value>;
}

/** Staged changes out of an array, upserts first: seq counts from 1. `ranges`: one for the upserts, one for the deletes. */
export function arrayRows(
  definition: SyncDefinition,
  rows: readonly StagedRow[],
): StagedRows & { ranges: RowRange[] } {
  const ordered = [...rows.filter(({ op }) => op !== 'delete'), ...rows.filter(({ op }) => op === 'delete')];
  const changed = ordered.map(({ op, values }, index): ChangedRow => {
    const columns = op === 'delete' ? definition.keys : definition.columns;
    return {
      seq: index + 1,
      op,
      idempotencyKey: `${definition.name}:${definition.keys.map(({ target }) => values[target]).join(':')}:1`,
      values: Object.fromEntries(columns.map(({ target }) => [target, values[target] ?? null])),
    };
  });
  const upserts = ordered.filter(({ op }) => op !== 'delete').length;
  const ranges: RowRange[] = [
    { from: 1, to: upserts + 1, kind: 'upsert' },
    { from: upserts + 1, to: ordered.length + 1, kind: 'delete' },
  ];
  const within = ({ from, to }: RowRange): ChangedRow[] => changed.slice(from - 1, to - 1);
  return {
    ranges: ranges.filter(({ from, to }) => from < to),
    bytes: async (range, { withSeq = true } = {}) => {
      const columns = range.kind === 'delete' ? definition.keys : definition.columns;
      const lines = within(range).map(({ seq, values }) =>
        [
          ...(withSeq ? [String(seq)] : []),
          ...columns.map(({ target }) => copyText(values[target] ?? null)),
        ].join('\t'),
      );
      return Readable.from(lines.map((line) => Buffer.from(`${line}\n`)));
    },
    rows: async (range) => within(range),
  };
}

const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  "'": "\\'",
};

/** A value in TabSeparated, with the escapes of the warehouse. */
function copyText(value: Value): string {
  return value === null ? '\\N' : String(value).replace(/[\\\t\n\r\b\f']/g, (char) => ESCAPES[char] ?? char);
}
