import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { compileTests, dataTest, failedTestSignals } from './data-test.js';
import { renderSql } from './model-sql.js';

const noFiles = (file: string): string => {
  throw new Error(`no file ${file}`);
};
type Declared = Record<string, unknown>;
function compiled(tests: Declared[], model: Declared = {}, readQuery = noFiles) {
  const parsed = z.array(dataTest).parse(tests);
  const base = { name: 'fact', materialised: 'full' as const, reads: ['raw_deals', 'dim'] };
  return compileTests({ ...base, ...model, tests: parsed }, readQuery);
}
const incremental = { materialised: 'incremental', key: 'id' };
const problemsOf = (test: Declared): string[] =>
  dataTest.safeParse(test).error?.issues.map(({ message }) => message) ?? [];
const flat = (sql: string | undefined): string => (sql ?? '').replace(/\s+/g, ' ');

describe('the declaration of a data test', () => {
  it('names exactly one kind', () => {
    expect(problemsOf({})[0]).toMatch(/^needs exactly one of unique, not_null/);
    expect(problemsOf({ unique: 'a', not_null: 'b' })[0]).toMatch(/^needs exactly one of/);
    expect(problemsOf({ unique: 'a' })).toEqual([]);
  });

  it('is refused where it could not be told apart or would not do what it says', () => {
    expect(problemsOf({ expression: 'a > 0' })).toEqual(['an expression needs a name']);
    expect(problemsOf({ query: 'x.sql' })).toEqual(['a query needs a description']);
    expect(problemsOf({ query: 'x.sql', description: 'x', where: 'a' })).toEqual([
      'a query file decides its rows and records itself',
    ]);
    expect(problemsOf({ query: '../x.sql', description: 'x' })).toHaveLength(1);
    expect(problemsOf({ accepted_values: { column: 'a' } })).toEqual(['needs values or query']);
    expect(problemsOf({ rows_match: { source: 'raw_x', key: ['a', 'b'], column: 'c' } })).toEqual([
      'column must fit key',
    ]);
    expect(problemsOf({ unique: 'a; DROP TABLE x' })).not.toEqual([]);
    expect(problemsOf({ unique: 'a', severty: 'warn' })).not.toEqual([]);
  });
});

