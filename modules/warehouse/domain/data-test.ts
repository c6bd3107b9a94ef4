import { z } from 'zod';
import { identifier, literal } from '../../../src/kernel/sql-text.js';

const name = z.string().regex(/^[a-z_][a-z0-9_]*$/);
const names = z.union([name.transform((one) => [one]), z.array(name).min(1)]);
const sql = z.string().trim().min(1);

/** What a test looks at; exactly one of them a declaration. */
const kinds = {
  /** No two rows have the same value (of these columns together). NULL counts as a value. */
  unique: names.optional(),
  not_null: names.optional(),
  /** Values of a list, or those that `query` (SQL with one column) gives. NULL passes: that is `not_null`'s business. */
  accepted_values: z
    .strictObject({ column: name, values: z.array(z.string()).min(1).optional(), query: sql.optional() })
    .refine(({ values, query }) => (values === undefined) !== (query === undefined), 'needs values or query')
    .optional(),
  /** Every value is one of `field` in `to`. The unknown member (key 0) is there like any other; NULL passes. */
  relationships: z.strictObject({ column: name, to: name, field: name }).optional(),
  /** An SQL condition on a row. A row for which it is NULL breaks it: what must hold has to be known to hold. */
  expression: sql.optional(),
  /**
   * The model has exactly one row for each live key of a raw table: joins neither lost nor doubled any. `column` is the
   * key in the model (the same names unless given); `changed` the column of the raw table that holds the model's own key,
   * by which an increment looks only at what changed (the key unless given). `deleted: kept` where the model keeps the row
   * of a key that is gone.
   */
  rows_match: z
    .strictObject({
      source: name,
      key: names,
      column: names.optional(),
      changed: name.optional(),
      deleted: z.enum(['gone', 'kept']).default('gone'),
    })
    .refine(({ key, column }) => column === undefined || column.length === key.length, 'column must fit key')
    .optional(),
  /** The newest value of a date or instant is at most so many days before the run's asOf. An empty table has none. */
  freshness: z.strictObject({ column: name, days: z.number().positive() }).optional(),
  /** A file of infrastructure/data-tests/ that gives the failing records. */
  query: z
    .string()
    .regex(/^[a-z][a-z0-9_]*\.sql$/)
    .optional(),
};
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as Kind[];

/** A rule that a model's rows must keep, declared beside the model under `tests`. */
export const dataTest = z
  .strictObject({
    ...kinds,
    name: name.optional(),
    /** The rule for people, where the words made from the declaration do not say enough. */
    description: z.string().min(1).optional(),
    /** error: the model is not published. warn: it is, and the finding is told. */
    severity: z.enum(['warn', 'error']).default('error'),
    /** Only rows of which this SQL condition holds are looked at. */
    where: sql.optional(),
    /** Columns that name a failing row; absent: the model's key and the columns of the test. */
    record: names.optional(),
  })
  .superRefine((test, context) => {
    const given = kindNames.filter((kind) => test[kind] !== undefined);
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (given.length !== 1) refuse(`needs exactly one of ${kindNames.join(', ')}`);
    if (test.query !== undefined && (test.where !== undefined || test.record !== undefined))
      refuse('a query file decides its rows and records itself');
    if (test.query !== undefined && test.description === undefined) refuse('a query needs a description');
    if (test.expression !== undefined && test.name === undefined) refuse('an expression needs a name');
  });
export type DataTestDeclaration = z.output<typeof dataTest>;

/**
 * A test that can run: `select` gives one text column `record` a failing row. It is ClickHouse SQL with the tokens of
 * model-sql.ts and may use the parameter as_of String (ISO 8601 UTC).
 */
export interface DataTest {
  /** Unique over all models. */
  name: string;
  severity: 'warn' | 'error';
  model: string;
  /** The rule as a sentence. */
  rule: string;
  select: string;
  /** Whether its finding changes with time alone: it runs also where nothing else changed. */
  timed: boolean;
}

/** What a test needs to know of its model. */
interface TestedModel {
  name: string;
  materialised: 'full' | 'incremental' | 'view';
  key?: string | undefined;
  reads: readonly string[];
  tests: readonly DataTestDeclaration[];
}

const list = (columns: readonly string[]): string => columns.map(identifier).join(', ');
const oneOf = (columns: readonly string[]): string =>
  columns.length === 1 ? list(columns) : `tuple(${list(columns)})`;
