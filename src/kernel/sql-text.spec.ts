import { describe, expect, it } from '@jest/globals';
import { identifier, literal } from './sql-text.js';

describe('quoting', () => {
  it('leaves no way out of the quotes', () => {
    expect(literal("a'b\\'c\\")).toBe("'a\\'b\\\\\\'c\\\\'");
    expect(identifier('a`b\\')).toBe('`a\\`b\\\\`');
  });
});
