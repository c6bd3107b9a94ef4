import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GraphValue } from '../graph.js';
import { decode, encode } from './wire.js';

const key = fc.oneof(fc.constantFrom('$int', '$$int', '$', 'a', '__proto__'), fc.string());
const { value } = fc.letrec<{ value: GraphValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'binary' }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.array(tie('value')),
    fc.array(fc.tuple(key, tie('value'))).map((entries) => Object.fromEntries(entries)),
  ),
}));

describe('wire', () => {
  it('carries every graph value through JSON unchanged', () => {
    fc.assert(
      fc.property(value, (before) => {
        expect(decode(JSON.parse(JSON.stringify(encode(before))))).toEqual(before);
      }),
    );
  });

  it('tells an integer from a float of the same size', () => {
    expect(JSON.stringify(encode({ a: 5n, b: 5 }))).toBe('{"a":{"$int":"5"},"b":5}');
  });
});