/** `a: 1, b: x`; one column is its value alone. */
function recordOf(columns: readonly string[]): string {
  const text = (column: string) => `ifNull(toString(${identifier(column)}), 'NULL')`;
  if (columns.length === 1) return text(columns[0] ?? '');
  return `concatWithSeparator(', ', ${columns.map((column) => `concat(${literal(`${column}: `)}, ${text(column)})`).join(', ')})`;
}
const and = (columns: readonly string[]): string => columns.join(', ').replace(/, (?=[^,]*$)/, ' and ');

/**
 * The tests of a model, ready to be rendered and run before it is published. `readQuery` gives the text of a `query` file.
 *
 * In an increment a test of severity error looks at the changed rows: the others were published, so they pass. A warning
 * may have been published with failing rows: it looks at the table as it will be, or its finding would vanish with the
 * next increment. The other tables of a test are those the model reads, because only they are current when it runs;
 * throws an Error for any other, for two tests of one name, and for an incremental model without a key.
 */
export function compileTests(model: TestedModel, readQuery: (file: string) => string): DataTest[] {
  const tests = model.tests.map((test) => compile(model, test, readQuery));
  const twice = tests.find((test, index) => tests.findIndex((other) => other.name === test.name) < index);
  if (twice) throw new Error(`two tests of model ${model.name} have the name ${twice.name}`);
  return tests;
}

function compile(
  model: TestedModel,
  test: DataTestDeclaration,
  readQuery: (file: string) => string,
): DataTest {
  const whole = test.severity === 'warn' && model.materialised === 'incremental';
  const { suffix, rule, select } = body(model, test, whole, readQuery);
  return {
    name: test.name ?? (test.query === undefined ? `${model.name}_${suffix}` : suffix),
    severity: test.severity,
    model: model.name,
    rule: test.description ?? rule,
    select,
    timed: select.includes('{as_of:'),
  };
}

interface Body {
  suffix: string;
  rule: string;
  select: string;
}

function body(
  model: TestedModel,
  test: DataTestDeclaration,
  whole: boolean,
  readQuery: (file: string) => string,
): Body {
  const table = whole ? '{{ whole }}' : '{{ this }}';
  const rows = `${table} AS tested`;
  const only = test.where === undefined ? '' : `(${test.where}) AND `;
  const failing = (tested: readonly string[], condition: string): string => {
    const columns = test.record ?? [...new Set([...(model.key === undefined ? [] : [model.key]), ...tested])];
    if (columns.length === 0)
      throw new Error(`test ${test.name ?? ''} of model ${model.name} needs record: columns that name a row`);
    return `SELECT ${recordOf(columns)} AS record\nFROM ${rows}\nWHERE ${only}(${condition})`;
  };
  const { unique, not_null, accepted_values, relationships, expression, rows_match, freshness, query } = test;

  if (unique !== undefined)
    return {
      suffix: `unique_${unique.join('_')}`,
      rule: unique.length === 1 ? `${and(unique)} is unique.` : `${and(unique)} together are unique.`,
      select: `SELECT ${recordOf(test.record ?? unique)} AS record
FROM ${rows}
WHERE ${only}true
GROUP BY ${list(unique)}
HAVING count() > 1`,
    };
  if (not_null !== undefined)
    return {
      suffix: `not_null_${not_null.join('_')}`,
      rule: `${and(not_null)} always ${not_null.length === 1 ? 'has' : 'have'} a value.`,
      select: failing(not_null, not_null.map((column) => `${identifier(column)} IS NULL`).join(' OR ')),
    };
  if (accepted_values !== undefined) {
    const { column, values, query: accepted } = accepted_values;
    return {
      suffix: `accepted_values_${column}`,
      rule: values ? `${column} is one of ${values.join(', ')}.` : `${column} is a known value.`,
      select: failing(
        [column],
        `${identifier(column)} IS NOT NULL AND ${identifier(column)} NOT IN (${values ? values.map(literal).join(', ') : accepted})`,
      ),
    };
  }
  if (relationships !== undefined) {
    const { column, to, field } = relationships;
    const itself = to === model.name;
    if (!itself) mustRead(model, to);
    return {
      suffix: `relationships_${column}`,
      rule: `Every ${column} is a ${field} of ${to}.`,
      select: failing(
        [column],
        `${identifier(column)} IS NOT NULL AND ${identifier(column)} NOT IN (SELECT ${identifier(field)} FROM ${itself ? '{{ whole }} AS parents' : to})`,
      ),
    };
  }
  if (expression !== undefined)
    return {
      suffix: 'expression',
      rule: `Every row has ${expression}.`,
      select: failing([], `NOT ifNull(${expression}, false)`),
    };
  if (rows_match !== undefined) return rowsMatch(model, rows_match, rows, only, whole);
  if (freshness !== undefined) {
    const newest = `max(${identifier(freshness.column)})`;
    return {
      suffix: `freshness_${freshness.column}`,
      rule: `The newest ${freshness.column} is at most ${freshness.days} days old.`,
      // An increment may bring only old rows: the newest value is one of the whole table's.
      select: `SELECT concat('newest ', toString(${newest})) AS record
FROM {{ whole }} AS tested
WHERE ${only}true
HAVING count() > 0
  AND dateDiff('second', toDateTime64(${newest}, 6, 'UTC'), parseDateTime64BestEffort({as_of: String}, 6, 'UTC')) > ${freshness.days * 86_400}`,
    };
  }
  if (query === undefined) throw new Error(`a test of model ${model.name} has nothing to look at`);
  return {
    suffix: query.replace(/\.sql$/, ''),
    rule: '',
    select: readQuery(query).replaceAll('{{ this }}', table),
  };
}