describe('compileTests', () => {
  it('names, words and weighs a test by its declaration unless told otherwise', () => {
    const tests = compiled([
      { unique: 'id' },
      { unique: ['a', 'b'] },
      { not_null: ['a', 'b', 'c'], severity: 'warn', record: 'id' },
      { accepted_values: { column: 'tier', values: ['x', "it's"] } },
      { relationships: { column: 'dim_key', to: 'dim', field: 'key' }, name: 'own_name' },
      { expression: 'a > 0', name: 'positive', record: 'id', description: 'Every a is positive.' },
      { rows_match: { source: 'raw_deals', key: 'id' } },
      { freshness: { column: 'month', days: 62 } },
    ]);
    expect(tests.map(({ name, severity, model, rule }) => [name, severity, model, rule])).toEqual([
      ['fact_unique_id', 'error', 'fact', 'id is unique.'],
      ['fact_unique_a_b', 'error', 'fact', 'a and b together are unique.'],
      ['fact_not_null_a_b_c', 'warn', 'fact', 'a, b and c always have a value.'],
      ['fact_accepted_values_tier', 'error', 'fact', "tier is one of x, it's."],
      ['own_name', 'error', 'fact', 'Every dim_key is a key of dim.'],
      ['positive', 'error', 'fact', 'Every a is positive.'],
      [
        'fact_rows_match_raw_deals',
        'error',
        'fact',
        'fact has exactly one row for each live id of raw_deals.',
      ],
      ['fact_freshness_month', 'error', 'fact', 'The newest month is at most 62 days old.'],
    ]);
    expect(tests[3]?.select).toContain(`NOT IN ('x', 'it\\'s')`);
  });

  it('reads the tested table alone in a test of severity error', () => {
    const [test] = compiled([{ not_null: 'a' }], incremental);
    expect(flat(test?.select)).toBe(
      "SELECT concatWithSeparator(', ', concat('id: ', ifNull(toString(`id`), 'NULL')), concat('a: ', ifNull(toString(`a`), 'NULL'))) AS record FROM {{ this }} AS tested WHERE (`a` IS NULL)",
    );
  });

  it('reads the whole table as it will be in a warning, or its finding would vanish with the next increment', () => {
    const warn = { severity: 'warn' };
    const [test] = compiled([{ unique: 'a', ...warn }], incremental);
    const table = '{{ whole }}';
    expect(test?.select).toContain(`FROM ${table} AS tested`);
    const file = () => 'SELECT a AS record FROM {{ this }} AS t';
    const query = { query: 'odd.sql', description: 'Nothing is odd.' };
    expect(compiled([{ ...query, ...warn }], incremental, file)[0]).toMatchObject({
      name: 'odd',
      rule: 'Nothing is odd.',
      select: `SELECT a AS record FROM ${table} AS t`,
    });
    expect(compiled([query], incremental, file)[0]?.select).toBe(file());
    expect(compiled([{ ...query, ...warn }], {}, file)[0]?.select).toBe(file());
  });

  it('holds the rows to the source by the changed keys, wherever the key of the model stands', () => {
    const match = (more: Declared, model: Declared = incremental, test: Declared = {}) =>
      compiled([{ rows_match: { source: 'raw_deals', key: 'id', ...more }, ...test }], model)[0]?.select ??
      '';
    const tokens = (select: string) => [...new Set(select.match(/\{\{ (?!this|after).*? \}\}/g))];
    // Never what is loaded while the model is built.
    expect(match({}, {})).toContain('NOT IN (SELECT `id` FROM raw_deals WHERE {{ after(raw_deals) }})');
    expect(tokens(match({}, {}))).toEqual([]);
    expect(tokens(match({}))).toEqual(['{{ changed(id) }}']);
    expect(tokens(match({ changed: 'parent' }))).toEqual([
      '{{ full }}',
      '{{ changed(parent) }}',
      '{{ changed(changed_by) }}',
    ]);
    // A warning looks at all rows, so at all keys.
    expect(tokens(match({}, incremental, { severity: 'warn' }))).toEqual(['{{ whole }}']);
    expect(match({}, incremental, { severity: 'warn' })).toMatch(/FROM raw_deals\s+WHERE \(true\)/);
    expect(match({ deleted: 'kept' })).not.toContain('_deleted');
    expect(match({})).toContain('_deleted');
  });

  it('uses only tokens that the engine knows', () => {
    const tests = compiled(
      [
        { unique: 'a', severity: 'warn' },
        { rows_match: { source: 'raw_deals', key: 'id', changed: 'parent' } },
        { relationships: { column: 'a', to: 'fact', field: 'id' } },
        { freshness: { column: 'at', days: 1 } },
      ],
      incremental,
    );
    for (const { select } of tests) {
      expect(renderSql(select, { thisTable: 'build_fact', wholeTable: 'build_fact' }).sql).not.toContain(
        '{{',
      );
      const increment = { thisTable: '(SELECT 1)', wholeTable: 'build_fact', changedTable: 'changed_fact' };
      expect(renderSql(select, increment).sql).not.toContain('{{');
    }
  });

  it('refuses what cannot hold', () => {
    expect(() => compiled([{ relationships: { column: 'a', to: 'dim_else', field: 'k' } }])).toThrow(
      'a test of model fact looks at dim_else, which the model does not read',
    );
    expect(() => compiled([{ rows_match: { source: 'raw_else', key: 'id' } }])).toThrow('raw_else');
    expect(() => compiled([{ unique: 'a' }, { unique: 'a' }])).toThrow(
      'two tests of model fact have the name fact_unique_a',
    );
    expect(() => compiled([{ expression: 'a > 0', name: 'x' }])).toThrow('needs record');
  });
});

describe('failedTestSignals', () => {
  it('tells of what fails, with the records', () => {
    const result = { test: 'a', model: 'fact', rule: 'Good.', failures: 2, sample: ['1', '2'] };
    expect(
      failedTestSignals([
        { ...result, severity: 'error' },
        { ...result, test: 'b', severity: 'warn' },
        { ...result, test: 'c', severity: 'error', failures: 0, sample: [] },
      ]),
    ).toEqual([
      {
        subject: 'a',
        severity: 'critical',
        evidence: { model: 'fact', rule: 'Good.', failures: 2, sample: ['1', '2'] },
      },
      {
        subject: 'b',
        severity: 'warn',
        evidence: { model: 'fact', rule: 'Good.', failures: 2, sample: ['1', '2'] },
      },
    ]);
  });
});
