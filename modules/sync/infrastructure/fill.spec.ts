import { describe, expect, it } from '@jest/globals';
import { fill } from './fill.js';

describe('fill', () => {
  it('fills every place, leaves parameters and dollars alone', () => {
    const statement = 'SELECT {{a}}, {{a}} FROM {{b}} WHERE x = {x: String} AND { {{a}}: $1 }';
    expect(fill(statement, { a: '`$&`', b: 't' })).toBe(
      'SELECT `$&`, `$&` FROM t WHERE x = {x: String} AND { `$&`: $1 }',
    );
  });

  it('refuses a place without a filling and a filling without a place', () => {
    expect(() => fill('{{a}}', {})).toThrow('has no filling for a');
    expect(() => fill('{{a}}', { a: '', b: '' })).toThrow('has no place for b');
  });
});
