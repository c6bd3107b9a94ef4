import { describe, expect, it } from '@jest/globals';
import { renderSql } from './model-sql.js';

describe('renderSql', () => {
  it('limits to the changed keys in an increment alone', () => {
    const text = 'WHERE {{ changed(a.id) }} AND {{full}}';
    expect(renderSql(text, {}).sql).toBe('WHERE true AND true');
    expect(renderSql(text, { changedTable: 'changed_x' }).sql).toBe(
      'WHERE a.id IN (SELECT key FROM changed_x) AND false',
    );
  });

  it('binds positions instead of writing them into the text', () => {
    const since = { raw_things: '2026-01-01T00:00:00.000001Z', dim_thing: 4 };
    const { sql, params } = renderSql(
      '{{ since(raw_things) }} | {{ delta(dim_thing) }} | {{ moved(dim_thing) }}',
      { since, until: { raw_things: '2026-01-02T00:00:00.000000Z', dim_thing: 6 } },
    );
    expect(sql).toBe(
      `_extracted_at > parseDateTime64BestEffort({since_raw_things: String}, 6, 'UTC') | (SELECT * FROM delta_dim_thing WHERE _version > {since_dim_thing: UInt64} AND _version <= {until_dim_thing: UInt64}) | true`,
    );
    expect(params).toEqual({ since_raw_things: since.raw_things, since_dim_thing: 4, until_dim_thing: 6 });
  });

  it('tells what came while the model was built', () => {
    const until = { raw_things: '2026-01-02T00:00:00.000000Z' };
    expect(renderSql('{{ after(raw_things) }} {{ after(raw_else) }}', { until })).toEqual({
      sql: `_extracted_at > parseDateTime64BestEffort({until_raw_things: String}, 6, 'UTC') false`,
      params: { until_raw_things: until.raw_things },
    });
  });

  it('brings no rows of what did not move', () => {
    const { sql, params } = renderSql('{{ since(raw_a) }} {{ delta(b) }} {{ moved(raw_a) }}', {});
    expect(sql).toBe('false (SELECT * FROM delta_b WHERE false) false');
    expect(params).toEqual({});
  });

  it.each(['{{ this }}', '{{ changed }}', '{{ since }}', '{{ chnged(id) }}', '{{ this(x) }}'])(
    'refuses %s where it has no meaning',
    (token) => {
      expect(() => renderSql(`SELECT ${token}`, {})).toThrow(`${token} has no meaning here`);
    },
  );

  it('leaves typed parameters and everything else as they are', () => {
    const text = `SELECT {name: String}, map('a', 1), '{ }'`;
    expect(renderSql(text, {}).sql).toBe(text);
    expect(renderSql('FROM {{ this }}', { thisTable: '(SELECT 1)' }).sql).toBe('FROM (SELECT 1)');
  });
});
