/**
 * Rounds to a number of significant digits: 1234 to 1200, 0.01256 to 0.013 (two digits).
 * @param value finite
 * @param digits 1..100
 */
export function significantDigits(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}
