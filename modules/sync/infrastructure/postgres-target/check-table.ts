import type { TargetProblem } from '../../application/ports.js';
import type { MappedColumn, PostgresTable, SyncDefinition, ValueType } from '../../domain/definition.js';

/** What the catalogue says of a table, for the user that asks. */
export interface TableFacts {
  /** pg_class.relkind. */
  kind: string;
  rowSecurity: boolean;
  maySelect: boolean;
  mayInsert: boolean;
  mayDelete: boolean;
  columns: ColumnFacts[];
  /** Column names of each unique key that a write can rely on, sorted. */
  uniqueKeys: string[][];
}
export interface ColumnFacts {
  name: string;
  /** pg_type.typname; of a domain the type beneath it. */
  type: string;
  notNull: boolean;
  hasDefault: boolean;
  /** Computed by Postgres alone. */
  generated: boolean;
  mayUpdate: boolean;
}

const TEXT = ['text', 'varchar'];
/** Types that hold a value exactly. */
const exact: Record<ValueType, readonly string[]> = {
  uuid: ['uuid', ...TEXT],
  text: TEXT,
  integer: ['int2', 'int4', 'int8'],
  decimal: ['numeric'],
  float: ['float8'],
  boolean: ['bool'],
  instant: ['timestamptz'],
  date: ['date'],
  json: ['jsonb', 'json'],
};
/** Types that hold it nearly: what is read back may differ from what was sent. */
const near: Partial<Record<ValueType, readonly string[]>> = { float: ['float4'] };
const TABLES = ['r', 'p'];

const error = (code: string, message: string): TargetProblem => ({ code, message, severity: 'error' });
const warning = (code: string, message: string): TargetProblem => ({ code, message, severity: 'warning' });

/** What keeps a definition from being written to the table as it is. `facts` is null where there is none. Pure. */
export function tableProblems(
  definition: SyncDefinition,
  { table }: PostgresTable,
  facts: TableFacts | null,
): TargetProblem[] {
  if (!facts) return [error('missing_table', `There is no table ${table}.`)];
  if (!TABLES.includes(facts.kind)) return [error('not_a_table', `${table} is not a table.`)];
  return [
    ...columnProblems(definition, table, facts),
    ...keyProblems(definition, table, facts),
    ...privilegeProblems(definition, table, facts),
    ...(table.startsWith('insights.') &&
    !facts.rowSecurity &&
    facts.columns.some(({ name }) => name === 'tenant_id')
      ? [
          warning(
            'no_row_level_security',
            `${table} has a tenant_id and no row-level security: every reader sees every tenant.`,
          ),
        ]
      : []),
  ];
}

function columnProblems(definition: SyncDefinition, table: string, facts: TableFacts): TargetProblem[] {
  const { columns, mode } = definition;
  const problems = columns.flatMap((column) => {
    const present = facts.columns.find(({ name }) => name === column.target);
    if (!present) return [error('missing_column', `${table} has no column ${column.target}.`)];
    return [
      ...typeProblems(column, table, present),
      ...(present.generated
        ? [error('not_writable', `${table}.${column.target} is computed by Postgres.`)]
        : []),
    ];
  });
  if (mode === 'update') return problems;
  const unmapped = facts.columns.filter(
    ({ name, notNull, hasDefault, generated }) =>
      notNull && !hasDefault && !generated && !columns.some(({ target }) => target === name),
  );
  return [
    ...problems,
    ...unmapped.map(({ name }) =>
      error('missing_required', `${table}.${name} must have a value, and no column of the mapping gives it.`),
    ),
  ];
}

function typeProblems({ type, target }: MappedColumn, table: string, present: ColumnFacts): TargetProblem[] {
  if (exact[type].includes(present.type)) return [];
  if (near[type]?.includes(present.type))
    return [
      warning(
        'approximate_type',
        `${table}.${target} is ${present.type}: it keeps fewer digits than ${type}.`,
      ),
    ];
  const naive =
    present.type === 'timestamp' ? ' (without a time zone, it is another instant for every reader)' : '';
  return [
    error(
      'type_mismatch',
      `${table}.${target} is ${present.type}${naive}, ${type} needs ${exact[type].join(' or ')}.`,
    ),
  ];
}

function keyProblems({ keys }: SyncDefinition, table: string, facts: TableFacts): TargetProblem[] {
  const wanted = keys.map(({ target }) => target).sort();
  if (facts.uniqueKeys.some((columns) => columns.join() === wanted.join())) return [];
  return [
    error(
      'no_unique_key',
      `${table} has no primary key or unique index over exactly ${wanted.join(', ')}: a write could not tell its row.`,
    ),
  ];
}

function privilegeProblems(definition: SyncDefinition, table: string, facts: TableFacts): TargetProblem[] {
  const { columns, mode } = definition;
  const fixed = facts.columns.find(
    ({ name, mayUpdate }) => !mayUpdate && columns.some(({ target, key }) => target === name && !key),
  );
  const missing = [
    ...(facts.maySelect ? [] : ['SELECT']),
    ...(mode === 'update' || facts.mayInsert ? [] : ['INSERT']),
    ...(mode === 'insert' || !fixed ? [] : [`UPDATE (${fixed.name})`]),
    ...(mode !== 'mirror' || facts.mayDelete ? [] : ['DELETE']),
  ];
  if (missing.length === 0) return [];
  return [error('not_permitted', `This user lacks ${missing.join(', ')} on ${table}.`)];
}
