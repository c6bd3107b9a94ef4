import { z } from 'zod';
import { identifier, literal } from '../../../../src/kernel/sql-text.js';
import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { TargetProblem } from '../../application/ports.js';
import type { MappedColumn, SyncDefinition, ValueType } from '../../domain/definition.js';
import { fill } from '../fill.js';

const sql = {
  describe: readStatement(import.meta.url, './sql/describe_source.sql'),
  identity: readStatement(import.meta.url, './sql/source_identity.sql'),
  materialise: readStatement(import.meta.url, './sql/materialise_source.sql'),
};

/** What every question of one run is asked of. */
export interface OpenSource {
  /** A table as ClickHouse quotes it. */
  table: string;
  /** False when the rows are others than when it was opened. */
  same(): Promise<boolean>;
  close(): Promise<void>;
}

const identityRow = z.object({ identity: z.string() });

/** The model's own table, or one reading of a view or SELECT, which would answer each question from other rows. */
export async function openSource(
  clickhouse: ClickHouse,
  definition: SyncDefinition,
  stage: string,
): Promise<OpenSource> {
  const identity = async (): Promise<string | undefined> => {
    if (definition.source.kind === 'sql') return undefined;
    const [row] = await clickhouse.rows(sql.identity, { model: definition.source.model }, identityRow);
    return row?.identity;
  };
  const before = await identity();
  if (before !== undefined && definition.source.kind === 'model') {
    return {
      table: identifier(definition.source.model),
      same: async () => (await identity()) === before,
      close: () => Promise.resolve(),
    };
  }
  const copy = identifier(`${stage}_source`);
  await clickhouse.command(`DROP TABLE IF EXISTS ${copy}`);
  await clickhouse.command(
    fill(sql.materialise, {
      copy,
      owner: literal('one reading of a source'),
      source: sourceTable(definition),
    }),
    {},
    { settings: { final: 1 } },
  );
  return {
    table: copy,
    same: () => Promise.resolve(true),
    close: async () => void (await clickhouse.command(`DROP TABLE IF EXISTS ${copy}`)),
  };
}

/** What a definition reads, for FROM. */
export function sourceTable({ source }: SyncDefinition): string {
  return source.kind === 'model' ? identifier(source.model) : `(${source.sql.replace(/;\s*$/, '')})`;
}

const FITS: Record<ValueType, RegExp> = {
  uuid: /^(UUID|String|FixedString\(36\))$/,
  text: /./,
  integer: /^U?Int(8|16|32|64|128|256)$|^Bool$/,
  decimal: /^Decimal|^U?Int/,
  float: /^(Float|Decimal|U?Int)/,
  boolean: /^(Bool|UInt8)$/,
  instant: /^DateTime/,
  date: /^Date(32)?$/,
  json: /^(String|JSON|Map|Array|Tuple)/,
};

/** The definition against the columns that the model has. */
export async function sourceProblems(
  clickhouse: ClickHouse,
  definition: SyncDefinition,
): Promise<TargetProblem[]> {
  const row = z.object({ name: z.string(), type: z.string() });
  const statement = fill(sql.describe, { source: sourceTable(definition) });
  const described = await clickhouse.rows(statement, {}, row);
  const types = new Map(described.map(({ name, type }) => [name, bareType(type)]));
  const what = definition.source.kind === 'model' ? definition.source.model : 'the SELECT';
  return definition.columns.flatMap((column) => [...problemsOf(column, types, what)]);
}

function* problemsOf(
  column: MappedColumn,
  types: ReadonlyMap<string, string>,
  what: string,
): Generator<TargetProblem> {
  for (const name of readBy(column)) {
    const type = types.get(name);
    if (type === undefined) {
      const message = `${column.target} reads the column ${name}, which ${what} does not have.`;
      yield { code: 'missing_source_column', severity: 'error', message };
    } else if (
      (column.source.kind === 'column' || column.source.kind === 'end') &&
      !FITS[column.type].test(type)
    ) {
      const message = `${column.target} is declared ${column.type}, but ${name} of ${what} is ${type}.`;
      yield { code: 'source_type_mismatch', severity: 'error', message };
    }
  }
}

/** Columns of the source that a mapped column is made of. Pure. */
export function readBy({ source }: MappedColumn): string[] {
  if (source.kind === 'column') return [source.column];
  if (source.kind === 'end') return [...source.of];
  if (source.kind === 'constant') return [];
  return source.parts.flatMap((part) => ('column' in part ? [part.column] : []));
}

const bareType = (type: string): string => {
  const inner = /^(?:LowCardinality|Nullable)\((.*)\)$/.exec(type)?.[1];
  return inner === undefined ? type : bareType(inner);
};
