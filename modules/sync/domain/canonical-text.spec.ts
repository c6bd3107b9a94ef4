import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalText } from './canonical-text.js';
import type { ValueType } from './definition.js';

describe('canonicalText', () => {
  it.each<[ValueType, unknown, string | null]>([
    ['text', null, null],
    ['text', undefined, null],
    ['text', '', ''],
    ['text', ' a\tb\n', ' a\tb\n'],
    ['uuid', 'ABCDEF00-0000-4000-8000-000000000001', 'abcdef00-0000-4000-8000-000000000001'],
    ['integer', 9223372036854775807n, '9223372036854775807'],
    ['integer', -5, '-5'],
    ['integer', '12', '12'],
    ['decimal', '1.50', '1.5'],
    ['decimal', '100', '100'],
    ['decimal', '100.00', '100'],
    ['decimal', '0.00', '0'],
    ['decimal', '-0.0', '0'],
    ['decimal', '-0.250', '-0.25'],
    ['decimal', '007.10', '7.1'],
    ['decimal', '12345678901234567890.123456789012345678', '12345678901234567890.123456789012345678'],
    ['float', 0.25, '3fd0000000000000'],
    ['float', 0, '0000000000000000'],
    ['float', -0, '0000000000000000'],
    ['float', 1n, '3ff0000000000000'],
    ['float', 5e-324, '0000000000000001'],
    ['float', 1.7976931348623157e308, '7fefffffffffffff'],
    ['boolean', true, 'true'],
    ['boolean', false, 'false'],
    ['instant', '2026-01-02T03:04:05.123456Z', '1767323045123456'],
    ['instant', '2026-01-02T03:04:05.1Z', '1767323045100000'],
    ['instant', '2026-01-02 03:04:05Z', '1767323045000000'],
    ['instant', '1969-12-31T23:59:59.999999Z', '-1'],
    ['instant', '1900-01-01T00:00:00Z', '-2208988800000000'],
    ['date', '2026-01-02', '2026-01-02'],
  ])('%s %p is %p', (type, value, text) => {
    expect(canonicalText(type, value)).toBe(text);
  });

  it('gives what is none of the type a text that no value of the type has', () => {
    expect(canonicalText('float', '0.25')).toBe('0.25');
    expect(canonicalText('decimal', 'much')).toBe('much');
    expect(canonicalText('instant', 'yesterday')).toBe('yesterday');
    expect(canonicalText('instant', '2026-99-02T03:04:05Z')).toBe('2026-99-02T03:04:05Z');
    expect(canonicalText('text', ['a', 5n])).toBe('["a","5"]');
  });

  it('is the same for every spelling of a decimal, and another for another decimal', () => {
    const digits = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    const spelled = (units: bigint, zeros: number) => {
      const text = String(units < 0n ? -units : units).padStart(4, '0');
      return `${units < 0n ? '-' : ''}${'0'.repeat(zeros)}${text.slice(0, -3)}.${text.slice(-3)}${'0'.repeat(zeros)}`;
    };
    fc.assert(
      fc.property(digits, digits, fc.nat(5), fc.nat(5), (one, other, some, more) => {
        const text = canonicalText('decimal', spelled(one, some));
        expect(canonicalText('decimal', spelled(one, more))).toBe(text);
        expect(canonicalText('decimal', spelled(other, more)) === text).toBe(one === other);
        expect(canonicalText('decimal', text)).toBe(text);
      }),
    );
  });
});
