import { describe, expect, it } from '@jest/globals';
import { fromFile, intoFile, quote, quoteIdentifier, setStatement } from './statement.js';

const OUT = "INTO OUTFILE '/f' APPEND FORMAT";

describe('intoFile', () => {
  it.each([
    ['SELECT 1', `SELECT 1\n${OUT} CSV`, 'CSV'],
    ['SELECT 1;\n', `SELECT 1\n${OUT} CSV`, 'CSV'],
    ['SELECT 1 -- why', `SELECT 1 -- why\n${OUT} CSV`, 'CSV'],
    ['SELECT 1 \nFORMAT JSONEachRow', `SELECT 1 \n${OUT} JSONEachRow`, 'JSONEachRow'],
    ['SELECT 1 format tsv ;', `SELECT 1\n${OUT} tsv`, 'tsv'],
    ["SELECT ' FORMAT x'", `SELECT ' FORMAT x'\n${OUT} CSV`, 'CSV'],
  ])('%s', (sql, rewritten, format) => {
    expect(intoFile(sql, '/f', 'CSV')).toEqual({ sql: rewritten, format });
  });
});

describe('fromFile', () => {
  it.each([
    ['INSERT INTO t FORMAT CSV', "INSERT INTO t FROM INFILE '/f' FORMAT CSV"],
    ['INSERT INTO t (a, b)\nFORMAT CSV;', "INSERT INTO t (a, b) FROM INFILE '/f' FORMAT CSV"],
    ['INSERT INTO t SETTINGS a = 1 FORMAT CSV', "INSERT INTO t FROM INFILE '/f' SETTINGS a = 1 FORMAT CSV"],
    ['INSERT INTO settings FORMAT CSV', "INSERT INTO settings FROM INFILE '/f' FORMAT CSV"],
    ['INSERT INTO t VALUES', "INSERT INTO t FROM INFILE '/f' FORMAT Values"],
    ['INSERT INTO t SELECT 1', undefined],
    ['INSERT INTO t VALUES (1)', undefined],
  ])('%s', (sql, rewritten) => {
    expect(fromFile(sql, '/f')).toBe(rewritten);
  });
});

describe('quoting', () => {
  it('leaves no way out of the quotes', () => {
    expect(quote("a'b\\'c\\")).toBe("'a\\'b\\\\\\'c\\\\'");
    expect(quoteIdentifier('a`b\\')).toBe('`a\\`b\\\\`');
    expect(
      setStatement([
        ['param_x', "'; DROP"],
        ['max_threads', '2'],
      ]),
    ).toBe("SET param_x = '\\'; DROP', max_threads = '2'");
  });
});
