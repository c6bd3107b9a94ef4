import { describe, expect, it } from '@jest/globals';
import type { ColumnType, SourceDefinition } from '../domain/source.js';
import { loadStatements as statementsOf } from './load-statements.js';

const loadStatements = (definition: SourceDefinition) => statementsOf(definition, 'stage_things');

const source = (changes: Partial<SourceDefinition> = {}): SourceDefinition => ({
  name: 'things',
  key: ['id'],
  columns: [
    { name: 'id', type: 'bigint' },
    { name: 'label', type: 'text', nullable: true },
    { name: 'worth', type: 'decimal(12,2)' },
    { name: 'changed_at', type: 'timestamp' },
  ],
  cursor: { column: 'changed_at', kind: 'timestamp' },
  checks: [
    { code: 'first', when: 'worth < 0', reason: 'worth is negative' },
    { code: 'second', when: 'worth > 10', reason: 'worth is high' },
  ],
  ...changes,
});
/** The literals of the multiIf behind an alias, in order. */
const verdicts = (statement: string, alias: string): string[] => {
  const [body = ''] = statement.split(new RegExp(`''\\)\\) AS ${alias}\\b`));
  const branches = body.slice(body.lastIndexOf('multiIf(ifNull('));
  return [...branches.matchAll(/, false\), '((?:[^'\\]|\\.)*)'/g)].map(([, text]) => text ?? '');
};

describe('loadStatements', () => {
  it('judges columns in their order before the checks in theirs, codes and reasons alike', () => {
    const { load, reject } = loadStatements(source());
    for (const statement of [load, reject]) {
      expect(verdicts(statement, '_reason_code')).toEqual([
        'missing_value',
        'bad_number',
        'missing_value',
        'bad_number',
        'number_out_of_range',
        'missing_value',
        'bad_timestamp',
        'first',
        'second',
      ]);
      expect(verdicts(statement, '_reason')).toEqual([
        'id has no value',
        'id is no bigint',
        'worth has no value',
        'worth is no decimal(12,2)',
        'worth has more than 10 digits before the point',
        'changed_at has no value',
        'changed_at is no timestamp',
        'worth is negative',
        'worth is high',
      ]);
    }
  });

  it('types every parameter, and takes run, instant and stages by parameter alone', () => {
    const statements = Object.values(loadStatements(source())).filter((value) => typeof value === 'string');
    const parameters = new Set(
      statements
        .join('\n')
        .match(/\{[^}]*\}/g)
        ?.filter((text) => text.includes(':')),
    );
    expect(parameters).toEqual(new Set(['{run_id: UUID}', '{extracted_at: String}', '{bound: String}']));
  });

  it('quotes names and texts that hold quotes, backticks and backslashes', () => {
    const { load, createStage } = loadStatements(
      source({
        columns: [{ name: 'i`d\\', type: 'text' }],
        key: ['i`d\\'],
        cursor: undefined,
        nulls: [`N'A`, '\\N'],
        checks: [{ code: `it's`, when: 'true', reason: `a \\ and a '` }],
      }),
    );
    expect(createStage).toContain('(`i\\`d\\\\` Nullable(String), `_op` Nullable(String), ');
    expect(load).toContain(`IN ('N\\'A', '\\\\N')`);
    expect(load).toContain(`'it\\'s'`);
    expect(load).toContain(`'a \\\\ and a \\''`);
    expect(load).toContain("map('i`d\\\\', stage.`i\\`d\\\\`)");
  });

  it('has no cursor without a cursor column, and none without columns', () => {
    expect(loadStatements(source({ cursor: undefined })).inspect).toContain(
      `CAST(NULL, 'Nullable(String)') AS cursor`,
    );
    expect(loadStatements(source()).inspect).toContain('{bound: String}');
    expect(loadStatements(source({ cursor: { column: 'id', kind: 'id' } })).inspect).not.toContain('{bound');
    expect(() => loadStatements(source({ columns: [] }))).toThrow('source things has no columns');
  });

  it.each<[ColumnType, string]>([
    ['uuid', 'bad_uuid'],
    ['integer', 'bad_number'],
    ['bigint', 'bad_number'],
    ['float', 'bad_number'],
    ['decimal(3,2)', 'bad_number'],
    ['timestamp', 'bad_timestamp'],
    ['date', 'bad_date'],
    ['month', 'bad_date'],
    ['boolean', 'bad_boolean'],
  ])('rejects text that is no %s as %s, and nothing for an absent value where one may be', (type, code) => {
    const { load } = loadStatements(
      source({
        columns: [
          { name: 'id', type: 'text' },
          { name: 'value', type, nullable: true },
        ],
        cursor: undefined,
        checks: [],
      }),
    );
    expect(verdicts(load, '_reason_code').slice(0, 2)).toEqual(['missing_value', code]);
    expect(load).toContain('ifNull(stage.`value` IS NOT NULL AND `value` IS NULL, false)');
  });
});
