import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import type { ClickHouse } from '../../../../src/platform/clickhouse/clickhouse.js';
import type { ColumnType, SourceColumn } from '../../domain/source.js';
import { identifier } from '../../../../src/kernel/sql-text.js';
import type { FileSource } from './declaration.js';

const TYPES: Partial<Record<ColumnType, string>> = {
  uuid: 'UUID',
  text: 'String',
  integer: 'Int32',
  bigint: 'Int64',
  timestamp: `DateTime64(6, 'UTC')`,
  date: 'Date32',
  month: 'Date32',
  boolean: 'Bool',
  float: 'Float64',
};
/** Type of a declared column in its raw table, NULL apart. */
const typeOf = ({ type }: SourceColumn): string =>
  TYPES[type] ?? type.replace(/^decimal\((\d+),(\d+)\)$/, 'Decimal($1, $2)');
const nullable = (type: string): string => `Nullable(${type})`;

/** The raw table of a declared source as it is made where migrations have none. */
function createRawTable(source: FileSource): string {
  const columns = source.columns.map((column) => {
    const type = typeOf(column);
    return `${identifier(column.name)} ${column.nullable ? nullable(type) : type}`;
  });
  return `CREATE TABLE IF NOT EXISTS raw_${source.name} (
  ${columns.join(', ')},
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (${source.key.map(identifier).join(', ')}, _version_at)`;
}

const existing = z.object({ name: z.string(), type: z.string() });

/**
 * Makes raw_<name> hold the declared columns: creates it, adds a column that was declared later (NULL in the rows before),
 * lets a column that was declared nullable have NULL. A column of another type is refused: what it holds cannot be both.
 */
export async function prepareRawTable(clickhouse: ClickHouse, source: FileSource): Promise<void> {
  await clickhouse.command(createRawTable(source));
  const rows = await clickhouse.rows(
    'SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table: String}',
    { table: `raw_${source.name}` },
    existing,
  );
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  for (const column of source.columns) {
    const found = types.get(column.name);
    const name = identifier(column.name);
    const alter = (what: string) => clickhouse.command(`ALTER TABLE raw_${source.name} ${what}`);
    if (found === undefined) await alter(`ADD COLUMN IF NOT EXISTS ${name} ${nullable(typeOf(column))}`);
    else if (!holds(bare(found), typeOf(column))) throw otherType(source, column, bare(found));
    else if (column.nullable && !found.includes('Nullable('))
      await alter(`MODIFY COLUMN ${name} ${nullable(bare(found))}`);
  }
}

/** A type without NULL and dictionary. */
const bare = (type: string): string =>
  type.replace(/^LowCardinality\((.*)\)$/, '$1').replace(/^Nullable\((.*)\)$/, '$1');

function holds(found: string, declared: string): boolean {
  if (found === declared) return true;
  const [width, scale] = digits(found);
  const [wanted, wantedScale] = digits(declared);
  return scale !== undefined && scale === wantedScale && Number(width) >= Number(wanted);
}

const digits = (type: string): string[] => /^Decimal\((\d+), (\d+)\)$/.exec(type)?.slice(1) ?? [];

function otherType(source: FileSource, column: SourceColumn, found: string): AppError {
  return new AppError({
    class: 'configuration',
    source: 'warehouse',
    code: 'raw_column_type',
    message: `Source ${source.name}: ${column.name} is declared as ${column.type} in ${source.declaredIn}, but raw_${source.name} holds it as ${found}. Give the column another name, or drop the table to load it anew.`,
  });
}