function mustRead(model: TestedModel, table: string): void {
  if (!model.reads.includes(table))
    throw new Error(`a test of model ${model.name} looks at ${table}, which the model does not read`);
}

function rowsMatch(
  model: TestedModel,
  { source, key, column = key, changed, deleted }: NonNullable<DataTestDeclaration['rows_match']>,
  rows: string,
  only: string,
  whole: boolean,
): Body {
  mustRead(model, source);
  // A load may go on beside the build: what came since it began is the next build's to match.
  const later = `(SELECT ${oneOf(key)} FROM ${source} WHERE {{ after(${source}) }})`;
  // Newest versions in the order of the raw table: a stream, where an aggregation would hold all keys.
  const newest = (where: string, andThen = 'true') => `SELECT match_key FROM (
    SELECT ${oneOf(key)} AS match_key${changed === undefined ? '' : `, ${identifier(changed)} AS changed_by`}${deleted === 'kept' ? '' : ', _deleted'}
    FROM ${source}
    WHERE (${where}) AND ${oneOf(key)} NOT IN ${later}
    ORDER BY ${list(key)}, _version_at DESC, _extracted_at DESC
    LIMIT 1 BY ${list(key)}
  ) WHERE ${deleted === 'kept' ? '' : 'NOT _deleted AND '}${andThen}`;
  const wantedRows = (guard: string): string => {
    if (whole || model.materialised !== 'incremental') return newest(`${guard}true`);
    if (changed === undefined || key.includes(changed))
      return newest(`${guard}{{ changed(${changed ?? key[0]}) }}`);
    // A row may have moved from one key of the model to another: its newest version says where it is now.
    const candidates = `SELECT ${oneOf(key)} FROM ${source} WHERE {{ changed(${changed}) }}`;
    return newest(`${guard}({{ full }} OR ${oneOf(key)} IN (${candidates}))`, '{{ changed(changed_by) }}');
  };
  const foundRows = (guard: string) =>
    `SELECT ${oneOf(column)} AS match_key FROM ${rows} WHERE ${guard}${only}${oneOf(column)} NOT IN ${later}`;
  const checksum = 'SELECT tuple(count(), sum(sipHash64(match_key)))';
  return {
    suffix: `rows_match_${source}`,
    rule: `${model.name} has exactly one row for each ${deleted === 'kept' ? '' : 'live '}${key.join(', ')} of ${source}.`,
    // Count and checksum first, each in one pass; keys are read one by one only when these disagree.
    select: `WITH (${checksum} FROM (${wantedRows('')})) != (${checksum} FROM (${foundRows('')})) AS disagree
SELECT concat(toString(match_key), multiIf(wanted = 0, ': not in the source', found = 0, ': no row', concat(': ', toString(found), ' rows'))) AS record
FROM (
  SELECT match_key, sum(in_source) AS wanted, sum(in_model) AS found
  FROM (
    SELECT match_key, 1 AS in_source, 0 AS in_model FROM (${wantedRows('disagree AND ')})
    UNION ALL
    SELECT match_key, 0, 1 FROM (${foundRows('disagree AND ')})
  )
  GROUP BY match_key
  HAVING wanted != found
)`,
  };
}

/** What a test found when it last ran. */
export interface TestResult {
  test: string;
  model: string;
  severity: DataTest['severity'];
  rule: string;
  failures: number;
  /** The first failing records. */
  sample: string[];
}

/** A `failed_test` signal for each test that fails: critical for an error, which holds its model back. */
export function failedTestSignals(results: readonly TestResult[]) {
  return results
    .filter(({ failures }) => failures > 0)
    .map(({ test, model, severity, rule, failures, sample }) => ({
      subject: test,
      severity: severity === 'error' ? ('critical' as const) : ('warn' as const),
      evidence: { model, rule, failures, sample },
    }));
}
