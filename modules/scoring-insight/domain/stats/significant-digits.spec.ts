import { describe, expect, it } from '@jest/globals';
import { significantDigits } from './significant-digits.js';

describe('significantDigits', () => {
  it.each([
    [1234, 1200],
    [0.01256, 0.013],
    [-98.7, -99],
    [99.6, 100],
    [0, 0],
    [7, 7],
    [1.5e21, 1.5e21],
  ])('rounds %d to two digits: %d', (value, expected) => {
    expect(significantDigits(value, 2)).toBe(expected);
  });
});
